// Firing one timer, in a transaction of its own.
#ifndef FIRSTFLOOR_COMMON_TIMERS_FIRING_H_
#define FIRSTFLOOR_COMMON_TIMERS_FIRING_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/connection.h"
#include "common/events/origin.h"
#include "common/timers/timers.h"

namespace firstfloor::timers {

enum class Outcome {
  kFired,
  kGone,       // moved, cleared, or fired by another process
  kPostponed,  // `fire` failed for good; logged
};

// Errors are those that a later try may not meet: the timer is as it was. Blocks.
absl::StatusOr<Outcome> FireOne(db::Connection& connection, const Timer& timer, const events::Origin& origin,
                                const Fire& fire, absl::Time postponed_due, absl::Time deadline);

}  // namespace firstfloor::timers

#endif  // FIRSTFLOOR_COMMON_TIMERS_FIRING_H_
