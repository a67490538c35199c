// Venues in the database.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_VENUE_STORE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_VENUE_STORE_H_

#include <set>
#include <string>
#include <utility>

#include "common/resource/table.h"
#include "firstfloor/outreach/v1/venue.pb.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::outreach {

class VenueStore {
 public:
  explicit VenueStore(program::House& house);

  const resource::Table<v1::Venue>& table() const { return table_; }

  // As Insert and Save of the table; ALREADY_EXISTS, reason VENUE_EXISTS, if another venue in use in the area
  // has the display name.
  absl::Status Insert(db::Transaction& tx, v1::Venue& venue, const events::Origin& origin) const;
  absl::Status Save(db::Transaction& tx, v1::Venue& venue, const events::Origin& origin) const;

  // (area, display name) of every venue in use whose area is one of `areas`.
  absl::StatusOr<std::set<std::pair<std::string, std::string>>> LiveNames(
      db::Transaction& tx, const std::set<std::string>& areas) const;

  // ALREADY_EXISTS, reason VENUE_EXISTS.
  static absl::Status NameTaken(const v1::Venue& venue);

 private:
  const resource::Table<v1::Venue> table_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_VENUE_STORE_H_
