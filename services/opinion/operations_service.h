// Handlers of OperationsService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPERATIONS_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPERATIONS_SERVICE_H_

#include <utility>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "common/timers/timers.h"
#include "firstfloor/opinion/v1/operations_service.pb.h"

namespace firstfloor::opinion {

class OperationsHandlers {
 public:
  explicit OperationsHandlers(timers::Fire fire) : fire_(std::move(fire)) {}
  void Register(rpc::Service& service);

 private:
  absl::StatusOr<v1::AdvanceTimersResponse> AdvanceTimers(rpc::Call& call,
                                                          const v1::AdvanceTimersRequest& request);

  const timers::Fire fire_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPERATIONS_SERVICE_H_
