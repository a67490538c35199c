#include "common/rpc/follow.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/events/tail.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::rpc {
namespace {

constexpr size_t kMostQueued = 256;

bool IsHexadecimal(absl::string_view text) {
  return text.size() % 2 == 0 && text.find_first_not_of("0123456789abcdef") == absl::string_view::npos;
}

}  // namespace

std::string CursorOf(int64_t seq, absl::string_view hash) {
  return absl::StrCat(seq, "-", absl::BytesToHexString(hash));
}

std::string CursorOf(const events::v1::Event& event) { return CursorOf(event.seq(), event.hash()); }

absl::StatusOr<LogPosition> ParseCursor(absl::string_view cursor) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(cursor, absl::MaxSplits('-', 1));
  LogPosition position;
  if (!absl::SimpleAtoi(parts.first, &position.seq) || position.seq < 0 || !IsHexadecimal(parts.second)) {
    return error::InvalidField("cursor", "must be the cursor of a message of the watch");
  }
  position.hash = absl::HexStringToBytes(parts.second);
  return position;
}

absl::StatusOr<LogPosition> PositionOf(Call& call, absl::string_view cursor) {
  if (cursor.empty()) {
    ASSIGN_OR_RETURN(events::LogHead head, events::ReadHead(call.db()));
    return LogPosition{head.seq, std::move(head.hash)};
  }
  ASSIGN_OR_RETURN(LogPosition position, ParseCursor(cursor));
  RETURN_IF_ERROR(events::CheckCursor(call.db(), position.seq, position.hash));
  return position;
}

StreamFlow Follow(Call& call, std::shared_ptr<ServerStream> stream, LogPosition after, Telling telling) {
  events::Tail::Follower follower;
  follower.after_seq = after.seq;
  follower.after_hash = std::move(after.hash);
  follower.ready = [stream] { return stream->queued() < kMostQueued; };
  follower.take = std::move(telling.event);
  follower.caught_up = [stream, expires = call.identity().expires, heartbeat = std::move(telling.heartbeat)](
                           int64_t seq, const std::string& hash) {
    if (absl::Now() >= expires) {
      stream->Finish(
          error::Make(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED", "the token has expired"));
      return false;
    }
    return heartbeat(seq, hash);
  };
  follower.ended = [stream](absl::Status status) { stream->Finish(std::move(status)); };
  events::Tail* tail = call.environment().tail;
  const int64_t id = tail->Follow(std::move(follower));
  return {.drained = [tail, id] { tail->Resume(id); }, .closed = [tail, id] { tail->Unfollow(id); }};
}

}  // namespace firstfloor::rpc
