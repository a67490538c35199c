// Handlers of HomeVisitService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_HOME_VISIT_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_HOME_VISIT_SERVICE_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "common/auth/identity.h"
#include "common/rpc/service.h"
#include "firstfloor/opinion/v1/home_visit_service.pb.h"
#include "services/opinion/campaign_store.h"
#include "services/opinion/home_visit_store.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::opinion {

class HomeVisitHandlers {
 public:
  // `topics`: codes of what visits may be about that belong to no drive with topics of its own.
  HomeVisitHandlers(program::House& house, const HomeVisitStore& visits, const CampaignStore& campaigns,
                    std::set<std::string> topics)
      : house_(house), visits_(visits), campaigns_(campaigns), topics_(std::move(topics)) {}
  void Register(rpc::Service& service);

  // FAILED_PRECONDITION, reason HOME_VISIT_NOT_OPEN, unless there is such a visit, it takes opinions, and
  // `caller` is one of its visitors or handles what is in its area.
  absl::Status CheckTakesOpinions(db::Transaction& tx, const auth::Identity& caller,
                                  absl::string_view name) const;

 private:
  using Call = rpc::Call;
  using Tx = db::Transaction;
  using Result = absl::StatusOr<v1::HomeVisit>;

  Result Plan(Call& call, Tx& tx, const v1::PlanHomeVisitRequest& request);
  Result Get(Call& call, const v1::GetHomeVisitRequest& request);
  absl::StatusOr<v1::ListHomeVisitsResponse> List(Call& call, const v1::ListHomeVisitsRequest& request);
  Result Record(Call& call, Tx& tx, const v1::RecordHomeVisitRequest& request);
  Result Cancel(Call& call, Tx& tx, const v1::CancelHomeVisitRequest& request);

  // The locked visit, for those who may change it.
  Result Lock(Call& call, Tx& tx, const std::string& name, const std::string& etag) const;
  // What it may be about.
  absl::StatusOr<std::set<std::string>> TopicsFor(Tx& tx, const v1::HomeVisit& visit) const;
  absl::Status Save(Tx& tx, const events::Origin& origin, v1::HomeVisit& visit) const;
  // Calls off what else is planned for a household that has refused, and keeps its peace.
  absl::Status LeaveInPeace(Call& call, Tx& tx, const v1::HomeVisit& visit) const;

  program::House& house_;
  const HomeVisitStore& visits_;
  const CampaignStore& campaigns_;
  const std::set<std::string> topics_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_HOME_VISIT_SERVICE_H_
