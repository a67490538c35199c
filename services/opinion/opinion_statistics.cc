#include "services/opinion/opinion_statistics.h"

#include <algorithm>
#include <string>

#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "common/statistics/projection.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::opinion {
namespace {

using calendar::FromProto;
using events::v1::Event;
using events::v1::OpinionEvent;
using statistics::Deltas;
using statistics::Series;

constexpr int kBatch = 256;

std::string CategorySeries(const std::string& category) {
  return Series(kReceivedByCategory, {{"category", category.empty() ? "NONE" : category}});
}

std::string StateSeries(const std::string& state) { return Series(kReceivedByState, {{"state", state}}); }

// What an opinion is counted under stands at the day on which it was received, wherever it has been moved
// since: `sign` puts it in or takes it out.
void AddReceived(const OpinionEvent& event, const std::string& area, int sign, Deltas& deltas) {
  const absl::Time day = FromProto(event.receive_time());
  deltas.Add(area, day, kReceived, sign);
  deltas.Add(area, day, Series(kReceivedByChannel, {{"channel", event.channel()}}), sign);
  deltas.Add(area, day, Series(kReceivedByKind, {{"kind", event.kind()}}), sign);
  deltas.Add(area, day, CategorySeries(event.category()), sign);
  deltas.Add(area, day, StateSeries(event.to()), sign);
}

void MoveCategory(const Event& event, const std::string& from, Deltas& deltas) {
  if (from == event.opinion().category()) return;
  const absl::Time day = FromProto(event.opinion().receive_time());
  deltas.Add(event.area(), day, CategorySeries(from), -1);
  deltas.Add(event.area(), day, CategorySeries(event.opinion().category()), 1);
}

void AddResolved(const Event& event, Deltas& deltas) {
  if (event.opinion().resolved().again()) return;
  const absl::Time time = FromProto(event.occur_time());
  deltas.Add(event.area(), time, kResolved);
  if (event.opinion().resolved().on_time()) deltas.Add(event.area(), time, kOnTime);
  deltas.AddDuration(event.area(), time, kTimeToResolve, time - FromProto(event.opinion().receive_time()));
}

void AddStall(const Event& event, Deltas& deltas) {
  const auto& closed = event.opinion().stall_closed();
  const absl::Time time = FromProto(event.occur_time());
  deltas.Add(event.area(), time, kStallsHeld);
  deltas.Add(event.area(), time, kVisitors, closed.visitors());
  if (closed.campaign().empty()) return;
  deltas.Add(event.area(), time, Series(kStallsHeldByCampaign, {{"campaign", closed.campaign()}}));
  deltas.Add(event.area(), time, Series(kVisitorsByCampaign, {{"campaign", closed.campaign()}}),
             closed.visitors());
}

void AddBoxEmptied(const Event& event, Deltas& deltas) {
  const absl::Time time = FromProto(event.occur_time());
  deltas.Add(event.area(), time, kBoxesEmptied);
  deltas.Add(event.area(), time, kBoxSlips, event.opinion().box_opening_completed().slips());
}

void AddVisit(const Event& event, Deltas& deltas) {
  const auto& made = event.opinion().home_visit_made();
  const absl::Time time = FromProto(event.occur_time());
  deltas.Add(event.area(), time, kVisits);
  deltas.Add(event.area(), time, Series(kVisitsByOutcome, {{"outcome", made.outcome()}}));
  for (const std::string& topic : made.topics()) {
    deltas.Add(event.area(), time, Series(kVisitsByTopic, {{"topic", topic}}));
  }
}

void Count(const Event& event, Deltas& deltas) {
  const OpinionEvent& opinion = event.opinion();
  if (!opinion.from().empty() && opinion.from() != opinion.to()) {
    const absl::Time day = FromProto(opinion.receive_time());
    deltas.Add(event.area(), day, StateSeries(opinion.from()), -1);
    deltas.Add(event.area(), day, StateSeries(opinion.to()), 1);
  }
  switch (opinion.change_case()) {
    case OpinionEvent::kReceived:
      AddReceived(opinion, event.area(), 1, deltas);
      break;
    case OpinionEvent::kReassigned:
      AddReceived(opinion, opinion.reassigned().from_area(), -1, deltas);
      AddReceived(opinion, event.area(), 1, deltas);
      break;
    case OpinionEvent::kTriaged:
      MoveCategory(event, opinion.triaged().from_category(), deltas);
      if (!opinion.triaged().again()) {
        const absl::Time time = FromProto(event.occur_time());
        deltas.AddDuration(event.area(), time, kTimeToTriage, time - FromProto(opinion.receive_time()));
      }
      break;
    case OpinionEvent::kAmended: {
      const auto& fields = opinion.amended().fields();
      if (std::find(fields.begin(), fields.end(), "category") != fields.end()) {
        MoveCategory(event, opinion.amended().from_category(), deltas);
      }
      break;
    }
    case OpinionEvent::kResolved:
      AddResolved(event, deltas);
      break;
    case OpinionEvent::kSupported:
      deltas.Add(event.area(), FromProto(event.occur_time()), kSupported);
      break;
    case OpinionEvent::kRated:
      deltas.Add(event.area(), FromProto(event.occur_time()),
                 Series(kRated, {{"rating", opinion.rated().rating()}}));
      break;
    case OpinionEvent::kStallClosed:
      AddStall(event, deltas);
      break;
    case OpinionEvent::kStallMissed:
      deltas.Add(event.area(), FromProto(event.occur_time()), kStallsMissed);
      break;
    case OpinionEvent::kBoxOpeningCompleted:
      AddBoxEmptied(event, deltas);
      break;
    case OpinionEvent::kHomeVisitMade:
      AddVisit(event, deltas);
      break;
    case OpinionEvent::kSurveyClosed:
      deltas.Add(event.area(), FromProto(event.occur_time()), kSurveysClosed);
      deltas.Add(event.area(), FromProto(event.occur_time()), kSurveyResponses,
                 opinion.survey_closed().responses());
      break;
    default:
      break;
  }
}

// What an event says of the stall at which it happened.
absl::Status AddToSheet(db::Transaction& tx, const StallStore& stalls, const Event& event) {
  const OpinionEvent& opinion = event.opinion();
  v1::StallDay more;
  more.set_stall(event.stall());
  if (opinion.has_received()) more.set_opinions_taken(1);
  if (opinion.has_resolved() && opinion.to() == "ANSWERED") more.set_matters_settled(1);
  if (event.stall().empty() || more.opinions_taken() + more.matters_settled() == 0) return absl::OkStatus();
  return stalls.AddToDay(tx, more);
}

}  // namespace

events::Effect StatisticsEffect(const StallStore& stalls) {
  return {
      .concerns = nullptr,
      .prepare = nullptr,
      .apply = nullptr,
      .apply_batch = [&stalls](db::Transaction& tx, absl::Span<const Event* const> events) -> absl::Status {
        Deltas deltas;
        for (const Event* event : events) Count(*event, deltas);
        RETURN_IF_ERROR(deltas.Write(tx));
        for (const Event* event : events) RETURN_IF_ERROR(AddToSheet(tx, stalls, *event));
        return absl::OkStatus();
      },
      .gather = statistics::kGather,
      .batch = kBatch,
      .payloads = {"opinion"}};
}

}  // namespace firstfloor::opinion
