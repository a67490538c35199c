#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/area/registry.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/events/tail.h"
#include "services/outreach/session_service.h"

namespace firstfloor::outreach {
namespace {

using events::v1::Event;

constexpr size_t kMostQueued = 256;

// A cursor is "seq-hash in hexadecimal".
std::string CursorOf(int64_t seq, absl::string_view hash) {
  return absl::StrCat(seq, "-", absl::BytesToHexString(hash));
}

struct Position {
  int64_t seq = 0;
  std::string hash;
};

absl::StatusOr<Position> Parse(absl::string_view cursor) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(cursor, absl::MaxSplits('-', 1));
  Position position;
  const bool hexadecimal = parts.second.find_first_not_of("0123456789abcdef") == absl::string_view::npos;
  if (!absl::SimpleAtoi(parts.first, &position.seq) || position.seq < 0 || !hexadecimal ||
      parts.second.size() % 2 != 0) {
    return error::InvalidField("cursor", "must be the cursor of a message of the watch");
  }
  position.hash = absl::HexStringToBytes(parts.second);
  return position;
}

bool IsOfSession(const Event& event) {
  return absl::string_view(event.subject()).substr(0, 9) == "sessions/";
}

v1::SessionState StateOf(const Event& event) {
  v1::SessionState state = v1::SESSION_STATE_UNSPECIFIED;
  v1::SessionState_Parse(absl::StrCat("SESSION_STATE_", event.outreach().to()), &state);
  return state;
}

v1::WatchSessionsResponse Told(const Event& event) {
  v1::WatchSessionsResponse response;
  response.set_name(event.subject());
  response.set_state(StateOf(event));
  response.set_area(event.area());
  response.set_what(event.type().substr(event.type().rfind('.') + 1));
  *response.mutable_change_time() = event.occur_time();
  response.set_etag(absl::StrCat(event.version()));
  response.set_cursor(CursorOf(event.seq(), event.hash()));
  return response;
}

}  // namespace

absl::StatusOr<rpc::StreamFlow> SessionHandlers::Watch(rpc::Call& call,
                                                       const v1::WatchSessionsRequest& request,
                                                       std::shared_ptr<rpc::ServerStream> stream) {
  Position from;
  if (request.cursor().empty()) {
    ASSIGN_OR_RETURN(const events::LogHead head, events::ReadHead(call.db()));
    from = {head.seq, head.hash};
  } else {
    ASSIGN_OR_RETURN(from, Parse(request.cursor()));
    RETURN_IF_ERROR(events::CheckCursor(call.db(), from.seq, from.hash));
  }
  events::Tail::Follower follower;
  follower.after_seq = from.seq;
  follower.after_hash = from.hash;
  follower.ready = [stream] { return stream->queued() < kMostQueued; };
  follower.take = [stream, area = request.area()](const Event& event) {
    if (!IsOfSession(event) || !area::Covers(area, event.area())) return true;
    return stream->Write(Told(event));
  };
  follower.caught_up = [stream, expires = call.identity().expires](int64_t seq, const std::string& hash) {
    if (absl::Now() >= expires) {
      stream->Finish(
          error::Make(absl::StatusCode::kUnauthenticated, "TOKEN_EXPIRED", "the token has expired"));
      return false;
    }
    v1::WatchSessionsResponse heartbeat;
    heartbeat.set_cursor(CursorOf(seq, hash));
    return stream->Write(heartbeat);
  };
  follower.ended = [stream](absl::Status status) { stream->Finish(std::move(status)); };
  events::Tail* tail = environment_.tail;
  const int64_t id = tail->Follow(std::move(follower));
  return rpc::StreamFlow{.drained = [tail, id] { tail->Resume(id); },
                         .closed = [tail, id] { tail->Unfollow(id); }};
}

}  // namespace firstfloor::outreach
