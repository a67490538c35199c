// Handlers of StallService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_STALL_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_STALL_SERVICE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/opinion/v1/stall_service.pb.h"
#include "services/opinion/member_kinds.h"
#include "services/opinion/stall_changes.h"
#include "services/opinion/stall_store.h"

namespace firstfloor::opinion {

class StallHandlers {
 public:
  StallHandlers(const StallStore& stalls, const StallChanges& changes, const MemberKinds& kinds)
      : stalls_(stalls), changes_(changes), kinds_(kinds) {}
  void Register(rpc::Service& service);

 private:
  using Call = rpc::Call;
  using Tx = db::Transaction;
  using Result = absl::StatusOr<v1::Stall>;

  Result Plan(Call& call, Tx& tx, const v1::PlanStallRequest& request);
  Result Get(Call& call, const v1::GetStallRequest& request);
  absl::StatusOr<v1::ListStallsResponse> List(Call& call, const v1::ListStallsRequest& request);
  Result Open(Call& call, Tx& tx, const v1::OpenStallRequest& request);
  Result Close(Call& call, Tx& tx, const v1::CloseStallRequest& request);
  Result Cancel(Call& call, Tx& tx, const v1::CancelStallRequest& request);
  Result Move(Call& call, Tx& tx, const v1::MoveStallRequest& request);
  absl::StatusOr<v1::ListMemberKindsResponse> ListKinds(Call& call,
                                                        const v1::ListMemberKindsRequest& request);
  absl::StatusOr<v1::StallDay> GetDay(Call& call, const v1::GetStallDayRequest& request);

  // The stall, for those of its community.
  Result LoadFor(Call& call, const std::string& name) const;
  // The locked stall, for staff and its team.
  Result Lock(Call& call, Tx& tx, const std::string& name, const std::string& etag) const;
  Result Change(Call& call, Tx& tx, const std::string& name, const std::string& etag,
                absl::FunctionRef<Result(const v1::Stall&)> decide) const;

  const StallStore& stalls_;
  const StallChanges& changes_;
  const MemberKinds& kinds_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_STALL_SERVICE_H_
