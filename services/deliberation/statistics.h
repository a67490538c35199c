// Which figures an event of this service's log counts for.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_STATISTICS_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_STATISTICS_H_

#include "absl/status/status.h"
#include "common/statistics/projection.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::deliberation {

inline constexpr char kStatisticsReader[] = "deliberation/statistics";
inline constexpr char kSettleTime[] = "cases.settle_time";

// Adds the event to the figures. Pure.
void Count(const events::v1::Event& event, statistics::Deltas& deltas);

void AddStatistics(program::House& house);

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_STATISTICS_H_
