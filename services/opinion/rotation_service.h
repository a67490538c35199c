// Handlers of RotationService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_ROTATION_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_ROTATION_SERVICE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/opinion/v1/rotation_service.pb.h"
#include "services/opinion/member_kinds.h"
#include "services/opinion/rotation_store.h"
#include "services/opinion/stall_changes.h"

namespace firstfloor::opinion {

class RotationHandlers {
 public:
  RotationHandlers(const RotationStore& rotations, const StallChanges& changes, const MemberKinds& kinds)
      : rotations_(rotations), changes_(changes), kinds_(kinds) {}
  void Register(rpc::Service& service);

 private:
  absl::StatusOr<v1::RotationPlan> Plan(rpc::Call& call, const v1::PlanRotationRequest& request);
  absl::StatusOr<v1::CommitRotationResponse> Commit(rpc::Call& call, db::Transaction& tx,
                                                    const v1::CommitRotationRequest& request);
  absl::StatusOr<v1::Coverage> GetCoverage(rpc::Call& call, const v1::GetCoverageRequest& request);
  absl::StatusOr<v1::Coverage> Compute(rpc::Call& call, const v1::GetCoverageRequest& request);

  const RotationStore& rotations_;
  const StallChanges& changes_;
  const MemberKinds& kinds_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_ROTATION_SERVICE_H_
