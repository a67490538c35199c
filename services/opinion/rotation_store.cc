#include "services/opinion/rotation_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/area/registry.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/resource/table.h"

namespace firstfloor::opinion {
namespace {

using rotation_rules::Engagements;
using rotation_rules::Visit;

constexpr size_t kAtOnce = 64;  // of one statement
constexpr absl::Duration kLongestStall = absl::Hours(24);

Visit VisitOf(const db::Row& row) {
  return {row.Text(0), row.Time(2), resource::NameOf("stalls", row.Text(1))};
}

// One SELECT for each building, so that no plan can read more than the end of one range of the index.
absl::StatusOr<std::map<std::string, Visit>> EndsOf(db::Transaction& tx,
                                                    const std::vector<std::string>& buildings,
                                                    const char* select, absl::Time time) {
  static const std::string padding;  // no building
  std::map<std::string, Visit> ends;
  const std::string sql = absl::StrJoin(std::vector<const char*>(kAtOnce, select), " UNION ALL ");
  for (size_t begin = 0; begin < buildings.size(); begin += kAtOnce) {
    std::vector<db::Value> values;
    for (size_t i = begin; i < begin + kAtOnce; ++i) {
      values.emplace_back(i < buildings.size() ? buildings[i] : padding);
      values.emplace_back(time);
    }
    ASSIGN_OR_RETURN(const db::Rows rows, tx.Query(sql, values));
    for (const db::Row& row : rows) ends[row.Text(0)] = VisitOf(row);
  }
  return ends;
}

}  // namespace

absl::StatusOr<std::map<std::string, Visit>> RotationStore::LastHeld(
    db::Transaction& tx, const std::vector<std::string>& buildings, absl::Time before) const {
  return EndsOf(
      tx, buildings,
      "(SELECT building, id, start_time FROM stall WHERE building = ? AND held = 1 AND start_time < ?"
      " ORDER BY start_time DESC LIMIT 1)",
      before);
}

absl::StatusOr<std::map<std::string, Visit>> RotationStore::NextPlanned(
    db::Transaction& tx, const std::vector<std::string>& buildings, absl::Time from) const {
  return EndsOf(
      tx, buildings,
      "(SELECT building, id, start_time FROM stall WHERE building = ? AND held = 0 AND start_time >= ?"
      " ORDER BY start_time LIMIT 1)",
      from);
}

absl::StatusOr<std::vector<Visit>> RotationStore::Visits(db::Transaction& tx, absl::string_view area,
                                                         absl::Time from, absl::Time to,
                                                         absl::Time now) const {
  auto [first, end] = area::CoverRange(area);
  ASSIGN_OR_RETURN(const db::Rows rows,
                   tx.Query("SELECT building, id, start_time FROM stall WHERE building >= ? AND building < ?"
                            " AND ((held = 1 AND start_time >= ?) OR (held = 0 AND start_time >= ?))"
                            " AND start_time < ?",
                            {std::move(first), std::move(end), from, std::max(from, now), to}));
  std::vector<Visit> visits;
  for (const db::Row& row : rows) visits.push_back(VisitOf(row));
  return visits;
}

absl::StatusOr<Engagements> RotationStore::Busy(db::Transaction& tx, const std::set<std::string>& subjects,
                                                absl::Time from, absl::Time to) const {
  std::vector<std::pair<std::string, std::string>> members;  // blind index, subject
  for (const std::string& subject : subjects) {
    members.emplace_back(keyring_.BlindIndex("subject", subject), subject);
  }
  const std::string sql =
      absl::StrCat("SELECT member, stall, start_time, end_time FROM stall_booking WHERE member IN (",
                   absl::StrJoin(std::vector<const char*>(kAtOnce, "?"), ", "),
                   ") AND start_time >= ? AND start_time < ?");
  Engagements busy;
  for (size_t begin = 0; begin < members.size(); begin += kAtOnce) {
    std::map<std::string, std::string> asked;
    std::vector<db::Value> values;
    for (size_t i = begin; i < begin + kAtOnce; ++i) {
      const auto& [member, subject] = members[std::min(i, members.size() - 1)];
      asked[member] = subject;
      values.emplace_back(member);
    }
    values.emplace_back(from - kLongestStall - rotation_rules::kChangeOfPlace);
    values.emplace_back(to + rotation_rules::kChangeOfPlace);
    ASSIGN_OR_RETURN(const db::Rows rows, tx.Query(sql, values));
    for (const db::Row& row : rows) {
      busy[asked[row.Text(0)]].push_back(
          {{row.Time(2), row.Time(3)}, resource::NameOf("stalls", row.Text(1))});
    }
  }
  return busy;
}

absl::Status RotationStore::TakeTurn(db::Transaction& tx) const {
  return tx.Execute("UPDATE rotation SET commits = commits + 1 WHERE id = 1").status();
}

}  // namespace firstfloor::opinion
