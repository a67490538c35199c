// What the statistics count, from the events of this service's own log.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_STATISTICS_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_STATISTICS_H_

#include "common/events/reader.h"
#include "services/opinion/stall_store.h"

namespace firstfloor::opinion {

// Keys of the series.
inline constexpr char kReceived[] = "opinions.received";
inline constexpr char kReceivedByChannel[] = "opinions.received_by_channel";
inline constexpr char kReceivedByKind[] = "opinions.received_by_kind";
inline constexpr char kReceivedByCategory[] = "opinions.received_by_category";
inline constexpr char kReceivedByState[] = "opinions.received_by_state";
inline constexpr char kResolved[] = "opinions.resolved";
inline constexpr char kOnTime[] = "opinions.on_time";
inline constexpr char kSupported[] = "opinions.supported";
inline constexpr char kRated[] = "opinions.rated";
inline constexpr char kTimeToTriage[] = "opinions.time_to_triage";
inline constexpr char kTimeToResolve[] = "opinions.time_to_resolve";
inline constexpr char kStallsHeld[] = "stalls.held";
inline constexpr char kStallsMissed[] = "stalls.missed";
inline constexpr char kVisitors[] = "stalls.visitors";
inline constexpr char kStallsHeldByCampaign[] = "stalls.held_by_campaign";
inline constexpr char kVisitorsByCampaign[] = "stalls.visitors_by_campaign";
inline constexpr char kBoxesEmptied[] = "boxes.emptied";
inline constexpr char kBoxSlips[] = "boxes.slips";
inline constexpr char kVisits[] = "visits.made";
inline constexpr char kVisitsByOutcome[] = "visits.made_by_outcome";
inline constexpr char kVisitsByTopic[] = "visits.made_by_topic";
inline constexpr char kSurveysClosed[] = "surveys.closed";
inline constexpr char kSurveyResponses[] = "surveys.responses";

// The reader that keeps them, and the sheets of the stalls, up to date.
inline constexpr char kStatisticsReader[] = "opinion/statistics";
events::Effect StatisticsEffect(const StallStore& stalls);

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_STATISTICS_H_
