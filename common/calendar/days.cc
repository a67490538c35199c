#include "common/calendar/days.h"

#include <string>

#include "absl/time/time.h"

namespace firstfloor::calendar {
namespace {

constexpr absl::civil_year_t kFirstYear = 1970;
constexpr absl::civil_year_t kLastYear = 9999;
constexpr char kMustBeADay[] = "must be a day such as 2023-01-31, from 1970 on";

// Abseil also reads blanks, signs and years of any length, which nobody means.
template <typename Civil>
std::optional<Civil> Parse(absl::string_view text) {
  Civil parsed;
  const bool is_one = absl::ParseCivilTime(text, &parsed) && absl::FormatCivilTime(parsed) == text &&
                      parsed.year() >= kFirstYear && parsed.year() <= kLastYear;
  return is_one ? std::optional<Civil>(parsed) : std::nullopt;
}

}  // namespace

std::optional<absl::CivilDay> ParseDay(absl::string_view text) { return Parse<absl::CivilDay>(text); }

std::optional<absl::CivilMonth> ParseMonth(absl::string_view text) { return Parse<absl::CivilMonth>(text); }

Days ParseDays(const DayField& start, const DayField& end, error::Violations& violations) {
  const std::optional<absl::CivilDay> first = ParseDay(start.text);
  const std::optional<absl::CivilDay> after = ParseDay(end.text);
  if (!first) violations.Add(start.name, kMustBeADay);
  if (!after) violations.Add(end.name, kMustBeADay);
  if (!first || !after) return {};
  if (*after <= *first) violations.Add(end.name, std::string("must be after ") + std::string(start.name));
  return {*first, *after};
}

}  // namespace firstfloor::calendar
