#include "services/outreach/venue_store.h"

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/program/house.h"

namespace firstfloor::outreach {
namespace {

using google::protobuf::Message;

const v1::Venue& As(const Message& message) { return static_cast<const v1::Venue&>(message); }

resource::Spec Spec() {
  return {.table = "venue",
          .collection = "venues",
          .type = "Venue",
          .columns = {
              {"area", [](const Message& m) { return db::Value(As(m).area()); }},
              {"kind", [](const Message& m) { return db::Value(As(m).kind()); }},
              {"state", [](const Message& m) { return db::Value(As(m).state()); }},
              {"live_name",
               [](const Message& m) {
                 const bool live = As(m).state() == v1::VENUE_STATE_ACTIVE;
                 return live ? db::Value(As(m).display_name()) : db::Value(nullptr);
               }},
          }};
}

}  // namespace

VenueStore::VenueStore(program::House& house) : table_(Spec(), *house.environment().keyring) {}

absl::Status VenueStore::NameTaken(const v1::Venue& venue) {
  return error::Make(absl::StatusCode::kAlreadyExists, "VENUE_EXISTS",
                     "a venue in use in the area has this display name", {{"area", venue.area()}});
}

absl::Status VenueStore::Insert(db::Transaction& tx, v1::Venue& venue, const events::Origin& origin) const {
  const absl::Status status = table_.Insert(tx, venue, origin);
  return absl::IsAlreadyExists(status) ? NameTaken(venue) : status;
}

absl::Status VenueStore::Save(db::Transaction& tx, v1::Venue& venue, const events::Origin& origin) const {
  const absl::Status status = table_.Save(tx, venue, origin);
  return absl::IsAlreadyExists(status) ? NameTaken(venue) : status;
}

absl::StatusOr<std::set<std::pair<std::string, std::string>>> VenueStore::LiveNames(
    db::Transaction& tx, const std::set<std::string>& areas) const {
  std::set<std::pair<std::string, std::string>> names;
  for (const std::string& area : areas) {
    ASSIGN_OR_RETURN(
        const db::Rows rows,
        tx.Query("SELECT live_name FROM venue WHERE area = ? AND live_name IS NOT NULL", {db::Value(area)}));
    for (const db::Row& row : rows) names.emplace(area, row.Text(0));
  }
  return names;
}

}  // namespace firstfloor::outreach
