// How a decided change of a campaign is carried out: row, stalls, event, timer. The same for calls and for
// the timer.
#ifndef FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_CHANGES_H_
#define FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_CHANGES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"
#include "common/timers/timers.h"
#include "services/opinion/campaign_rules.h"
#include "services/opinion/campaign_store.h"
#include "services/opinion/stall_changes.h"

namespace firstfloor::opinion {

class CampaignChanges {
 public:
  CampaignChanges(program::House& house, const CampaignStore& campaigns, const StallStore& stalls,
                  const StallChanges& stall_changes)
      : house_(house), campaigns_(campaigns), stalls_(stalls), stall_changes_(stall_changes) {}

  // A new campaign; its name is set. Makes its first stalls. `campaign` is as stored afterwards.
  // INVALID_ARGUMENT if it has no day any more.
  absl::Status Insert(db::Transaction& tx, const events::Origin& origin, v1::Campaign& campaign) const;
  // One that was changed, as locked in this transaction before; if it is active, it makes the stalls that are
  // due.
  absl::Status Save(db::Transaction& tx, const events::Origin& origin, v1::Campaign& campaign) const;
  // One that was paused or ended: what it has planned ahead is called off with `reason_code`.
  absl::Status CallOff(db::Transaction& tx, const events::Origin& origin, v1::Campaign& campaign,
                       absl::string_view reason_code) const;
  // What a campaign's timer brings.
  absl::Status Fire(db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) const;

 private:
  // What follows from the campaign's having been stored.
  absl::Status Follow(db::Transaction& tx, const events::Origin& origin, campaign_rules::Step& step) const;

  program::House& house_;
  const CampaignStore& campaigns_;
  const StallStore& stalls_;
  const StallChanges& stall_changes_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_CHANGES_H_
