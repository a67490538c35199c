// One batch of the sequencer.
#ifndef FIRSTFLOOR_COMMON_EVENTS_SEQUENCE_H_
#define FIRSTFLOOR_COMMON_EVENTS_SEQUENCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/db/connection.h"
#include "common/db/position.h"

namespace firstfloor::events {

// The row of `log_position` that is lease, fence and head of the log in one.
inline constexpr absl::string_view kLogHead = "log_head";

struct Sequenced {
  int64_t seq = 0;  // the head now
  std::string hash;
  std::vector<absl::Time> record_times;  // of the events of the batch
};

// Gives the next events (at most 256) their places after `head` in one transaction. Order is that of id,
// except that events of one subject come in the order of (version, ordinal). ABORTED, reason POSITION_LOST,
// when `head` is not the head any more: nothing is written. Blocks.
absl::StatusOr<Sequenced> SequenceBatch(db::Connection& connection, const db::Position& head);

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_SEQUENCE_H_
