#include "services/opinion/taxonomy.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/error/macros.h"
#include "common/program/flags.h"
#include "services/opinion/built_in_taxonomy.h"

ABSL_FLAG(std::string, taxonomy_file, "",
          "categories of opinions and the working days to answer them (CSV); empty: those built in");

namespace firstfloor::opinion {
namespace {

constexpr absl::string_view kHeader = "category,workdays,name";
constexpr int kDefaultWorkdays = 5;
constexpr int kMostWorkdays = 90;
constexpr size_t kMostTerms = 1000;
constexpr size_t kLongestCategory = 64;
constexpr size_t kLongestName = 100;

absl::Status Unusable(int line, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", why));
}

bool IsCode(absl::string_view text) {
  return !text.empty() && absl::ascii_isupper(text.front()) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

bool IsCategory(absl::string_view text) {
  const std::vector<absl::string_view> levels = absl::StrSplit(text, '.');
  return text.size() <= kLongestCategory && levels.size() <= 2 &&
         std::all_of(levels.begin(), levels.end(), IsCode);
}

absl::string_view FirstOf(absl::string_view category) { return category.substr(0, category.find('.')); }

}  // namespace

absl::StatusOr<Taxonomy> Taxonomy::Parse(absl::string_view csv) {
  Taxonomy taxonomy;
  std::vector<std::pair<std::string, int>> lines;  // of each category, for what is known only at the end
  int number = 0;
  for (absl::string_view line : absl::StrSplit(csv, '\n')) {
    absl::ConsumeSuffix(&line, "\r");
    if (++number == 1) {
      if (line != kHeader) return Unusable(number, absl::StrCat("the header is not ", kHeader));
      continue;
    }
    if (line.empty()) continue;
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ',');
    if (fields.size() != 3) return Unusable(number, "has not three fields");
    if (!IsCategory(fields[0])) return Unusable(number, "the category is no code such as SAFETY.FIRE");
    Term term{.workdays = 0, .name = std::string(fields[2])};
    if (!absl::SimpleAtoi(fields[1], &term.workdays) || term.workdays < 1 || term.workdays > kMostWorkdays) {
      return Unusable(number, "the working days are not from 1 to 90");
    }
    if (term.name.empty() || term.name.size() > kLongestName)
      return Unusable(number, "has no name, or a long one");
    if (!taxonomy.terms_.emplace(fields[0], std::move(term)).second) {
      return Unusable(number, "the category is there already");
    }
    if (taxonomy.terms_.size() > kMostTerms) return Unusable(number, "more than 1,000 categories");
    lines.emplace_back(fields[0], number);
  }
  if (lines.empty()) return Unusable(number, "there are no categories");
  for (const auto& [category, line] : lines) {
    if (!taxonomy.Knows(FirstOf(category))) return Unusable(line, "its first level is not there");
  }
  return taxonomy;
}

const Taxonomy& Taxonomy::BuiltIn() {
  static const Taxonomy taxonomy = Parse(kBuiltInTaxonomy).value();
  return taxonomy;
}

int Taxonomy::WorkdaysToAnswer(absl::string_view category) const {
  const auto term = terms_.find(category);
  return term == terms_.end() ? kDefaultWorkdays : term->second.workdays;
}

std::string Taxonomy::CategoryOf(absl::string_view first, absl::string_view second) const {
  // The category under `above` ("" or "SAFETY.") that has this code or name.
  const auto find = [this](absl::string_view above, absl::string_view text) {
    const std::string by_code = absl::StrCat(above, text);
    if (Knows(by_code)) return by_code;
    std::string found;
    for (const auto& [category, term] : terms_) {
      const bool under = absl::string_view(category).substr(0, category.rfind('.') + 1) == above;
      if (!under || term.name != text) continue;
      if (!found.empty()) return std::string();
      found = category;
    }
    return found;
  };
  const std::string category = find("", first);
  if (category.empty() || second.empty()) return category;
  // A second level may also be given with its first.
  if (Knows(second) && FirstOf(second) == category && second != category) return std::string(second);
  return find(absl::StrCat(category, "."), second);
}

namespace taxonomy {

std::vector<const char*> Flags() { return {"taxonomy_file"}; }

absl::StatusOr<Taxonomy> FromFlags() {
  constexpr char kFlag[] = "taxonomy_file";
  const std::string file = absl::GetFlag(FLAGS_taxonomy_file);
  if (file.empty()) return Taxonomy::BuiltIn();
  RETURN_IF_ERROR(program::MustBeReadable(kFlag, file));
  std::stringstream content;
  content << std::ifstream(file).rdbuf();
  absl::StatusOr<Taxonomy> taxonomy = Taxonomy::Parse(content.str());
  if (!taxonomy.ok()) {
    return program::WrongFlag(kFlag, absl::StrCat(file, ", ", taxonomy.status().message()));
  }
  return taxonomy;
}

const Taxonomy& InForce() {
  static const Taxonomy taxonomy = FromFlags().value();
  return taxonomy;
}

bool Knows(absl::string_view category) { return InForce().Knows(category); }

int WorkdaysToAnswer(absl::string_view category) { return InForce().WorkdaysToAnswer(category); }

}  // namespace taxonomy
}  // namespace firstfloor::opinion
