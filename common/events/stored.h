// Events as they are read back from the log.
#ifndef FIRSTFLOOR_COMMON_EVENTS_STORED_H_
#define FIRSTFLOOR_COMMON_EVENTS_STORED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/db/connection.h"
#include "common/events/event_store.h"

namespace firstfloor::events {

// With seq and hash set. DATA_LOSS, reason CHAIN_BROKEN, if one can't be parsed.
absl::StatusOr<std::vector<v1::Event>> EventsFrom(absl::Span<const store::Stored> rows);

// The events that follow the cursor (seq, hash), without gap, at most `limit`. LOG_DIVERGED if the cursor is
// not of this log, CHAIN_BROKEN if an event is missing. Blocks.
absl::StatusOr<std::vector<v1::Event>> ReadOn(db::Connection& connection, int64_t seq,
                                              const std::string& hash, int limit);

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_STORED_H_
