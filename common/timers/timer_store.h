// The rows of timers.
#ifndef FIRSTFLOOR_COMMON_TIMERS_TIMER_STORE_H_
#define FIRSTFLOOR_COMMON_TIMERS_TIMER_STORE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"
#include "common/timers/timers.h"

namespace firstfloor::timers {

// The first `limit` timers of the clock with due ≤ now, in the order of due times.
absl::StatusOr<std::vector<Timer>> DueByClock(db::Connection& connection, absl::Time now, int limit);
absl::StatusOr<int64_t> CountDueByClock(db::Connection& connection, absl::Time now);
// The same of back-dated timers in `area` and below.
absl::StatusOr<std::vector<Timer>> DueBackDated(db::Connection& connection, absl::string_view area,
                                                absl::Time as_of, int limit);

// Deletes the timer if it is still the one that was read; false if it was moved, cleared or has fired.
absl::StatusOr<bool> Take(db::Transaction& tx, const Timer& timer);
// Moves it to `due` if it is still the one that was read.
absl::Status Postpone(db::Transaction& tx, const Timer& timer, absl::Time due);

// While it lives, notes the earliest back-dated due time that Set is given on this thread, so that whoever
// fires a list of timers in order learns that the list is out of date. One at a time a thread.
class EarliestSet {
 public:
  EarliestSet();
  ~EarliestSet();
  EarliestSet(const EarliestSet&) = delete;
  EarliestSet& operator=(const EarliestSet&) = delete;

  void Note(absl::Time due);
  absl::Time due() const { return due_; }  // InfiniteFuture if none was set

 private:
  absl::Time due_ = absl::InfiniteFuture();
};

}  // namespace firstfloor::timers

#endif  // FIRSTFLOOR_COMMON_TIMERS_TIMER_STORE_H_
