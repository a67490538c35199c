#include "services/opinion/stall_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/calendar/timestamp.h"
#include "common/db/errors.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/program/house.h"
#include "services/opinion/stall_rules.h"

namespace firstfloor::opinion {
namespace {

using google::protobuf::Message;
using resource::Condition;

constexpr char kCollection[] = "stalls";
constexpr size_t kAtOnce = 64;  // of one statement

const v1::Stall& As(const Message& message) { return static_cast<const v1::Stall&>(message); }

resource::Spec Spec() {
  return {.table = "stall",
          .collection = kCollection,
          .type = "Stall",
          .prototype = nullptr,
          .columns = {
              {"area", [](const Message& m) { return db::Value(As(m).area()); }},
              {"state", [](const Message& m) { return db::Value(As(m).state()); }},
              {"campaign", [](const Message& m) { return db::Value(As(m).campaign()); }},
              {"start_time",
               [](const Message& m) { return db::Value(calendar::FromProto(As(m).window().start_time())); }},
          }};
}

absl::Status NotOpen() {
  return error::Precondition("STALL_NOT_OPEN", "the stall that is named is not open in this community");
}

}  // namespace

StallStore::StallStore(program::House& house)
    : keyring_(*house.environment().keyring), table_(Spec(), keyring_) {}

absl::Status StallStore::CheckOpen(db::Transaction& tx, absl::string_view name,
                                   absl::string_view area) const {
  const absl::StatusOr<v1::Stall> stall = table_.Load(tx, name);
  if (absl::IsNotFound(stall.status())) return NotOpen();
  RETURN_IF_ERROR(stall.status());
  return stall_rules::TakesFrom(*stall, area) ? absl::OkStatus() : NotOpen();
}

std::vector<std::string> StallStore::MembersOf(const v1::Stall& stall) const {
  std::vector<std::string> members;
  for (const v1::TeamMember& member : stall.team()) {
    if (member.person().subject().empty()) continue;
    members.push_back(keyring_.BlindIndex("subject", member.person().subject()));
  }
  // Always in the same order, so that two teams do not wait for each other.
  std::sort(members.begin(), members.end());
  return members;
}

absl::Status StallStore::Seat(db::Transaction& tx, const v1::Stall& stall) const {
  ASSIGN_OR_RETURN(const std::string id, resource::IdOf(kCollection, stall.name()));
  for (const std::string& member : MembersOf(stall)) {
    const absl::Status seated =
        tx.Execute("INSERT INTO stall_member (member, stall) VALUES (?, ?)", {member, id}).status();
    if (db::IsDuplicate(seated)) {
      return error::Precondition("MEMBER_AT_ANOTHER_STALL",
                                 "somebody of the team sits at another open stall");
    }
    RETURN_IF_ERROR(seated);
  }
  return absl::OkStatus();
}

absl::Status StallStore::Unseat(db::Transaction& tx, absl::string_view name) const {
  ASSIGN_OR_RETURN(const std::string id, resource::IdOf(kCollection, name));
  return tx.Execute("DELETE FROM stall_member WHERE stall = ?", {db::Value(id)}).status();
}

absl::Status StallStore::Book(db::Transaction& tx, const v1::Stall& stall) const {
  ASSIGN_OR_RETURN(const std::string id, resource::IdOf(kCollection, stall.name()));
  for (const std::string& member : MembersOf(stall)) {
    RETURN_IF_ERROR(
        tx.Later("INSERT INTO stall_booking (member, stall, start_time, end_time) VALUES (?, ?, ?, ?)"
                 " ON DUPLICATE KEY UPDATE start_time = VALUES(start_time), end_time = VALUES(end_time)",
                 {member, id, calendar::FromProto(stall.window().start_time()),
                  calendar::FromProto(stall.window().end_time())}));
  }
  return absl::OkStatus();
}

absl::Status StallStore::Release(db::Transaction& tx, absl::string_view name) const {
  ASSIGN_OR_RETURN(const std::string id, resource::IdOf(kCollection, name));
  return tx.Later("DELETE FROM stall_booking WHERE stall = ?", {db::Value(id)});
}

absl::StatusOr<std::vector<v1::Stall>> StallStore::LockPlanned(db::Transaction& tx,
                                                               const std::vector<std::string>& names) const {
  std::vector<v1::Stall> planned;
  for (size_t begin = 0; begin < names.size(); begin += kAtOnce) {
    std::vector<db::Value> ids;
    // Filled with the last one, so that there is one statement for all.
    for (size_t i = begin; i < begin + kAtOnce; ++i) {
      ASSIGN_OR_RETURN(std::string id, resource::IdOf(kCollection, names[std::min(i, names.size() - 1)]));
      ids.emplace_back(std::move(id));
    }
    ASSIGN_OR_RETURN(
        std::vector<v1::Stall> found,
        table_.ListLocked(
            tx, {resource::In("id", std::move(ids)), resource::Equals("state", v1::STALL_STATE_PLANNED)},
            static_cast<int>(kAtOnce)));
    std::move(found.begin(), found.end(), std::back_inserter(planned));
  }
  return planned;
}

absl::StatusOr<std::vector<v1::Stall>> StallStore::List(db::Connection& connection,
                                                        const v1::ListStallsRequest& request,
                                                        absl::string_view after, int limit) const {
  std::vector<Condition> conditions = {resource::Covered("area", request.area())};
  if (request.states_size() > 0) {
    conditions.push_back(
        resource::In("state", std::vector<db::Value>(request.states().begin(), request.states().end())));
  }
  if (request.has_start_time()) {
    conditions.push_back(resource::AtLeast("start_time", calendar::FromProto(request.start_time())));
  }
  if (request.has_end_time()) {
    conditions.push_back(resource::Below("start_time", calendar::FromProto(request.end_time())));
  }
  if (!request.campaign().empty()) conditions.push_back(resource::Equals("campaign", request.campaign()));
  return table_.List(connection, conditions, true, after, limit);
}

absl::Status StallStore::AddToDay(db::Transaction& tx, const v1::StallDay& more) const {
  ASSIGN_OR_RETURN(const std::string id, resource::IdOf(kCollection, more.stall()));
  return tx
      .Execute(
          "INSERT INTO stall_day (stall, heads_taught, opinions_taken, matters_settled, services_given)"
          " VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE heads_taught = heads_taught + "
          "VALUES(heads_taught),"
          " opinions_taken = opinions_taken + VALUES(opinions_taken),"
          " matters_settled = matters_settled + VALUES(matters_settled),"
          " services_given = services_given + VALUES(services_given)",
          {id, more.heads_taught(), more.opinions_taken(), more.matters_settled(), more.services_given()})
      .status();
}

absl::StatusOr<v1::StallDay> StallStore::Day(db::Connection& connection, absl::string_view name) const {
  ASSIGN_OR_RETURN(const std::string id, resource::IdOf(kCollection, name));
  const db::Value key[] = {id};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT heads_taught, opinions_taken, matters_settled, services_given"
                                    " FROM stall_day WHERE stall = ?",
                                    absl::MakeConstSpan(key)));
  v1::StallDay day;
  day.set_stall(std::string(name));
  if (rows.empty()) return day;
  day.set_heads_taught(rows.front().Int(0));
  day.set_opinions_taken(rows.front().Int(1));
  day.set_matters_settled(rows.front().Int(2));
  day.set_services_given(rows.front().Int(3));
  return day;
}

}  // namespace firstfloor::opinion
