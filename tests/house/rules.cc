#include "tests/house/rules.h"

#include <algorithm>
#include <ostream>
#include <regex>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace firstfloor::house {
namespace {

// The floors of common/, the lowest first. A room may include the rooms of lower floors.
const std::vector<std::vector<std::string>>& Floors() {
  static const auto* const floors = new std::vector<std::vector<std::string>>{
      {"error"},
      {"telemetry", "area", "calendar", "text"},
      {"privacy", "auth", "db", "redis"},
      {"cache", "events"},
      {"resource", "statistics", "timers"},
      {"rpc"},
      {"erasure"},
      {"program"},
      {"testing"},
  };
  return *floors;
}

int FloorOf(absl::string_view room) {
  const auto& floors = Floors();
  for (size_t i = 0; i < floors.size(); ++i) {
    if (std::find(floors[i].begin(), floors[i].end(), room) != floors[i].end()) return static_cast<int>(i);
  }
  return -1;
}

std::vector<std::string> Lines(const File& file) { return absl::StrSplit(file.text, '\n'); }

bool IsCpp(const File& file) { return absl::EndsWith(file.path, ".cc") || absl::EndsWith(file.path, ".h"); }

bool IsTest(const File& file) {
  return absl::StartsWith(file.path, "tests/") || absl::EndsWith(file.path, "_test.cc") ||
         absl::StrContains(file.path, "/testdata/") || absl::StartsWith(file.path, "common/testing/");
}

// Second part of "common/db/value.h".
std::string PartOf(absl::string_view path) {
  const std::vector<std::string> parts = absl::StrSplit(path, '/');
  return parts.size() > 1 ? parts[1] : "";
}

// What is included, with the number of the line.
std::vector<std::pair<int, std::string>> Includes(const File& file) {
  static const std::regex include(R"re(^\s*#\s*include\s*["<]([^">]+)[">])re");
  std::vector<std::pair<int, std::string>> found;
  if (!IsCpp(file)) return found;
  int number = 0;
  for (const std::string& line : Lines(file)) {
    ++number;
    std::smatch match;
    if (absl::StrContains(line, "include") && std::regex_search(line, match, include))
      found.emplace_back(number, match[1].str());
  }
  return found;
}

std::string At(const File& file, int line, absl::string_view what) {
  return absl::StrCat(file.path, ":", line, ": ", what);
}

bool HoldsOneOf(absl::string_view text, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return absl::StrContains(text, word); });
}

// Every line on which `wrong` is found. Regular expressions are slow: only lines with one of `words` are
// looked at.
Complaints Matches(const File& file, const std::vector<std::string>& words, const std::regex& wrong,
                   absl::string_view what) {
  Complaints complaints;
  if (!HoldsOneOf(file.text, words)) return complaints;
  int number = 0;
  for (const std::string& line : Lines(file)) {
    ++number;
    if (HoldsOneOf(line, words) && std::regex_search(line, wrong)) {
      complaints.push_back(At(file, number, what));
    }
  }
  return complaints;
}

bool IsLibraryAllowed(const File& file, absl::string_view room, bool headers) {
  if (!absl::StartsWith(file.path, absl::StrCat("common/", room, "/"))) return false;
  return headers || absl::EndsWith(file.path, ".cc");
}

}  // namespace

std::string WithoutComments(const std::string& text) {
  std::string code;
  enum { kCode, kLine, kBlock, kText } state = kCode;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (state == kCode && c == '/' && next == '/') state = kLine;
    if (state == kCode && c == '/' && next == '*') state = kBlock;
    if (state == kLine && c == '\n') state = kCode;
    const bool shown = state == kCode || state == kText || c == '\n';
    code.push_back(shown ? c : ' ');
    if (state == kBlock && c == '/' && i > 0 && text[i - 1] == '*') state = kCode;
    if (state == kText && c == '\\') {
      code.push_back(next);
      ++i;
    } else if (c == '"' && (state == kText || state == kCode)) {
      // A quotation mark as a character literal does not begin a text.
      const bool character = state == kCode && i > 0 && text[i - 1] == '\'' && next == '\'';
      if (!character) state = state == kCode ? kText : kCode;
    }
  }
  return code;
}

Complaints ServicesDoNotIncludeEachOther(const File& file) {
  Complaints complaints;
  for (const auto& [line, included] : Includes(file)) {
    if (!absl::StartsWith(included, "services/")) continue;
    if (absl::StartsWith(file.path, "common/")) {
      complaints.push_back(At(file, line, absl::StrCat("common/ includes ", included)));
    } else if (absl::StartsWith(file.path, "services/") && PartOf(included) != PartOf(file.path)) {
      complaints.push_back(At(file, line, absl::StrCat("a service includes another: ", included)));
    }
  }
  return complaints;
}

Complaints RoomsDependDownwards(const File& file) {
  Complaints complaints;
  if (!absl::StartsWith(file.path, "common/") || !IsCpp(file) || IsTest(file)) return complaints;
  const std::string room = PartOf(file.path);
  if (FloorOf(room) < 0) return {absl::StrCat(file.path, ": the room ", room, " has no floor")};
  for (const auto& [line, included] : Includes(file)) {
    if (!absl::StartsWith(included, "common/")) continue;
    const std::string other = PartOf(included);
    if (other == room || FloorOf(other) < FloorOf(room)) continue;
    complaints.push_back(At(file, line, absl::StrCat(room, " includes ", other, ", which is not below it")));
  }
  return complaints;
}

Complaints LibrariesStayInTheirRoom(const File& file) {
  Complaints complaints;
  const auto complain = [&](int line, absl::string_view included) {
    complaints.push_back(At(file, line, absl::StrCat(included, " is not for this file")));
  };
  for (const auto& [line, included] : Includes(file)) {
    if (absl::StartsWith(included, "cppconn/") || absl::StartsWith(included, "mysql_") ||
        absl::StartsWith(included, "mysql/")) {
      // What the benchmarks compare with is written without this house's rooms.
      const bool bare = absl::StartsWith(file.path, "tests/bench/bare/");
      if (!IsLibraryAllowed(file, "db", false) && !bare) complain(line, included);
    } else if (absl::StartsWith(included, "hiredis")) {
      if (!IsLibraryAllowed(file, "redis", true)) complain(line, included);
    } else if (absl::StartsWith(included, "rhonabwy") || absl::StartsWith(included, "orcania") ||
               absl::StartsWith(included, "yder")) {
      if (!IsLibraryAllowed(file, "auth", true)) complain(line, included);
    } else if (absl::StartsWith(included, "opentelemetry/")) {
      if (file.path != "common/telemetry/trace.cc" && !IsTest(file)) complain(line, included);
    } else if (absl::StartsWith(included, "grpcpp/") || absl::StartsWith(included, "grpc/")) {
      // Where what it logs becomes lines of our log.
      const bool its_log = file.path == "common/telemetry/library_log.cc" && included == "grpc/support/log.h";
      if (!IsLibraryAllowed(file, "rpc", true) && !IsTest(file) && !its_log) complain(line, included);
    }
  }
  if (IsCpp(file) && !absl::StartsWith(file.path, "common/rpc/") && !IsTest(file)) {
    const File code{file.path, WithoutComments(file.text)};
    const Complaints named =
        Matches(code, {"grpc::"}, std::regex(R"(\bgrpc::Status\b)"), "grpc::Status is for common/rpc");
    complaints.insert(complaints.end(), named.begin(), named.end());
  }
  return complaints;
}

Complaints SqlStaysInStores(const File& file) {
  if (!IsCpp(file) || IsTest(file) || absl::EndsWith(file.path, "_store.cc") ||
      absl::StartsWith(file.path, "common/db/")) {
    return {};
  }
  static const std::regex sql(
      R"re("[^"]*\b(SELECT\s|INSERT\s+(IGNORE\s+)?INTO\b|UPDATE\s+[`\w]+\s+SET\b|DELETE\s+FROM\b|REPLACE\s+INTO\b|CREATE\s+TABLE\b|ALTER\s+TABLE\b|DROP\s+TABLE\b|FOR\s+UPDATE\b|START\s+TRANSACTION\b))re");
  const std::vector<std::string> words = {"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE",
                                          "CREATE", "ALTER",  "DROP",   "START"};
  if (!HoldsOneOf(file.text, words)) return {};
  return Matches({file.path, WithoutComments(file.text)}, words, sql, "SQL is for *_store.cc");
}

Complaints RulesDoNotAskTheClock(const File& file) {
  if (!absl::EndsWith(file.path, "_rules.cc") && !absl::EndsWith(file.path, "_rules.h")) return {};
  static const std::regex clock(
      R"(\babsl::Now\(|\bsystem_clock::now\(|\bsteady_clock::now\(|\btime\(nullptr\))");
  return Matches({file.path, WithoutComments(file.text)}, {"Now", "now", "time"}, clock,
                 "rules take the time as an argument");
}

Complaints StringViewsAreAbseils(const File& file) {
  if (!IsCpp(file)) return {};
  static const std::regex standard(absl::StrCat("\\bstd::", "string_view\\b|#include <", "string_view>"));
  return Matches(file, {"string_view"}, standard, "absl::string_view is used here");
}

Complaints NothingIsLeftForLater(const File& file) {
  static const std::regex later(absl::StrCat("\\b(TO", "DO|FIX", "ME|XX", "X|HA", "CK|DEV", "GUARD)\\b"));
  return Matches(file,
                 {absl::StrCat("TO", "DO"), absl::StrCat("FIX", "ME"), absl::StrCat("XX", "X"),
                  absl::StrCat("HA", "CK"), absl::StrCat("DEV", "GUARD")},
                 later, "something is left for later");
}

Complaints NothingOfAMachine(const File& file) {
  // The lock of npm names what npm writes there.
  if (absl::EndsWith(file.path, "package-lock.json")) return {};
  static const std::regex machine(
      absl::StrCat("(^|[^\\w./~$}-])/(wo", "rk|ro", "ot|ho", "me/[a-z])(/|\\b)|registry\\.", "npmjs|pypi\\.",
                   "org|proxy\\.", "golang|crates\\.", "io|deb\\.", "debian\\.org"));
  return Matches(
      file,
      {absl::StrCat("/wo", "rk"), absl::StrCat("/ro", "ot"), absl::StrCat("/ho", "me/"),
       absl::StrCat("registry.", "npmjs"), absl::StrCat("pypi.", "org"), absl::StrCat("proxy.", "golang"),
       absl::StrCat("crates.", "io"), absl::StrCat("deb.", "debian.org")},
      machine, "names a machine's folder or a package registry");
}

Complaints NamesSaySomething(const File& file) {
  if (!IsCpp(file)) return {};
  static const std::regex empty(
      R"(\b(class|struct|namespace)\s+\w*(Manager|Helper|Utils?|manager|helper|utils?)\b)");
  Complaints complaints =
      Matches(file, {"class ", "struct ", "namespace "}, empty, "a name that says nothing");
  static const std::regex path(R"((^|[/_])(manager|helper|helpers|util|utils)([_./]))");
  if (std::regex_search(file.path, path)) complaints.push_back(file.path + ": a name that says nothing");
  return complaints;
}

const std::vector<NamedRule>& AllRules() {
  static const auto* const rules = new std::vector<NamedRule>{
      {"ServicesDoNotIncludeEachOther", ServicesDoNotIncludeEachOther},
      {"RoomsDependDownwards", RoomsDependDownwards},
      {"LibrariesStayInTheirRoom", LibrariesStayInTheirRoom},
      {"SqlStaysInStores", SqlStaysInStores},
      {"RulesDoNotAskTheClock", RulesDoNotAskTheClock},
      {"StringViewsAreAbseils", StringViewsAreAbseils},
      {"NothingIsLeftForLater", NothingIsLeftForLater},
      {"NothingOfAMachine", NothingOfAMachine},
      {"NamesSaySomething", NamesSaySomething},
  };
  return *rules;
}

void PrintTo(const NamedRule& rule, std::ostream* out) { *out << rule.name; }

}  // namespace firstfloor::house
