#include "tests/bench/bare/script.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace firstfloor::bench {
namespace {

struct Entry {
  int64_t thread = 0;
  absl::string_view command;
  absl::string_view argument;
};

// "<time or nothing>\t<thread> <command>\t<argument>", with blanks before the thread.
std::optional<Entry> EntryOf(absl::string_view line) {
  const size_t tab = line.find('\t');
  if (tab == absl::string_view::npos) return std::nullopt;
  line = absl::StripLeadingAsciiWhitespace(line.substr(tab + 1));
  const size_t blank = line.find(' ');
  const size_t end = line.find('\t');
  Entry entry;
  if (blank == absl::string_view::npos || end == absl::string_view::npos || blank > end ||
      !absl::SimpleAtoi(line.substr(0, blank), &entry.thread)) {
    return std::nullopt;
  }
  entry.command = line.substr(blank + 1, end - blank - 1);
  entry.argument = line.substr(end + 1);
  return entry;
}

constexpr absl::string_view kBytes = "_binary'";

// Where the literal that begins at `at` ends; `at` if none begins there.
size_t EndOfLiteral(absl::string_view sql, size_t at) {
  const absl::string_view rest = sql.substr(at);
  if (absl::StartsWith(rest, kBytes)) {
    size_t end = at + kBytes.size();
    while (end < sql.size() && sql[end] != '\'') end += sql[end] == '\\' ? 2 : 1;
    return end + 1;
  }
  if (at == 0 || (sql[at - 1] != '(' && sql[at - 1] != ' ')) return at;
  if (absl::StartsWith(rest, "NULL")) return at + 4;
  size_t end = at + (rest[0] == '-' ? 1 : 0);
  const size_t digits = end;
  while (end < sql.size() && absl::ascii_isdigit(static_cast<unsigned char>(sql[end]))) ++end;
  return end == digits ? at : end;
}

// The statements of an entry that holds several, with placeholders where literals stood.
std::vector<std::string> StatementsIn(absl::string_view argument) {
  std::vector<std::string> statements(1);
  for (size_t at = 0; at < argument.size();) {
    const size_t end = EndOfLiteral(argument, at);
    if (end > at) {
      statements.back().push_back('?');
    } else if (argument[at] == ';') {
      statements.emplace_back();
    } else {
      statements.back().push_back(argument[at]);
    }
    at = std::max(end, at + 1);
  }
  return statements;
}

bool Holds(const std::vector<std::string>& statements, absl::string_view landmark) {
  return std::any_of(statements.begin(), statements.end(),
                     [&](const std::string& sql) { return absl::StartsWith(sql, landmark); });
}

}  // namespace

std::vector<std::string> LastTransaction(const std::string& log, absl::string_view landmark) {
  std::map<int64_t, std::vector<std::string>> open;  // by thread
  std::vector<std::string> last;
  for (const absl::string_view line : absl::StrSplit(log, '\n')) {
    const std::optional<Entry> entry = EntryOf(line);
    if (!entry) continue;
    std::vector<std::string>& statements = open[entry->thread];
    if (entry->command == "Execute") {
      statements.emplace_back(entry->argument);
      continue;
    }
    for (std::string& sql : StatementsIn(entry->argument)) {
      if (sql == "START TRANSACTION" || sql == "ROLLBACK") {
        statements.clear();
      } else if (sql == "COMMIT") {
        if (Holds(statements, landmark)) last = statements;
        statements.clear();
      } else {
        statements.push_back(std::move(sql));
      }
    }
  }
  return last;
}

std::string ToJson(const Script& script) {
  nlohmann::json json = nlohmann::json::array();
  for (const Statement& statement : script) {
    nlohmann::json values = nlohmann::json::array();
    for (const ScriptValue& value : statement.values) {
      values.push_back({{"kind", static_cast<int>(value.kind)},
                        {"hex", absl::BytesToHexString(value.text)},
                        {"fresh", value.fresh}});
    }
    json.push_back({{"sql", statement.sql}, {"values", values}});
  }
  return json.dump(1);
}

Script FromJson(const std::string& json) {
  Script script;
  for (const auto& statement : nlohmann::json::parse(json)) {
    script.push_back({statement["sql"], {}});
    for (const auto& value : statement["values"]) {
      script.back().values.push_back({static_cast<ScriptValue::Kind>(value["kind"].get<int>()),
                                      absl::HexStringToBytes(value["hex"].get<std::string>()),
                                      value["fresh"]});
    }
  }
  return script;
}

}  // namespace firstfloor::bench
