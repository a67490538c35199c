// Handlers of CampaignService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/opinion/v1/campaign_service.pb.h"
#include "services/opinion/campaign_changes.h"
#include "services/opinion/member_kinds.h"

namespace firstfloor::opinion {

class CampaignHandlers {
 public:
  CampaignHandlers(const CampaignStore& campaigns, const CampaignChanges& changes, const MemberKinds& kinds)
      : campaigns_(campaigns), changes_(changes), kinds_(kinds) {}
  void Register(rpc::Service& service);

 private:
  using Call = rpc::Call;
  using Tx = db::Transaction;
  using Result = absl::StatusOr<v1::Campaign>;

  Result Create(Call& call, Tx& tx, const v1::CreateCampaignRequest& request);
  Result Get(Call& call, const v1::GetCampaignRequest& request);
  absl::StatusOr<v1::ListCampaignsResponse> List(Call& call, const v1::ListCampaignsRequest& request);
  Result Update(Call& call, Tx& tx, const v1::UpdateCampaignRequest& request);
  Result Pause(Call& call, Tx& tx, const v1::PauseCampaignRequest& request);
  Result Resume(Call& call, Tx& tx, const v1::ResumeCampaignRequest& request);
  Result End(Call& call, Tx& tx, const v1::EndCampaignRequest& request);

  Result Lock(Call& call, Tx& tx, const std::string& name, const std::string& etag) const;
  absl::Status CheckKinds(const google::protobuf::RepeatedPtrField<v1::CampaignHosts>& hosts,
                          absl::string_view field) const;

  const CampaignStore& campaigns_;
  const CampaignChanges& changes_;
  const MemberKinds& kinds_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_SERVICE_H_
