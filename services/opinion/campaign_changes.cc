#include "services/opinion/campaign_changes.h"

#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/about.h"
#include "common/events/log.h"
#include "common/program/house.h"
#include "services/opinion/stall_rules.h"

namespace firstfloor::opinion {
namespace {

using v1::Campaign;

events::v1::Event EventOf(const Campaign& campaign) {
  events::v1::Event event = events::About(campaign);
  auto* changed = event.mutable_opinion()->mutable_campaign_changed();
  changed->set_state(
      std::string(absl::StripPrefix(v1::CampaignState_Name(campaign.state()), "CAMPAIGN_STATE_")));
  changed->set_code(campaign.code());
  return event;
}

events::Origin NotBefore(const events::Origin& origin, const google::protobuf::Timestamp& time) {
  return events::NotBefore(origin, calendar::FromProto(time));
}

}  // namespace

absl::Status CampaignChanges::Insert(db::Transaction& tx, const events::Origin& origin,
                                     Campaign& campaign) const {
  campaign_rules::Step step = campaign_rules::Make(campaign, origin.occur_time);
  if (step.campaign.state() == v1::CAMPAIGN_STATE_ENDED) {
    return error::InvalidField("campaign.schedule", "has no day any more");
  }
  RETURN_IF_ERROR(campaigns_.Insert(tx, step.campaign, origin));
  RETURN_IF_ERROR(Follow(tx, origin, step));
  campaign = std::move(step.campaign);
  return absl::OkStatus();
}

absl::Status CampaignChanges::Save(db::Transaction& tx, const events::Origin& origin,
                                   Campaign& campaign) const {
  campaign_rules::Step step = campaign_rules::Make(campaign, origin.occur_time);
  RETURN_IF_ERROR(campaigns_.table().Save(tx, step.campaign, origin));
  RETURN_IF_ERROR(Follow(tx, origin, step));
  campaign = std::move(step.campaign);
  return absl::OkStatus();
}

absl::Status CampaignChanges::CallOff(db::Transaction& tx, const events::Origin& origin, Campaign& campaign,
                                      absl::string_view reason_code) const {
  ASSIGN_OR_RETURN(const std::vector<v1::Stall> planned,
                   stalls_.LockPlanned(tx, campaign_rules::MadeAhead(campaign, origin.occur_time)));
  for (const v1::Stall& stall : planned) {
    const events::Origin when = NotBefore(origin, stall.update_time());
    ASSIGN_OR_RETURN(v1::Stall off, stall_rules::Cancel(stall, reason_code, when.occur_time));
    RETURN_IF_ERROR(stall_changes_.Save(tx, when, off));
  }
  return Save(tx, origin, campaign);
}

absl::Status CampaignChanges::Follow(db::Transaction& tx, const events::Origin& origin,
                                     campaign_rules::Step& step) const {
  for (v1::Stall& stall : step.stalls) RETURN_IF_ERROR(stall_changes_.Insert(tx, origin, stall));
  RETURN_IF_ERROR(timers::Set(tx, {step.campaign.name(), std::string(campaign_rules::kMake),
                                   step.campaign.area(), step.next, origin.back_dated}));
  return house_.environment().log->Append(tx, origin, EventOf(step.campaign));
}

absl::Status CampaignChanges::Fire(db::Transaction& tx, const timers::Timer& timer,
                                   const events::Origin& origin) const {
  absl::StatusOr<Campaign> campaign = campaigns_.table().Lock(tx, timer.subject);
  if (absl::IsNotFound(campaign.status())) return absl::OkStatus();
  RETURN_IF_ERROR(campaign.status());
  if (campaign->state() != v1::CAMPAIGN_STATE_ACTIVE) return absl::OkStatus();
  return Save(tx, NotBefore(origin, campaign->update_time()), *campaign);
}

}  // namespace firstfloor::opinion
