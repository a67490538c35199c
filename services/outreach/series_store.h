// Series and rounds in the database.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_SERIES_STORE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_SERIES_STORE_H_

#include "common/resource/table.h"
#include "firstfloor/outreach/v1/series.pb.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::outreach {

class SeriesStore {
 public:
  explicit SeriesStore(program::House& house);

  const resource::Table<v1::Series>& series() const { return series_; }
  const resource::Table<v1::Round>& rounds() const { return rounds_; }

  // ALREADY_EXISTS, reason SERIES_EXISTS, if the community (the area down to street level) has a series of
  // that display name.
  absl::Status Insert(db::Transaction& tx, v1::Series& series, const events::Origin& origin) const;

 private:
  const resource::Table<v1::Series> series_;
  const resource::Table<v1::Round> rounds_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_SERIES_STORE_H_
