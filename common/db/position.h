// The compare-and-swap row that the sequencer, readers and timers share: who may act, and how far it got.
// Table `log_position` of schema/position.sql, which every service's first migration contains; a row is
// made when first asked for. (POSITION is a function of SQL, hence the longer name.)
#ifndef FIRSTFLOOR_COMMON_DB_POSITION_H_
#define FIRSTFLOOR_COMMON_DB_POSITION_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/db/transaction.h"

namespace firstfloor::db {

struct Position {
  int64_t epoch = 0;  // grows with every takeover: the fence
  int64_t beat = 0;   // grows while the holder lives; -1: given back, free to take at once
  int64_t seq = 0;    // how far
  std::string hash;   // of the event at seq; "" at 0
};

// The row named `name`, made with zeros if there is none. Blocks.
absl::StatusOr<Position> LoadPosition(Connection& connection, absl::string_view name);

// Moves the row from `from` to (seq, hash) and adds a beat, in the caller's transaction. ABORTED, reason
// POSITION_LOST, when epoch or seq is no longer that of `from`: another process won.
absl::Status AdvancePosition(Transaction& tx, absl::string_view name, const Position& from, int64_t seq,
                             absl::string_view hash);

// A lease on the row: held while its beat moves. One object belongs to one thread.
class Lease {
 public:
  // Another holder is considered gone when its beat has not moved for `patience` of our steady clock.
  Lease(std::string name, absl::Duration patience = absl::Seconds(3));

  // Beats if held, else watches and takes over when the holder is gone. True when we hold it now. A row that
  // nobody ever held or that was given back is taken at once. When the database cannot be reached the
  // error is returned, and once that has lasted for `patience` the lease counts as lost.
  // Call at least every second. Blocks for two short statements.
  absl::StatusOr<bool> Hold(Connection& connection);
  // What we held last; seq and hash are those of the row when it was taken or advanced.
  const Position& position() const { return position_; }
  // To be told after the holder's own AdvancePosition has committed.
  void Advanced(int64_t seq, std::string hash);
  // Gives the lease back so that another may take it at once, and fences off our own late writes: the epoch
  // grows and the beat becomes -1. When that fails, others wait for `patience` instead. Blocks.
  void Release(Connection& connection);
  bool held() const { return held_; }

 private:
  absl::StatusOr<bool> Beat(Connection& connection);
  absl::StatusOr<bool> Watch(Connection& connection);
  absl::StatusOr<bool> TakeOver(Connection& connection);

  std::string name_;
  absl::Duration patience_;
  Position position_;
  std::chrono::steady_clock::time_point seen_moving_;
  bool held_ = false;
  bool watching_ = false;
};

}  // namespace firstfloor::db

#endif  // FIRSTFLOOR_COMMON_DB_POSITION_H_
