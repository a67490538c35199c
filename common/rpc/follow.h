// Streams that follow this service's own log: watches, and EventLogService.
#ifndef FIRSTFLOOR_COMMON_RPC_FOLLOW_H_
#define FIRSTFLOOR_COMMON_RPC_FOLLOW_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/rpc/service.h"

namespace firstfloor::events::v1 {
class Event;
}

namespace firstfloor::rpc {

// After the event `seq`, whose hash proves that it is of this log.
struct LogPosition {
  int64_t seq = 0;
  std::string hash;
};

// A position as text, "seq-hash in hexadecimal": what a watch tells with every message, and what it is
// asked with to go on.
std::string CursorOf(int64_t seq, absl::string_view hash);
std::string CursorOf(const events::v1::Event& event);
// INVALID_ARGUMENT for field `cursor` if it was not made by CursorOf.
absl::StatusOr<LogPosition> ParseCursor(absl::string_view cursor);

// Where a watch with this cursor begins: the log's head for "". FAILED_PRECONDITION, reason LOG_DIVERGED,
// if it is not of this log. To be asked before what the watch is about is read, lest a change falls between.
absl::StatusOr<LogPosition> PositionOf(Call& call, absl::string_view cursor);

// What a stream writes, each function false once the stream has ended. Called by one thread at a time.
struct Telling {
  std::function<bool(const events::v1::Event& event)> event;
  std::function<bool(int64_t seq, const std::string& hash)> heartbeat;
};

// Follows the log from `after` on: pauses while the stream's queue is full, and ends the stream when the
// caller's token expires.
StreamFlow Follow(Call& call, std::shared_ptr<ServerStream> stream, LogPosition after, Telling telling);

// A watch: messages with a `cursor`, which is set here; one with nothing else is a heartbeat. `tell` fills in
// the rest, or answers false if the event is not for the caller.
template <typename Response>
StreamFlow Watch(Call& call, const std::shared_ptr<ServerStream>& stream, LogPosition after,
                 std::function<bool(const events::v1::Event& event, Response& response)> tell) {
  Telling telling;
  telling.event = [stream, tell = std::move(tell)](const events::v1::Event& event) {
    Response response;
    if (!tell(event, response)) return true;
    response.set_cursor(CursorOf(event));
    return stream->Write(response);
  };
  telling.heartbeat = [stream](int64_t seq, const std::string& hash) {
    Response response;
    response.set_cursor(CursorOf(seq, hash));
    return stream->Write(response);
  };
  return Follow(call, stream, std::move(after), std::move(telling));
}

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_FOLLOW_H_
