// Deadlines: what is to happen to a resource at a time, unless it has moved on.
#ifndef FIRSTFLOOR_COMMON_TIMERS_TIMERS_H_
#define FIRSTFLOOR_COMMON_TIMERS_TIMERS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"

namespace firstfloor::timers {

struct Timer {
  std::string subject;  // resource name
  std::string kind;     // "DUE"; one timer a subject and kind
  std::string area;
  absl::Time due;
  bool back_dated = false;  // fires only through Advance
};

// Sets, moves or clears a timer in the change's transaction. due = InfiniteFuture clears it.
absl::Status Set(db::Transaction& tx, const Timer& timer);
// Several at once, in one statement. None of them clears.
absl::Status SetAll(db::Transaction& tx, absl::Span<const Timer> timers);
absl::Status Clear(db::Transaction& tx, absl::string_view subject, absl::string_view kind);
absl::Status ClearAll(db::Transaction& tx, absl::string_view subject);

// Called in a transaction that has deleted the timer. `origin` is the service itself at timer.due (back-dated
// timers) or at the clock's time. Must be prepared to find that the subject has moved on. May set new timers.
// An error that a later try may not meet (ABORTED, UNAVAILABLE, DEADLINE_EXCEEDED) keeps the timer as it is;
// any other keeps it too, postponed by an hour (from the clock's time, or from Advance's as_of), and is
// logged.
using Fire = std::function<absl::Status(db::Transaction&, const Timer&, const events::Origin& origin)>;

// Fires everything back-dated of `area` (and below) that is due at `as_of`, in the order of due times,
// including what firing sets anew; returns how many fired. For AdvanceTimers. What fired before an error
// (ABORTED, UNAVAILABLE, DEADLINE_EXCEEDED) has fired: call again for the rest. Blocks.
absl::StatusOr<int64_t> Advance(db::Connection& connection, absl::string_view service, absl::string_view area,
                                absl::Time as_of, const Fire& fire, absl::Time deadline);

// One thread that fires timers which are not back-dated, under the lease "timers" so that one replica does
// it. Looks for due timers every 200 ms. The destructor lets finish what is under way and gives the lease
// back.
class Clock {
 public:
  Clock(std::string service, db::Config config, Fire fire);
  ~Clock();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::timers

#endif  // FIRSTFLOOR_COMMON_TIMERS_TIMERS_H_
