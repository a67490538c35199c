// Sets a reader right whose log was restored from a backup, without passing over events unseen.
#ifndef FIRSTFLOOR_COMMON_EVENTS_RESYNC_H_
#define FIRSTFLOOR_COMMON_EVENTS_RESYNC_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/connection.h"
#include "common/events/log.h"
#include "common/events/reader.h"

namespace firstfloor::events {

// A log, as it is asked for by commands. Both block.
struct LogPages {
  std::function<absl::StatusOr<LogHead>()> head;
  // As ReadAfter; at most 1,000.
  std::function<absl::StatusOr<std::vector<v1::Event>>(int64_t after, int limit)> after;
};

// This service's own log. `connection` must outlive it.
LogPages OwnPages(db::Connection& connection);

struct ResyncOptions {
  // The last event of the backup: up to there the log is what the reader has read. Without it the last
  // parked event that the log still has is taken, since nothing later is known here.
  std::optional<int64_t> after_seq = std::nullopt;
  // Goes on at the head, past what follows the backup.
  bool skip_events = false;
  // Else those parked before the place where the reader goes on stay parked.
  bool drop_parked = false;
};

// Moves the cursor of `reader` to where it is of `log` again; nothing is moved if it is so already. Answers
// what was done, in one line. FAILED_PRECONDITION, with how many events of which kinds concern the reader and
// would be passed over, unless none are or the options allow it: then nothing was changed. INVALID_ARGUMENT
// if the log has no event `after_seq`. The running reader goes on by itself.
//
// Parked events after the new place go in any case: the log tells them again, or they never happened.
absl::StatusOr<std::string> Resync(db::Connection& connection, const std::string& reader, const LogPages& log,
                                   const Effect& effect, const ResyncOptions& options);

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_RESYNC_H_
