#include "services/outreach/series_store.h"

#include "common/error/error.h"
#include "common/program/house.h"

namespace firstfloor::outreach {
namespace {

using google::protobuf::Message;

constexpr size_t kStreetDigits = 9;

const v1::Series& AsSeries(const Message& message) { return static_cast<const v1::Series&>(message); }
const v1::Round& AsRound(const Message& message) { return static_cast<const v1::Round&>(message); }

std::string CommunityOf(const std::string& area) { return area.substr(0, kStreetDigits); }

resource::Spec SeriesSpec() {
  return {.table = "series",
          .collection = "series",
          .type = "Series",
          .columns = {
              {"area", [](const Message& m) { return db::Value(AsSeries(m).area()); }},
              {"community", [](const Message& m) { return db::Value(CommunityOf(AsSeries(m).area())); }},
              {"display_name", [](const Message& m) { return db::Value(AsSeries(m).display_name()); }},
              {"state", [](const Message& m) { return db::Value(AsSeries(m).state()); }},
          }};
}

resource::Spec RoundSpec() {
  return {.table = "class_round",
          .collection = "rounds",
          .type = "Round",
          .columns = {
              {"area", [](const Message& m) { return db::Value(AsRound(m).area()); }},
              {"series", [](const Message& m) { return db::Value(AsRound(m).series()); }},
          }};
}

}  // namespace

SeriesStore::SeriesStore(program::House& house)
    : series_(SeriesSpec(), *house.environment().keyring),
      rounds_(RoundSpec(), *house.environment().keyring) {}

absl::Status SeriesStore::Insert(db::Transaction& tx, v1::Series& series,
                                 const events::Origin& origin) const {
  const absl::Status status = series_.Insert(tx, series, origin);
  if (!absl::IsAlreadyExists(status)) return status;
  return error::Make(absl::StatusCode::kAlreadyExists, "SERIES_EXISTS",
                     "the community has a series of this display name",
                     {{"community", CommunityOf(series.area())}});
}

}  // namespace firstfloor::outreach
