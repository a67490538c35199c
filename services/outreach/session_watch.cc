#include <utility>

#include "absl/strings/str_cat.h"
#include "common/area/registry.h"
#include "common/error/macros.h"
#include "common/rpc/follow.h"
#include "firstfloor/events/v1/event.pb.h"
#include "services/outreach/session_service.h"

namespace firstfloor::outreach {
namespace {

using events::v1::Event;

bool IsOfSession(const Event& event) {
  return event.has_outreach() && absl::string_view(event.subject()).substr(0, 9) == "sessions/";
}

v1::SessionState StateOf(const Event& event) {
  v1::SessionState state = v1::SESSION_STATE_UNSPECIFIED;
  v1::SessionState_Parse(absl::StrCat("SESSION_STATE_", event.outreach().to()), &state);
  return state;
}

void Tell(const Event& event, v1::WatchSessionsResponse& response) {
  response.set_name(event.subject());
  response.set_state(StateOf(event));
  response.set_area(event.area());
  response.set_what(event.type().substr(event.type().rfind('.') + 1));
  *response.mutable_change_time() = event.occur_time();
  response.set_etag(absl::StrCat(event.version()));
}

}  // namespace

absl::StatusOr<rpc::StreamFlow> SessionHandlers::Watch(rpc::Call& call,
                                                       const v1::WatchSessionsRequest& request,
                                                       std::shared_ptr<rpc::ServerStream> stream) {
  ASSIGN_OR_RETURN(rpc::LogPosition after, rpc::PositionOf(call, request.cursor()));
  return rpc::Watch<v1::WatchSessionsResponse>(
      call, stream, std::move(after),
      [area = request.area()](const Event& event, v1::WatchSessionsResponse& response) {
        if (!IsOfSession(event) || !area::Covers(area, event.area())) return false;
        Tell(event, response);
        return true;
      });
}

}  // namespace firstfloor::outreach
