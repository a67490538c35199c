#include "services/opinion/campaign_store.h"

#include <vector>

#include "common/area/registry.h"
#include "common/error/error.h"
#include "common/error/macros.h"

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

absl::StatusOr<std::set<std::string>> CampaignStore::TopicsOf(db::Transaction& tx, absl::string_view area,
                                                              absl::string_view code) const {
  const std::vector<std::string> areas = area::SelfAndAncestors(area);
  std::vector<v1::Campaign> campaigns;
  campaigns.reserve(areas.size());
  RETURN_IF_ERROR(table_.raw().List(tx,
                                    {resource::In("area", std::vector<db::Value>(areas.begin(), areas.end())),
                                     resource::Equals("live_code", code)},
                                    "", static_cast<int>(areas.size()),
                                    [&] { return &campaigns.emplace_back(); }));
  std::set<std::string> topics;
  for (const v1::Campaign& campaign : campaigns) {
    topics.insert(campaign.topics().begin(), campaign.topics().end());
  }
  return topics;
}

}  // namespace firstfloor::opinion
