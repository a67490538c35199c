#include "common/calendar/quiet_hours.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "common/calendar/calendar.h"
#include "common/error/error.h"

namespace firstfloor::calendar {
namespace {

constexpr int kDay = 24 * 60;  // minutes

// "07:30" in minutes of the day; "24:00" is its end.
std::optional<int> MinuteOf(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  if (parts.size() != 2 || parts[0].size() != 2 || parts[1].size() != 2) return std::nullopt;
  for (const char c : absl::StrCat(parts[0], parts[1])) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return std::nullopt;
  }
  int hour = 0;
  int minute = 0;
  if (!absl::SimpleAtoi(parts[0], &hour) || !absl::SimpleAtoi(parts[1], &minute)) return std::nullopt;
  if (minute > 59 || hour * 60 + minute > kDay) return std::nullopt;
  return hour * 60 + minute;
}

}  // namespace

const QuietHours& QuietHours::Usual() {
  static const QuietHours usual = Parse("12:00-14:00,21:00-07:00").value();
  return usual;
}

absl::StatusOr<QuietHours> QuietHours::Parse(absl::string_view text) {
  QuietHours hours;
  for (const absl::string_view span : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    const std::pair<absl::string_view, absl::string_view> ends =
        absl::StrSplit(span, absl::MaxSplits('-', 1));
    const std::optional<int> from = MinuteOf(absl::StripAsciiWhitespace(ends.first));
    const std::optional<int> to = MinuteOf(absl::StripAsciiWhitespace(ends.second));
    if (!from || !to || *from == *to) {
      return error::Make(absl::StatusCode::kInvalidArgument, "QUIET_HOURS_INVALID",
                         absl::StrCat("\"", span, "\" is no span of a day, \"21:00-07:00\""));
    }
    if (*from < *to) {
      hours.spans_.emplace_back(*from, *to);
    } else {
      hours.spans_.emplace_back(*from, kDay);
      hours.spans_.emplace_back(0, *to);
    }
  }
  return hours;
}

bool QuietHours::Touch(absl::Time start, absl::Time end) const {
  if (end <= start) return false;
  for (absl::CivilDay day = DayOf(start); StartOf(day) < end; ++day) {
    for (const auto& [from, to] : spans_) {
      const absl::Time midnight = StartOf(day);
      if (start < midnight + absl::Minutes(to) && end > midnight + absl::Minutes(from)) return true;
    }
  }
  return false;
}

}  // namespace firstfloor::calendar
