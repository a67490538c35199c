#include "services/opinion/campaign_store.h"

#include "common/error/error.h"

namespace firstfloor::opinion {
namespace {

using google::protobuf::Message;

const v1::Campaign& As(const Message& message) { return static_cast<const v1::Campaign&>(message); }

resource::Spec Spec() {
  return {.table = "campaign",
          .collection = "campaigns",
          .type = "Campaign",
          .prototype = nullptr,
          .columns = {
              {"area", [](const Message& m) { return db::Value(As(m).area()); }},
              {"state", [](const Message& m) { return db::Value(As(m).state()); }},
              {"live_code",
               [](const Message& m) {
                 return As(m).state() == v1::CAMPAIGN_STATE_ENDED ? db::Value(nullptr)
                                                                  : db::Value(As(m).code());
               }},
          }};
}

}  // namespace

CampaignStore::CampaignStore(const privacy::Keyring& keyring) : table_(Spec(), keyring) {}

absl::Status CampaignStore::Insert(db::Transaction& tx, v1::Campaign& campaign,
                                   const events::Origin& origin) const {
  const absl::Status status = table_.Insert(tx, campaign, origin);
  if (!absl::IsAlreadyExists(status)) return status;
  return error::Make(absl::StatusCode::kAlreadyExists, "CAMPAIGN_EXISTS",
                     "a campaign of the area that has not ended has this code",
                     {{"area", campaign.area()}, {"code", campaign.code()}});
}

}  // namespace firstfloor::opinion
