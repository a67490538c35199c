#include "tests/bench/compare/capture.h"

#include <algorithm>
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/bench/compare/programs.h"

namespace firstfloor::bench {
namespace {

using Kind = ScriptValue::Kind;

constexpr size_t kIdBytes = 16;
constexpr size_t kUuidText = 36;

std::string BytesOf(absl::string_view uuid) {
  return absl::HexStringToBytes(absl::StrReplaceAll(uuid, {{"-", ""}}));
}

std::string IdIn(const std::string& name) { return BytesOf(name.substr(name.find('/') + 1)); }

std::vector<std::string> KeysOf(const Done& done) {
  return {IdIn(done.name), done.name, BytesOf(done.request_id)};
}

bool LooksLikeId(const std::string& value) {
  if (value.size() == kIdBytes) return true;
  const size_t slash = value.rfind('/');
  return slash != std::string::npos && value.size() - slash - 1 == kUuidText;
}

struct Insert {
  std::string table;
  std::vector<std::string> columns;
};

// "INSERT INTO t (a, b) VALUES …"
Insert Parse(absl::string_view sql) {
  absl::ConsumePrefix(&sql, "INSERT INTO ");
  const size_t open = sql.find(" (");
  const size_t close = sql.find(") VALUES ");
  if (open == absl::string_view::npos || close == absl::string_view::npos) return {};
  Insert insert;
  insert.table = absl::StrReplaceAll(sql.substr(0, open), {{"`", ""}});
  for (const absl::string_view column : absl::StrSplit(sql.substr(open + 2, close - open - 2), ", ")) {
    insert.columns.push_back(absl::StrReplaceAll(column, {{"`", ""}}));
  }
  return insert;
}

class Rows {
 public:
  explicit Rows(db::Connection& connection) : connection_(connection) {}

  // The rows of a table in which a column holds one of the keys, in the order of all their values.
  db::Rows Of(const Insert& insert, const Done& done) {
    std::vector<std::string> keys;
    for (const std::string& key : KeysOf(done))
      keys.push_back(absl::StrCat("'", absl::BytesToHexString(key), "'"));
    const std::string any = absl::StrJoin(keys, ", ");
    std::vector<std::string> selected;
    std::vector<std::string> conditions;
    for (const std::string& column : insert.columns) {
      selected.push_back(absl::StrCat("CAST(`", column, "` AS BINARY)"));
      conditions.push_back(absl::StrCat("HEX(`", column, "`) IN (", any, ")"));
    }
    return Query(absl::StrCat("SELECT ", absl::StrJoin(selected, ", "), " FROM `", insert.table, "` WHERE ",
                              absl::StrJoin(conditions, " OR ")));
  }

  bool IsNumber(const std::string& table, const std::string& column) {
    const db::Rows rows = Query(absl::StrCat(
        "SELECT DATA_TYPE LIKE '%int' FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() "
        "AND TABLE_NAME = '",
        table, "' AND COLUMN_NAME = '", column, "'"));
    return !rows.empty() && rows[0].Int(0) == 1;
  }

 private:
  db::Rows Query(const std::string& sql) {
    absl::StatusOr<db::Rows> rows = connection_.Query(sql);
    if (!rows.ok()) Die(absl::StrCat(sql, ": ", rows.status().ToString()));
    return *std::move(rows);
  }

  db::Connection& connection_;
};

// The values of one inserted row.
void AppendRow(const Insert& insert, const db::Row& row, const db::Row& before, Rows& rows,
               std::vector<ScriptValue>& values) {
  for (size_t i = 0; i < insert.columns.size(); ++i) {
    ScriptValue value;
    if (!row.IsNull(i)) {
      value.kind = rows.IsNumber(insert.table, insert.columns[i]) ? Kind::kNumber : Kind::kText;
      value.text = row.Text(i);
      value.fresh = value.kind == Kind::kText && LooksLikeId(value.text) &&
                    (before.IsNull(i) || before.Text(i) != value.text);
    }
    values.push_back(std::move(value));
  }
}

// What other statements look for or change: what the call made.
ScriptValue KeyFor(absl::string_view text_before, const Done& done) {
  const bool by_id = absl::EndsWith(text_before, "id = ") || absl::EndsWith(text_before, "`id` = ");
  return {Kind::kText, by_id ? IdIn(done.name) : done.name, true};
}

}  // namespace

Script Fill(const std::vector<std::string>& statements, db::Connection& connection, const Done& last,
            const Done& before) {
  Rows rows(connection);
  std::map<std::string, size_t> used;  // rows of a table that earlier statements inserted
  Script script;
  for (const std::string& sql : statements) {
    Statement& statement = script.emplace_back(Statement{sql, {}});
    const std::vector<absl::string_view> parts = absl::StrSplit(sql, '?');
    const size_t placeholders = parts.size() - 1;
    if (!absl::StartsWith(sql, "INSERT INTO ")) {
      for (size_t i = 0; i < placeholders; ++i) statement.values.push_back(KeyFor(parts[i], last));
      continue;
    }
    const Insert insert = Parse(sql);
    if (insert.columns.empty() || placeholders % insert.columns.size() != 0) Die("cannot imitate " + sql);
    const db::Rows now = rows.Of(insert, last);
    const db::Rows then = rows.Of(insert, before);
    size_t& next = used[insert.table];
    for (size_t row = 0; row < placeholders / insert.columns.size(); ++row, ++next) {
      if (next >= now.size() || next >= then.size()) Die("finds no row of " + sql);
      AppendRow(insert, now[next], then[next], rows, statement.values);
    }
  }
  return script;
}

}  // namespace firstfloor::bench
