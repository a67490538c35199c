#include "services/opinion/operations_service.h"

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::opinion {

void OperationsHandlers::Register(rpc::Service& service) {
  service.Read("AdvanceTimers", this, &OperationsHandlers::AdvanceTimers);
}

absl::StatusOr<v1::AdvanceTimersResponse> OperationsHandlers::AdvanceTimers(
    rpc::Call& call, const v1::AdvanceTimersRequest& request) {
  if (!call.environment().allow_as_of) {
    return error::Precondition("AS_OF_NOT_ALLOWED", "work may not be dated back here");
  }
  v1::AdvanceTimersResponse response;
  ASSIGN_OR_RETURN(const int64_t fired,
                   timers::Advance(call.db(), call.environment().service, request.area(),
                                   calendar::FromProto(request.as_of_time()), fire_, call.deadline()));
  response.set_fired(fired);
  return response;
}

}  // namespace firstfloor::opinion
