#include "common/program/operations.h"

#include "common/error/error.h"

namespace firstfloor::program {

absl::StatusOr<int64_t> AdvanceTimers(rpc::Call& call, const timers::Fire& fire, absl::string_view area,
                                      absl::Time as_of) {
  if (!call.environment().allow_as_of) {
    return error::Precondition("AS_OF_NOT_ALLOWED", "this server does not accept work dated back");
  }
  return timers::Advance(call.db(), call.environment().service, area, as_of, fire, call.deadline());
}

}  // namespace firstfloor::program
