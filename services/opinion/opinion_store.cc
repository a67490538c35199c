#include "services/opinion/opinion_store.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/calendar/timestamp.h"
#include "common/db/errors.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/program/house.h"
#include "services/opinion/confinement.h"
#include "services/opinion/opinion_clock.h"

namespace firstfloor::opinion {
namespace {

using google::protobuf::Message;
using resource::Condition;

constexpr char kCollection[] = "opinions";

const v1::Opinion& As(const Message& message) { return static_cast<const v1::Opinion&>(message); }

resource::Spec SpecOf(const privacy::Keyring& keyring) {
  return {.table = "opinion",
          .collection = kCollection,
          .type = "Opinion",
          .prototype = nullptr,
          .columns = {
              {"area", [](const Message& m) { return db::Value(As(m).area()); }},
              {"state", [](const Message& m) { return db::Value(As(m).state()); }},
              {"channel", [](const Message& m) { return db::Value(As(m).channel()); }},
              {"category", [](const Message& m) { return db::Value(As(m).category()); }},
              // Whatever is confined.
              {"about_staff", [](const Message& m) { return db::Value(confinement::IsConfined(As(m))); }},
              {"stall", [](const Message& m) { return db::Value(As(m).stall()); }},
              {"reporter",
               [&keyring](const Message& m) {
                 const std::string& subject = As(m).reporter().subject();
                 return subject.empty() ? db::Value(nullptr)
                                        : db::Value(keyring.BlindIndex("subject", subject));
               }},
              {"due_time", [](const Message& m) { return db::Value(calendar::FromProto(As(m).due_time())); }},
              {"owed_time",
               [](const Message& m) {
                 const std::optional<clock::Deadline> duty = clock::EarliestDuty(As(m));
                 return duty ? db::Value(duty->time) : db::Value(nullptr);
               }},
          }};
}

// A code of the second level is meant alone, one of the first with everything under it.
Condition InCategory(const std::string& category) {
  if (absl::StrContains(category, '.')) return resource::Equals("category", category);
  return {"(category = ? OR (category >= ? AND category < ?))",
          {category, absl::StrCat(category, "."), absl::StrCat(category, "/")}};
}

// Before every id made at `time` or later: they begin with the milliseconds.
std::string FirstIdAt(absl::Time time) {
  constexpr int kBytes = 6;
  std::string id(16, '\0');
  const int64_t millis = absl::ToUnixMillis(time);
  for (int i = 0; i < kBytes; ++i) id[i] = static_cast<char>(millis >> (8 * (kBytes - 1 - i)));
  return id;
}

}  // namespace

OpinionStore::OpinionStore(program::House& house)
    : keyring_(*house.environment().keyring), table_(SpecOf(keyring_), keyring_) {}

std::string OpinionStore::IndexOf(absl::string_view subject) const {
  return keyring_.BlindIndex("subject", subject);
}

absl::Status OpinionStore::KeepReceipt(db::Transaction& tx, absl::string_view code_index,
                                       absl::string_view name) const {
  ASSIGN_OR_RETURN(const std::string id, resource::IdOf(kCollection, name));
  return tx.Later("INSERT INTO receipt (code, opinion) VALUES (?, ?)", {code_index, id});
}

absl::StatusOr<std::string> OpinionStore::FindByReceipt(db::Connection& connection,
                                                        absl::string_view code_index) const {
  const db::Value key[] = {code_index};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT opinion FROM receipt WHERE code = ?", absl::MakeConstSpan(key)));
  return rows.empty() ? std::string() : resource::NameOf(kCollection, rows.front().Text(0));
}

absl::StatusOr<bool> OpinionStore::IsReceiptOf(db::Transaction& tx, absl::string_view code_index,
                                               absl::string_view name) const {
  ASSIGN_OR_RETURN(const std::string id, resource::IdOf(kCollection, name));
  ASSIGN_OR_RETURN(const db::Rows rows,
                   tx.Query("SELECT 1 FROM receipt WHERE code = ? AND opinion = ?", {code_index, id}));
  return !rows.empty();
}

absl::StatusOr<std::set<std::string>> OpinionStore::ClaimNumbers(db::Transaction& tx,
                                                                 std::vector<Claim> claims) const {
  std::set<std::string> granted;
  if (claims.empty()) return granted;
  // Always in the same order, so that two imports do not wait for each other.
  std::stable_sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
    return std::tie(a.source, a.number) < std::tie(b.source, b.number);
  });
  std::vector<db::Value> rows;
  std::vector<db::Value> ids;
  for (const Claim& claim : claims) {
    ASSIGN_OR_RETURN(std::string id, resource::IdOf(kCollection, claim.name));
    rows.insert(rows.end(), {claim.source, claim.number, id});
    ids.emplace_back(std::move(id));
    granted.insert(claim.name);
  }
  const std::string marks = absl::StrJoin(std::vector<const char*>(claims.size(), "(?, ?, ?)"), ", ");
  ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.Execute(absl::StrCat("INSERT IGNORE INTO opinion_external (source, number, opinion) VALUES ", marks),
                 rows));
  if (inserted == static_cast<int64_t>(claims.size())) return granted;
  granted.clear();
  const resource::Condition ours = resource::In("opinion", std::move(ids));
  ASSIGN_OR_RETURN(
      const db::Rows kept,
      tx.Query(absl::StrCat("SELECT opinion FROM opinion_external WHERE ", ours.sql), ours.values));
  for (const db::Row& row : kept) granted.insert(resource::NameOf(kCollection, row.Text(0)));
  return granted;
}

absl::StatusOr<bool> OpinionStore::KeepSupport(db::Transaction& tx, absl::string_view name,
                                               absl::string_view supporter) const {
  ASSIGN_OR_RETURN(const std::string id, resource::IdOf(kCollection, name));
  const absl::Status kept =
      tx.Execute("INSERT INTO opinion_support (opinion, supporter) VALUES (?, ?)", {id, IndexOf(supporter)})
          .status();
  if (db::IsDuplicate(kept)) return false;
  RETURN_IF_ERROR(kept);
  return true;
}

absl::StatusOr<std::vector<v1::Opinion>> OpinionStore::List(db::Connection& connection,
                                                            const v1::ListOpinionsRequest& request,
                                                            absl::string_view mine, bool with_confined,
                                                            absl::string_view after, int limit) const {
  std::vector<Condition> conditions;
  if (!mine.empty()) conditions.push_back(resource::Equals("reporter", IndexOf(mine)));
  if (!with_confined) conditions.push_back(resource::Equals("about_staff", false));
  if (!request.area().empty()) conditions.push_back(resource::Covered("area", request.area()));
  if (request.states_size() > 0) {
    conditions.push_back(
        resource::In("state", std::vector<db::Value>(request.states().begin(), request.states().end())));
  }
  if (!request.category().empty()) conditions.push_back(InCategory(request.category()));
  if (request.channel() != v1::OPINION_CHANNEL_UNSPECIFIED) {
    conditions.push_back(resource::Equals("channel", request.channel()));
  }
  if (!request.stall().empty()) conditions.push_back(resource::Equals("stall", request.stall()));
  if (request.has_due_before_time()) {
    conditions.push_back(resource::Below("due_time", calendar::FromProto(request.due_before_time())));
  }
  return table_.List(connection, conditions, true, after, limit);
}

absl::StatusOr<std::vector<v1::Opinion>> OpinionStore::Several(db::Connection& connection,
                                                               const std::vector<std::string>& names) const {
  std::vector<db::Value> ids;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(std::string id, resource::IdOf(kCollection, name));
    ids.emplace_back(std::move(id));
  }
  const int limit = static_cast<int>(ids.size());
  return table_.List(connection, {resource::In("id", std::move(ids))}, false, "", limit);
}

absl::StatusOr<std::vector<std::string>> OpinionStore::Owed(db::Connection& connection,
                                                            absl::string_view area, absl::Time until,
                                                            absl::string_view after, int limit) const {
  const Condition covered = resource::Covered("area", area);
  std::string sql = absl::StrCat("SELECT owed_time, id FROM opinion WHERE owed_time <= ? AND ", covered.sql);
  std::vector<db::Value> values = {until};
  values.insert(values.end(), covered.values.begin(), covered.values.end());
  if (!after.empty()) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(after, absl::MaxSplits(' ', 1));
    int64_t micros = 0;
    if (!absl::SimpleAtoi(parts.first, &micros)) return absl::InternalError("a page begins after no key");
    ASSIGN_OR_RETURN(const std::string id, resource::IdOf(kCollection, parts.second));
    const absl::Time time = absl::FromUnixMicros(micros);
    absl::StrAppend(&sql, " AND (owed_time > ? OR (owed_time = ? AND id > ?))");
    values.insert(values.end(), {time, time, id});
  }
  absl::StrAppend(&sql, " ORDER BY owed_time, id LIMIT ?");
  values.emplace_back(limit);
  ASSIGN_OR_RETURN(const db::Rows rows, connection.Query(sql, values));
  std::vector<std::string> keys;
  keys.reserve(rows.size());
  for (const db::Row& row : rows) {
    keys.push_back(
        absl::StrCat(absl::ToUnixMicros(row.Time(0)), " ", resource::NameOf(kCollection, row.Text(1))));
  }
  return keys;
}

absl::StatusOr<std::vector<v1::Opinion>> OpinionStore::OfKeys(db::Connection& connection,
                                                              const std::vector<std::string>& keys) const {
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const std::string& key : keys) names.push_back(key.substr(key.find(' ') + 1));
  ASSIGN_OR_RETURN(std::vector<v1::Opinion> rows, Several(connection, names));
  std::map<std::string, v1::Opinion*> by_name;
  for (v1::Opinion& row : rows) by_name[row.name()] = &row;
  std::vector<v1::Opinion> in_order;
  in_order.reserve(rows.size());
  for (const std::string& name : names) {
    if (const auto found = by_name.find(name); found != by_name.end())
      in_order.push_back(std::move(*found->second));
  }
  return in_order;
}

absl::StatusOr<std::vector<v1::Opinion>> OpinionStore::RecordedSince(db::Connection& connection,
                                                                     absl::string_view area, absl::Time time,
                                                                     absl::string_view after,
                                                                     int limit) const {
  return table_.List(connection, {resource::Covered("area", area), resource::AtLeast("id", FirstIdAt(time))},
                     false, after, limit);
}

absl::StatusOr<std::vector<std::string>> OpinionStore::NamesOf(db::Connection& connection,
                                                               absl::string_view reporter, int limit) const {
  const db::Value values[] = {IndexOf(reporter), limit};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT id FROM opinion WHERE reporter = ? ORDER BY id DESC LIMIT ?",
                                    absl::MakeConstSpan(values)));
  std::vector<std::string> names;
  names.reserve(rows.size());
  for (const db::Row& row : rows) names.push_back(resource::NameOf(kCollection, row.Text(0)));
  return names;
}

}  // namespace firstfloor::opinion
