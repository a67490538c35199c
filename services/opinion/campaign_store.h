// Campaigns in the database.
#ifndef FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_STORE_H_
#define FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_STORE_H_

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
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
  // Topics of the campaigns with this code that `area` takes part in and that have not ended.
  absl::StatusOr<std::set<std::string>> TopicsOf(db::Transaction& tx, absl::string_view area,
                                                 absl::string_view code) const;

 private:
  const resource::Table<v1::Campaign> table_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_CAMPAIGN_STORE_H_
