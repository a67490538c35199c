#include "services/opinion/home_visit_store.h"

#include <algorithm>
#include <string>

#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/program/house.h"
#include "services/opinion/home_visit_rules.h"

namespace firstfloor::opinion {
namespace {

using google::protobuf::Message;
using resource::Condition;

constexpr int kMostPlanned = 1000;

const v1::HomeVisit& As(const Message& message) { return static_cast<const v1::HomeVisit&>(message); }

// The blind index of a household; NULL once its door has been erased.
db::Value HouseholdOf(const v1::HomeVisit& visit, const privacy::Keyring& keyring) {
  const std::string key = visit_rules::DoorKey(visit);
  return key.empty() ? db::Value(nullptr) : db::Value(keyring.BlindIndex("household", key));
}

resource::Spec SpecOf(const privacy::Keyring& keyring) {
  return {.table = "home_visit",
          .collection = "homeVisits",
          .type = "HomeVisit",
          .prototype = nullptr,
          .columns = {
              {"area", [](const Message& m) { return db::Value(As(m).area()); }},
              {"state", [](const Message& m) { return db::Value(As(m).state()); }},
              {"outcome", [](const Message& m) { return db::Value(As(m).outcome()); }},
              {"campaign", [](const Message& m) { return db::Value(As(m).campaign()); }},
              {"household", [&keyring](const Message& m) { return HouseholdOf(As(m), keyring); }},
          }};
}

}  // namespace

HomeVisitStore::HomeVisitStore(program::House& house)
    : keyring_(*house.environment().keyring), table_(SpecOf(keyring_), keyring_) {}

absl::StatusOr<absl::Time> HomeVisitStore::LockHousehold(db::Transaction& tx,
                                                         const v1::HomeVisit& visit) const {
  if (visit_rules::DoorKey(visit).empty()) return absl::InfinitePast();
  const db::Value household = HouseholdOf(visit, keyring_);
  RETURN_IF_ERROR(tx.Execute("INSERT INTO household (household, refused_until) VALUES (?, NULL)"
                             " ON DUPLICATE KEY UPDATE household = household",
                             {household})
                      .status());
  ASSIGN_OR_RETURN(const db::Rows rows,
                   tx.Query("SELECT refused_until FROM household WHERE household = ?", {household}));
  return rows.empty() || rows.front().IsNull(0) ? absl::InfinitePast() : rows.front().Time(0);
}

absl::Status HomeVisitStore::KeepPeace(db::Transaction& tx, const v1::HomeVisit& visit,
                                       absl::Time until) const {
  return tx.Later("UPDATE household SET refused_until = ? WHERE household = ?",
                  {until, HouseholdOf(visit, keyring_)});
}

absl::StatusOr<std::vector<v1::HomeVisit>> HomeVisitStore::OthersPlanned(db::Transaction& tx,
                                                                         const v1::HomeVisit& visit) const {
  if (visit_rules::DoorKey(visit).empty()) return std::vector<v1::HomeVisit>();
  ASSIGN_OR_RETURN(std::vector<v1::HomeVisit> planned,
                   table_.ListLocked(tx,
                                     {resource::Equals("household", HouseholdOf(visit, keyring_)),
                                      resource::Equals("state", v1::HOME_VISIT_STATE_PLANNED)},
                                     kMostPlanned));
  planned.erase(std::remove_if(planned.begin(), planned.end(),
                               [&](const v1::HomeVisit& other) { return other.name() == visit.name(); }),
                planned.end());
  return planned;
}

absl::StatusOr<std::vector<v1::HomeVisit>> HomeVisitStore::List(db::Connection& connection,
                                                                const v1::ListHomeVisitsRequest& request,
                                                                const v1::HomeVisit* household_of,
                                                                absl::string_view after, int limit) const {
  std::vector<Condition> conditions = {resource::Covered("area", request.area())};
  if (request.states_size() > 0) {
    conditions.push_back(
        resource::In("state", std::vector<db::Value>(request.states().begin(), request.states().end())));
  }
  if (request.outcome() != v1::HOME_VISIT_OUTCOME_UNSPECIFIED) {
    conditions.push_back(resource::Equals("outcome", request.outcome()));
  }
  if (!request.campaign().empty()) conditions.push_back(resource::Equals("campaign", request.campaign()));
  if (household_of != nullptr) {
    conditions.push_back(resource::Equals("household", HouseholdOf(*household_of, keyring_)));
  }
  return table_.List(connection, conditions, true, after, limit);
}

}  // namespace firstfloor::opinion
