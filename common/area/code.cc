#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/area/registry.h"

namespace firstfloor::area {
namespace {

constexpr size_t kCommitteeDigits = 12;
constexpr size_t kMostPartLength = 16;

std::optional<Level> LevelOfDigits(size_t count) {
  switch (count) {
    case 2:
      return Level::kProvince;
    case 4:
      return Level::kCity;
    case 6:
      return Level::kDistrict;
    case 9:
      return Level::kStreet;
    case kCommitteeDigits:
      return Level::kCommittee;
    default:
      return std::nullopt;
  }
}

bool IsPart(absl::string_view part) {
  return !part.empty() && part.size() <= kMostPartLength &&
         std::all_of(part.begin(), part.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c) || absl::ascii_isupper(c); });
}

Level Deeper(Level level) { return static_cast<Level>(static_cast<int>(level) + 1); }

// The parent's code; "" above the province.
absl::string_view ParentOf(absl::string_view code) {
  if (const size_t hyphen = code.rfind('-'); hyphen != absl::string_view::npos) return code.substr(0, hyphen);
  return code.substr(0, code.size() <= 6 ? code.size() - 2 : code.size() - 3);
}

}  // namespace

std::optional<Level> LevelOf(absl::string_view code) {
  const size_t digits = std::min(code.find('-'), code.size());
  if (!std::all_of(code.begin(), code.begin() + digits, absl::ascii_isdigit)) return std::nullopt;
  std::optional<Level> level = LevelOfDigits(digits);
  if (digits == code.size() || level != Level::kCommittee)
    return digits == code.size() ? level : std::nullopt;
  absl::string_view rest = code.substr(digits);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const absl::string_view part = rest.substr(0, rest.find('-'));
    if (level == Level::kUnit || !IsPart(part)) return std::nullopt;
    level = Deeper(*level);
    rest.remove_prefix(part.size());
  }
  return level;
}

bool Covers(absl::string_view outer, absl::string_view inner) {
  if (!absl::StartsWith(inner, outer)) return false;
  const std::optional<Level> level = LevelOf(outer);
  if (!level.has_value() || !LevelOf(inner).has_value()) return false;
  return inner.size() == outer.size() || *level < Level::kCommittee || inner[outer.size()] == '-';
}

std::vector<std::string> SelfAndAncestors(absl::string_view code) {
  std::vector<std::string> codes;
  if (!LevelOf(code).has_value()) return codes;
  for (; !code.empty(); code = ParentOf(code)) codes.emplace_back(code);
  return codes;
}

std::pair<std::string, std::string> CoverRange(absl::string_view code) {
  const std::optional<Level> level = LevelOf(code);
  if (!level.has_value()) return {std::string(code), std::string(code)};
  return {std::string(code), absl::StrCat(code, *level < Level::kCommittee ? ":" : ".")};
}

int Distance(absl::string_view a, absl::string_view b) {
  std::optional<Level> level = LevelOf(a);
  const std::optional<Level> other = LevelOf(b);
  if (!level.has_value() || !other.has_value()) return kUnrelated;
  const int deepest = static_cast<int>(std::max(*level, *other));
  int depth = static_cast<int>(*level);
  for (; !a.empty(); a = ParentOf(a), --depth) {
    if (Covers(a, b)) return deepest - depth;
  }
  return kUnrelated;
}

}  // namespace firstfloor::area
