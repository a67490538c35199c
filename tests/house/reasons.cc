#include "tests/house/reasons.h"

#include <algorithm>
#include <cctype>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace firstfloor::house {
namespace {

constexpr char kAnyCode[] = "*";

// A function that makes an error: where its argument with the reason stands, and the code of the error
// unless an argument tells it.
struct Maker {
  std::string name;
  size_t reason;
  std::string code;
  std::string within;  // only calls in files whose paths begin so
};

const std::vector<Maker>& ErrorsOwn() {
  static const auto* const makers = new std::vector<Maker>{{"Make", 1, kAnyCode, ""},
                                                           {"RetryAfter", 1, kAnyCode, ""},
                                                           {"Precondition", 0, "FAILED_PRECONDITION", ""},
                                                           {"WrongState", 0, "FAILED_PRECONDITION", ""}};
  return *makers;
}

// "kInvalidArgument" is INVALID_ARGUMENT.
std::string CodeName(absl::string_view constant) {
  absl::ConsumePrefix(&constant, "k");
  std::string name;
  for (const char c : constant) {
    if (std::isupper(static_cast<unsigned char>(c)) && !name.empty()) name.push_back('_');
    name.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  return name;
}

// The arguments of the call whose bracket opens just before `begin`.
std::vector<std::string> Arguments(absl::string_view text, size_t begin) {
  std::vector<std::string> arguments(1);
  int depth = 1;
  bool quoted = false;
  for (size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      arguments.back().append({c, text[++i]});
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (!quoted && absl::StrContains("([{", c)) ++depth;
    if (!quoted && absl::StrContains(")]}", c) && --depth == 0) break;
    if (!quoted && c == ',' && depth == 1) {
      arguments.emplace_back();
    } else {
      arguments.back().push_back(c);
    }
  }
  for (std::string& argument : arguments) argument = std::string(absl::StripAsciiWhitespace(argument));
  return arguments;
}

std::vector<std::string> SplitAt(const std::string& text, absl::string_view separator) {
  return absl::StrSplit(text, separator);
}

bool IsNamePart(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// The arguments of every call of `name`, with or without a namespace before it.
std::vector<std::vector<std::string>> CallsOf(absl::string_view text, const std::string& name) {
  const std::string call = absl::StrCat(name, "(");
  std::vector<std::vector<std::string>> calls;
  for (size_t at = text.find(call); at != absl::string_view::npos; at = text.find(call, at + 1)) {
    if (at == 0 || !IsNamePart(text[at - 1])) calls.push_back(Arguments(text, at + call.size()));
  }
  return calls;
}

// Constants that hold a text, by name.
std::map<std::string, std::string> ConstantsIn(const std::string& code) {
  static const std::regex constant(R"re((k\w+)(?:\[\])? = "([A-Z][A-Z0-9_]*)";)re");
  std::map<std::string, std::string> found;
  if (!absl::StrContains(code, "constexpr")) return found;
  for (const std::string& line : SplitAt(code, "\n")) {
    std::smatch match;
    if (absl::StrContains(line, "constexpr") && std::regex_search(line, match, constant)) {
      found[match[1]] = match[2];
    }
  }
  return found;
}

using Constants = std::map<std::string, std::string>;

// The reasons that an argument may be: "A", open ? "A" : "B", kA.
std::vector<std::string> ReasonsIn(const std::string& argument, const Constants& own, const Constants& all) {
  static const std::regex literal(R"re("([A-Z][A-Z0-9_]*)")re");
  std::vector<std::string> reasons;
  for (std::sregex_iterator it(argument.begin(), argument.end(), literal), end; it != end; ++it) {
    reasons.push_back((*it)[1]);
  }
  for (const Constants* constants : {&own, &all}) {
    const auto found = constants->find(argument);
    if (reasons.empty() && found != constants->end()) reasons.push_back(found->second);
  }
  return reasons;
}

std::string CodeIn(const std::vector<std::string>& arguments, const std::string& otherwise) {
  static const std::regex code(R"(^(?:absl::)?StatusCode::(k\w+)$)");
  std::smatch match;
  for (const std::string& argument : arguments) {
    if (std::regex_match(argument, match, code)) return CodeName(match[1].str());
  }
  return otherwise;
}

// The function in whose parameters `at` is.
Maker FunctionAround(absl::string_view text, size_t at) {
  Maker maker{"", 0, kAnyCode, ""};
  int depth = 0;
  while (at > 0) {
    const char c = text[--at];
    if (absl::StrContains(")]>", c)) ++depth;
    if (absl::StrContains("([<", c) && depth-- == 0) break;
    if (c == ',' && depth == 0) ++maker.reason;
  }
  const size_t end = at;
  while (at > 0 && IsNamePart(text[at - 1])) --at;
  maker.name = std::string(text.substr(at, end - at));
  return maker;
}

// The functions of a file that hand their parameter `reason` on.
std::vector<Maker> MakersIn(const std::string& path, absl::string_view code) {
  std::vector<Maker> makers;
  std::string code_of_all;
  for (const Maker& own : ErrorsOwn()) {
    for (const auto& arguments : CallsOf(code, absl::StrCat("error::", own.name))) {
      if (own.reason < arguments.size() && arguments[own.reason] == "reason") {
        code_of_all = CodeIn(arguments, own.code);
      }
    }
  }
  if (code_of_all.empty()) return makers;
  const std::string parameter = "string_view reason";
  for (size_t at = code.find(parameter); at != absl::string_view::npos; at = code.find(parameter, at + 1)) {
    Maker maker = FunctionAround(code, at);
    maker.code = code_of_all;
    maker.within = path.substr(0, path.rfind('/') + 1);
    makers.push_back(std::move(maker));
  }
  return makers;
}

// "services/opinion/x.cc" gives for services/opinion/, all of common/ for common/.
std::string GiverOf(const std::string& path) {
  const std::vector<std::string> parts = SplitAt(path, "/");
  return parts[0] == "common" ? "common/" : absl::StrCat(parts[0], "/", parts[1], "/");
}

bool GivesReasons(const std::string& path) {
  const bool cpp = absl::EndsWith(path, ".cc") || absl::EndsWith(path, ".h");
  const bool placed = absl::StartsWith(path, "common/") || absl::StartsWith(path, "services/");
  return cpp && placed && !absl::StrContains(path, "_test.") && !absl::StrContains(path, "_fixture.") &&
         !absl::StartsWith(path, "common/testing/") && !absl::StrContains(path, "/testdata/");
}

std::vector<std::string> CellsOf(const std::string& row) {
  std::vector<std::string> cells = SplitAt(row, "|");
  for (std::string& cell : cells) cell = std::string(absl::StripAsciiWhitespace(cell));
  return cells;
}

// "FAILED_PRECONDITION (412), ABORTED" without the statuses.
std::set<std::string> CodesOf(const std::string& cell) {
  if (cell == "its own") return {kAnyCode};
  std::set<std::string> codes;
  for (const std::string& code : SplitAt(cell, ", ")) {
    codes.insert(code.substr(0, code.find(' ')));
  }
  return codes;
}

bool IsReason(const std::string& cell) {
  return !cell.empty() &&
         std::all_of(cell.begin(), cell.end(), [](char c) { return c == '_' || (c >= 'A' && c <= 'Z'); });
}

std::string Named(const std::pair<std::string, std::string>& reason) {
  return absl::StrCat(reason.second, " of ", reason.first.empty() ? "operators" : reason.first);
}

bool Covers(const std::set<std::string>& listed, const std::set<std::string>& given) {
  if (given.count(kAnyCode) > 0 || listed.count(kAnyCode) > 0) return true;
  return listed == given;
}

}  // namespace

Reasons GivenReasons(const std::vector<File>& files) {
  std::vector<File> sources;
  std::vector<Maker> makers;
  Constants all;
  for (const File& file : files) {
    if (!GivesReasons(file.path)) continue;
    sources.push_back({file.path, WithoutComments(file.text)});
    const std::vector<Maker> own = MakersIn(file.path, sources.back().text);
    makers.insert(makers.end(), own.begin(), own.end());
    all.merge(ConstantsIn(sources.back().text));
  }
  Reasons reasons;
  for (const File& file : sources) {
    const Constants own = ConstantsIn(file.text);
    const auto collect = [&](const Maker& maker, const std::string& name) {
      for (const auto& arguments : CallsOf(file.text, name)) {
        if (maker.reason >= arguments.size()) continue;
        for (const std::string& reason : ReasonsIn(arguments[maker.reason], own, all)) {
          reasons[{GiverOf(file.path), reason}].insert(CodeIn(arguments, maker.code));
        }
      }
    };
    const bool errors_own = absl::StartsWith(file.path, "common/error/");
    for (const Maker& maker : ErrorsOwn()) {
      collect(maker, errors_own ? maker.name : absl::StrCat("error::", maker.name));
    }
    for (const Maker& maker : makers) {
      if (absl::StartsWith(file.path, maker.within)) collect(maker, maker.name);
    }
  }
  return reasons;
}

ReasonList ListedReasons(const std::string& markdown) {
  static const std::regex from("^From `([^`]+)`\\. ");
  ReasonList list;
  std::string giver;
  std::string last;
  for (const std::string& line : SplitAt(markdown, "\n")) {
    std::smatch match;
    if (absl::StartsWith(line, "## ")) {
      giver.clear();
      last.clear();
    }
    if (std::regex_search(line, match, from)) giver = match[1];
    const std::vector<std::string> cells = CellsOf(line);
    if (cells.size() != 6 || !IsReason(cells[1])) continue;
    if (cells[1] <= last) list.out_of_order.push_back(absl::StrCat(cells[1], " stands after ", last));
    last = cells[1];
    list.reasons[{giver, cells[1]}] = CodesOf(cells[2]);
  }
  return list;
}

Complaints CompareReasons(const Reasons& given, const Reasons& listed) {
  Complaints complaints;
  std::set<std::pair<std::string, std::string>> met;
  for (const auto& [reason, codes] : given) {
    auto found = listed.find(reason);
    if (found == listed.end()) found = listed.find({"", reason.second});
    if (found == listed.end()) {
      complaints.push_back(absl::StrCat(Named(reason), " is given and not listed"));
      continue;
    }
    met.insert(found->first);
    if (Covers(found->second, codes)) continue;
    complaints.push_back(absl::StrCat(Named(reason), " is given with ", absl::StrJoin(codes, ", "),
                                      " and listed with ", absl::StrJoin(found->second, ", ")));
  }
  for (const auto& [reason, codes] : listed) {
    if (met.count(reason) == 0) complaints.push_back(absl::StrCat(Named(reason), " is listed and not given"));
  }
  return complaints;
}

}  // namespace firstfloor::house
