// Handlers of PlanService.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_PLAN_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_PLAN_SERVICE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/outreach/v1/plan_service.pb.h"
#include "services/outreach/plan_rules.h"
#include "services/outreach/session_service.h"

namespace firstfloor::outreach {

class PlanHandlers {
 public:
  PlanHandlers(const rpc::Environment& environment, const SessionHandlers::Stores& stores)
      : environment_(environment), stores_(stores) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Plan> Plan(rpc::Call& call, const v1::PlanSessionsRequest& request);
  absl::StatusOr<v1::CommitPlanResponse> Commit(rpc::Call& call, db::Transaction& tx,
                                                const v1::CommitPlanRequest& request);

 private:
  absl::StatusOr<std::vector<v1::Venue>> VenuesFor(rpc::Call& call, const v1::PlanSessionsRequest& request,
                                                   const v1::Round& round);
  absl::Status CheckLecturers(rpc::Call& call, const v1::PlanSessionsRequest& request);
  // The sessions of the plan, scheduled, with the rows of all their places locked; nothing is written.
  // PLAN_OUTDATED if that cannot be.
  absl::StatusOr<std::vector<v1::Session>> Schedule(rpc::Call& call, db::Transaction& tx,
                                                    const v1::CommitPlanRequest& request,
                                                    const v1::Round& round);

  const rpc::Environment& environment_;
  const SessionHandlers::Stores stores_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_PLAN_SERVICE_H_
