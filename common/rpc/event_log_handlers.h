// EventLogService, the same in every program.
#ifndef FIRSTFLOOR_COMMON_RPC_EVENT_LOG_HANDLERS_H_
#define FIRSTFLOOR_COMMON_RPC_EVENT_LOG_HANDLERS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/events/v1/event_log_service.pb.h"

namespace firstfloor::rpc {

class EventLogHandlers {
 public:
  void Register(Service& service);

  absl::StatusOr<events::v1::Head> GetHead(Call& call, const events::v1::GetHeadRequest& request);
  absl::StatusOr<events::v1::ReadEventsResponse> ReadEvents(Call& call,
                                                            const events::v1::ReadEventsRequest& request);
  absl::StatusOr<StreamFlow> Subscribe(Call& call, const events::v1::SubscribeRequest& request,
                                       std::shared_ptr<ServerStream> stream);
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_EVENT_LOG_HANDLERS_H_
