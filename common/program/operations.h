// OperationsService, the same in every program: AdvanceTimers has messages of each package, alike but for it.
#ifndef FIRSTFLOOR_COMMON_PROGRAM_OPERATIONS_H_
#define FIRSTFLOOR_COMMON_PROGRAM_OPERATIONS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/calendar/timestamp.h"
#include "common/erasure/erasures.h"
#include "common/error/macros.h"
#include "common/program/house.h"
#include "common/rpc/service.h"

namespace firstfloor::program {

// Lets the deadlines of dated-back work of `area` pass that are due at `as_of`; how many did.
// FAILED_PRECONDITION, reason AS_OF_NOT_ALLOWED, where work may not be dated back.
absl::StatusOr<int64_t> AdvanceTimers(rpc::Call& call, const timers::Fire& fire, absl::string_view area,
                                      absl::Time as_of);

template <typename Request, typename Response>
class OperationsHandlers {
 public:
  // Deadlines do what the house is told by SetTimers, erasures what it is told by SetErasure.
  explicit OperationsHandlers(House& house) : house_(house) {}
  // After both.
  void Register(rpc::Service& service) {
    service.Read("AdvanceTimers", this, &OperationsHandlers::AdvanceTimers);
    service.Mutation("EraseSubject", &house_.erasures(), &erasure::Erasures::EraseSubject);
    service.Read("GetErasure", &house_.erasures(), &erasure::Erasures::GetErasure);
  }

 private:
  absl::StatusOr<Response> AdvanceTimers(rpc::Call& call, const Request& request) {
    ASSIGN_OR_RETURN(const int64_t fired, program::AdvanceTimers(call, house_.timers(), request.area(),
                                                                 calendar::FromProto(request.as_of_time())));
    Response response;
    response.set_fired(fired);
    return response;
  }

  House& house_;
};

}  // namespace firstfloor::program

#endif  // FIRSTFLOOR_COMMON_PROGRAM_OPERATIONS_H_
