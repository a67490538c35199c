#include "services/opinion/campaign_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/personal.h"
#include "common/resource/update_mask.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/opinion/campaign_rules.h"
#include "services/opinion/opinion_view.h"
#include "services/opinion/people_view.h"

namespace firstfloor::opinion {
namespace {

using v1::Campaign;

bool IsHost(const Campaign& campaign, const rpc::Call& call) {
  return std::any_of(campaign.hosts().begin(), campaign.hosts().end(), [&](const v1::CampaignHosts& hosts) {
    return view::IsAmong(hosts.members(), call.identity());
  });
}

// Names are for the hosts.
Campaign ViewOf(const Campaign& campaign, const rpc::Call& call) {
  Campaign view = campaign;
  if (!IsHost(campaign, call)) privacy::Mask(view);
  return view;
}

}  // namespace

void CampaignHandlers::Register(rpc::Service& service) {
  service.Mutation("CreateCampaign", this, &CampaignHandlers::Create);
  service.Read("GetCampaign", this, &CampaignHandlers::Get);
  service.Read("ListCampaigns", this, &CampaignHandlers::List);
  service.Mutation("UpdateCampaign", this, &CampaignHandlers::Update);
  service.Mutation("PauseCampaign", this, &CampaignHandlers::Pause);
  service.Mutation("ResumeCampaign", this, &CampaignHandlers::Resume);
  service.Mutation("EndCampaign", this, &CampaignHandlers::End);
}

absl::Status CampaignHandlers::CheckKinds(const google::protobuf::RepeatedPtrField<v1::CampaignHosts>& hosts,
                                          absl::string_view field) const {
  error::Violations violations;
  for (int i = 0; i < hosts.size(); ++i) {
    kinds_.Check(hosts.Get(i).members(), absl::StrCat(field, "[", i, "].members"), violations);
  }
  return violations.ToStatus();
}

CampaignHandlers::Result CampaignHandlers::Create(Call& call, Tx& tx,
                                                  const v1::CreateCampaignRequest& request) {
  RETURN_IF_ERROR(CheckKinds(request.campaign().hosts(), "campaign.hosts"));
  ASSIGN_OR_RETURN(Campaign campaign, campaign_rules::Start(request.campaign()));
  campaign.set_name(resource::NewName("campaigns", call.origin().record_time));
  RETURN_IF_ERROR(changes_.Insert(tx, call.origin(), campaign));
  return ViewOf(campaign, call);
}

CampaignHandlers::Result CampaignHandlers::Get(Call& call, const v1::GetCampaignRequest& request) {
  ASSIGN_OR_RETURN(const Campaign campaign,
                   rpc::HiddenIfMissing(campaigns_.table().Load(call.db(), request.name())));
  RETURN_IF_ERROR(
      call.Authorize(campaign.area(), {.participant = view::IsNeighbour(call.identity(), campaign.area())}));
  if (!request.unmask() || IsHost(campaign, call)) return ViewOf(campaign, call);
  if (!view::HandlesArea(call.identity(), campaign.area())) return error::Denied();
  call.RecordPersonalRead(campaign.name(), campaign.area());
  return campaign;
}

absl::StatusOr<v1::ListCampaignsResponse> CampaignHandlers::List(Call& call,
                                                                 const v1::ListCampaignsRequest& request) {
  RETURN_IF_ERROR(
      call.Authorize(request.area(), {.participant = view::IsNeighbour(call.identity(), request.area())}));
  const privacy::Keyring& keyring = *call.environment().keyring;
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, keyring));
  std::vector<resource::Condition> conditions = {resource::Covered("area", request.area())};
  if (request.state() != v1::CAMPAIGN_STATE_UNSPECIFIED) {
    conditions.push_back(resource::Equals("state", request.state()));
  }
  ASSIGN_OR_RETURN(std::vector<Campaign> rows,
                   campaigns_.table().List(call.db(), conditions, true, page.after, page.size + 1));
  v1::ListCampaignsResponse response;
  response.set_next_page_token(rpc::TakePage(page, rows, keyring));
  for (const Campaign& row : rows) *response.add_campaigns() = ViewOf(row, call);
  return response;
}

CampaignHandlers::Result CampaignHandlers::Lock(Call& call, Tx& tx, const std::string& name,
                                                const std::string& etag) const {
  ASSIGN_OR_RETURN(Campaign campaign, rpc::HiddenIfMissing(campaigns_.table().Lock(tx, name)));
  RETURN_IF_ERROR(call.Authorize(campaign.area()));
  RETURN_IF_ERROR(rpc::CheckEtag(etag, campaign));
  return campaign;
}

CampaignHandlers::Result CampaignHandlers::Update(Call& call, Tx& tx,
                                                  const v1::UpdateCampaignRequest& request) {
  ASSIGN_OR_RETURN(Campaign campaign, Lock(call, tx, request.name(), request.etag()));
  RETURN_IF_ERROR(campaign_rules::CheckChangeable(campaign));
  const resource::Changes changes = {
      {"display_name", [&] { campaign.set_display_name(request.display_name()); }},
      {"topics", [&] { *campaign.mutable_topics() = request.topics(); }},
      {"hosts", [&] { *campaign.mutable_hosts() = request.hosts(); }},
      {"places", [&] { *campaign.mutable_places() = request.places(); }},
      {"days_ahead", [&] { campaign.set_days_ahead(request.days_ahead()); }},
  };
  RETURN_IF_ERROR(resource::ApplyMask(request.update_mask(), changes));
  RETURN_IF_ERROR(CheckKinds(request.hosts(), "hosts"));
  RETURN_IF_ERROR(campaign_rules::Check(campaign, ""));
  RETURN_IF_ERROR(changes_.Save(tx, call.origin(), campaign));
  return ViewOf(campaign, call);
}

CampaignHandlers::Result CampaignHandlers::Pause(Call& call, Tx& tx,
                                                 const v1::PauseCampaignRequest& request) {
  ASSIGN_OR_RETURN(const Campaign before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Campaign campaign, campaign_rules::Pause(before));
  RETURN_IF_ERROR(changes_.CallOff(tx, call.origin(), campaign, "CAMPAIGN_PAUSED"));
  return ViewOf(campaign, call);
}

CampaignHandlers::Result CampaignHandlers::Resume(Call& call, Tx& tx,
                                                  const v1::ResumeCampaignRequest& request) {
  ASSIGN_OR_RETURN(const Campaign before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Campaign campaign, campaign_rules::Resume(before));
  RETURN_IF_ERROR(changes_.Save(tx, call.origin(), campaign));
  return ViewOf(campaign, call);
}

CampaignHandlers::Result CampaignHandlers::End(Call& call, Tx& tx, const v1::EndCampaignRequest& request) {
  ASSIGN_OR_RETURN(const Campaign before, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(Campaign campaign, campaign_rules::End(before));
  RETURN_IF_ERROR(changes_.CallOff(tx, call.origin(), campaign, "CAMPAIGN_ENDED"));
  return ViewOf(campaign, call);
}

}  // namespace firstfloor::opinion
