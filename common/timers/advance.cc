#include <algorithm>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/error/macros.h"
#include "common/timers/firing.h"
#include "common/timers/timer_store.h"
#include "common/timers/timers.h"

namespace firstfloor::timers {
namespace {

constexpr int kBatch = 200;

events::Origin OriginOf(absl::string_view service, const Timer& timer) {
  return {.subject = std::string(service),
          .by_service = true,
          .on_behalf_of = "",
          .occur_time = timer.due,
          .record_time = absl::Now(),
          .back_dated = true,
          .traceparent = ""};
}

}  // namespace

absl::StatusOr<int64_t> Advance(db::Connection& connection, absl::string_view service, absl::string_view area,
                                absl::Time as_of, const Fire& fire, absl::Time deadline) {
  int64_t fired = 0;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<Timer> due, DueBackDated(connection, area, as_of, kBatch));
    if (due.empty()) return fired;
    const EarliestSet set_anew;
    for (const Timer& timer : due) {
      // What firing has set comes before the rest: read again.
      if (set_anew.due() < timer.due) break;
      ASSIGN_OR_RETURN(const Outcome outcome, FireOne(connection, timer, OriginOf(service, timer), fire,
                                                      std::max(timer.due, as_of) + absl::Hours(1), deadline));
      if (outcome == Outcome::kFired) ++fired;
    }
  }
}

}  // namespace firstfloor::timers
