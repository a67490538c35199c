// Handlers of OperationsService.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_OPERATIONS_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_OPERATIONS_SERVICE_H_

#include <utility>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "common/timers/timers.h"
#include "firstfloor/outreach/v1/operations_service.pb.h"

namespace firstfloor::outreach {

class OperationsHandlers {
 public:
  explicit OperationsHandlers(timers::Fire fire) : fire_(std::move(fire)) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::AdvanceTimersResponse> AdvanceTimers(rpc::Call& call,
                                                          const v1::AdvanceTimersRequest& request);

 private:
  const timers::Fire fire_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_OPERATIONS_SERVICE_H_
