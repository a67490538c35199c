// Campaigns in the database.
#ifndef FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_STORE_H_
#define FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_STORE_H_

#include "absl/status/status.h"
#include "common/db/transaction.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/campaign.pb.h"

namespace firstfloor::opinion {

class CampaignStore {
 public:
  explicit CampaignStore(const privacy::Keyring& keyring);

  const resource::Table<v1::Campaign>& table() const { return table_; }
  // ALREADY_EXISTS, reason CAMPAIGN_EXISTS, if one in the area that has not ended has its code.
  absl::Status Insert(db::Transaction& tx, v1::Campaign& campaign, const events::Origin& origin) const;

 private:
  const resource::Table<v1::Campaign> table_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_STORE_H_
