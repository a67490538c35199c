// The hash chain of a log: each event's hash covers the one before, its place and its bytes.
#ifndef FIRSTFLOOR_COMMON_EVENTS_CHAIN_H_
#define FIRSTFLOOR_COMMON_EVENTS_CHAIN_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace firstfloor::events {

// SHA-256 of (`previous`, seq as 8 bytes big-endian, `body`), 32 bytes. `previous` is "" for the first event.
std::string ChainHash(absl::string_view previous, int64_t seq, absl::string_view body);

// DATA_LOSS, reason CHAIN_BROKEN, metadata "seq".
absl::Status ChainBroken(int64_t seq, absl::string_view how);

// FAILED_PRECONDITION, reason LOG_DIVERGED: the cursor at `seq` is not of this log.
absl::Status LogDiverged(int64_t seq);
bool IsLogDiverged(const absl::Status& status);

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_CHAIN_H_
