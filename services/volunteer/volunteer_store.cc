#include "services/volunteer/volunteer_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/area/registry.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"

namespace firstfloor::volunteer {
namespace {

using resource::Condition;

struct Query {
  std::string sql;
  std::vector<db::Value> values;

  void Select(const std::vector<Condition>& conditions) {
    absl::StrAppend(&sql, "SELECT id, body FROM volunteer WHERE TRUE");
    for (const Condition& condition : conditions) {
      absl::StrAppend(&sql, " AND ", condition.sql);
      values.insert(values.end(), condition.values.begin(), condition.values.end());
    }
  }
};

Condition Elsewhere(absl::string_view area) {
  Condition condition = resource::Covered("area", area);
  condition.sql = absl::StrCat("NOT (", condition.sql, ")");
  return condition;
}

// Volunteers who name part of `area`, or something that holds all of it, among the areas where they help.
Condition HelpsIn(absl::string_view area) {
  std::vector<db::Value> sought;
  for (const std::string& code : area::SelfAndAncestors(area))
    sought.emplace_back(absl::StrCat("|", code, "|"));
  // Codes go on with digits down to the committee, and with "-" from there.
  const bool is_wide = area::LevelOf(area) < area::Level::kCommittee;
  sought.emplace_back(absl::StrCat("|", area, is_wide ? "" : "-"));
  const std::vector<const char*> tests(sought.size(), "INSTR(areas, ?) > 0");
  return {absl::StrCat("areas IS NOT NULL AND (", absl::StrJoin(tests, " OR "), ")"), std::move(sought)};
}

absl::StatusOr<std::vector<v1::Volunteer>> FromBodies(const db::Rows& rows) {
  std::vector<v1::Volunteer> volunteers(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!volunteers[i].ParseFromString(rows[i].Text(1))) return absl::DataLossError("a volunteer's row");
    volunteers[i].set_name(resource::NameOf("volunteers", rows[i].Text(0)));
  }
  return volunteers;
}

}  // namespace

Condition HasSkill(absl::string_view code) {
  // INSTR, since a code may hold "_", which LIKE takes for any character.
  return {"INSTR(skills, ?) > 0", {absl::StrCat("|", code, "|")}};
}

absl::StatusOr<v1::Volunteer> VolunteerOf(const Stores& stores, db::Connection& connection,
                                          absl::string_view subject) {
  const std::vector<Condition> its_account = {
      resource::Equals("subject", stores.keyring.BlindIndex("subject", subject))};
  ASSIGN_OR_RETURN(std::vector<v1::Volunteer> found,
                   stores.volunteers.List(connection, its_account, true, "", 1));
  if (found.empty()) return error::NotFound("Volunteer", "volunteers:mine");
  return std::move(found.front());
}

absl::StatusOr<std::set<std::string>> KnownNumbers(db::Transaction& tx,
                                                   const std::vector<std::string>& numbers) {
  std::set<std::string> known;
  if (numbers.empty()) return known;
  const std::vector<db::Value> values(numbers.begin(), numbers.end());
  const std::string marks = absl::StrJoin(std::vector<const char*>(numbers.size(), "?"), ", ");
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(absl::StrCat("SELECT external_number FROM volunteer WHERE external_number IN (", marks, ")"),
               values));
  for (const db::Row& row : rows) known.insert(row.Text(0));
  return known;
}

absl::StatusOr<std::vector<v1::Volunteer>> ActiveVolunteersFor(db::Connection& connection,
                                                               absl::string_view area,
                                                               absl::string_view skill, int limit) {
  std::vector<Condition> of_area = {resource::Covered("area", area),
                                    resource::Equals("state", static_cast<int>(v1::VOLUNTEER_STATE_ACTIVE))};
  if (!skill.empty()) of_area.push_back(HasSkill(skill));
  std::vector<Condition> of_elsewhere = of_area;
  of_elsewhere.front() = Elsewhere(area);
  of_elsewhere.push_back(HelpsIn(area));
  // Two halves, each with its own index: one with OR would read every volunteer there is.
  Query query;
  query.Select(of_area);
  absl::StrAppend(&query.sql, " UNION ALL ");
  query.Select(of_elsewhere);
  absl::StrAppend(&query.sql, " LIMIT ?");
  query.values.emplace_back(limit);
  ASSIGN_OR_RETURN(const db::Rows rows, connection.Query(query.sql, query.values));
  return FromBodies(rows);
}

}  // namespace firstfloor::volunteer
