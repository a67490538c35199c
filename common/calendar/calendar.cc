#include "common/calendar/calendar.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/calendar/built_in.h"
#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::calendar {
namespace {

constexpr absl::string_view kHeader = "date,kind,name_en,name_zh";

struct DutySpan {
  absl::Duration begin, end;  // since the day began
};

const DutySpan kDutySpans[] = {{absl::Hours(8) + absl::Minutes(30), absl::Hours(12)},
                               {absl::Hours(14), absl::Hours(17) + absl::Minutes(30)}};

bool IsWeekend(absl::CivilDay day) {
  const absl::Weekday weekday = absl::GetWeekday(day);
  return weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
}

absl::Status Unusable(int line, absl::string_view why) {
  return error::Make(absl::StatusCode::kInvalidArgument, "CALENDAR_INVALID",
                     absl::StrCat("calendar line ", line, ": ", why));
}

// One line as (day, whether it works).
absl::StatusOr<std::pair<absl::CivilDay, bool>> ParseDay(absl::string_view text, int line) {
  const std::vector<absl::string_view> fields = absl::StrSplit(text, ',');
  if (fields.size() != 4) return Unusable(line, "has not four fields");
  absl::CivilDay day;
  if (!absl::ParseCivilTime(fields[0], &day)) return Unusable(line, "the date is not YYYY-MM-DD");
  const bool works = fields[1] == "WORKDAY";
  if (!works && fields[1] != "HOLIDAY") return Unusable(line, "kind is neither HOLIDAY nor WORKDAY");
  if (works != IsWeekend(day)) return Unusable(line, "says what the weekday rule says");
  return std::pair(day, works);
}

bool IsFinite(absl::Time time) { return time != absl::InfiniteFuture() && time != absl::InfinitePast(); }

}  // namespace

absl::TimeZone Shanghai() {
  static const absl::TimeZone zone = [] {
    absl::TimeZone found;
    return absl::LoadTimeZone("Asia/Shanghai", &found) ? found : absl::FixedTimeZone(8 * 60 * 60);
  }();
  return zone;
}

absl::CivilDay DayOf(absl::Time time) { return absl::ToCivilDay(time, Shanghai()); }

absl::Time StartOf(absl::CivilDay day) { return absl::FromCivil(day, Shanghai()); }

absl::StatusOr<Calendar> Calendar::Parse(absl::string_view csv) {
  Calendar calendar;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(csv, '\n')) {
    absl::ConsumeSuffix(&line, "\r");
    if (++number == 1) {
      if (line != kHeader) return Unusable(number, absl::StrCat("the header is not ", kHeader));
      continue;
    }
    if (line.empty()) continue;
    ASSIGN_OR_RETURN(const auto day, ParseDay(line, number));
    if (!calendar.works_.insert(day).second) return Unusable(number, "the day is there already");
  }
  return calendar;
}

const Calendar& Calendar::BuiltIn() {
  static const Calendar calendar = Parse(kBuiltInDays).value();
  return calendar;
}

const Calendar& Calendar::InForce() { return Held(); }

void Calendar::SetInForce(Calendar calendar) { Held() = std::move(calendar); }

Calendar& Calendar::Held() {
  static Calendar calendar = BuiltIn();
  return calendar;
}

absl::StatusOr<Calendar> Calendar::With(absl::string_view csv) const {
  ASSIGN_OR_RETURN(Calendar both, Parse(csv));
  // What stands in both is the same: each says the opposite of the weekday rule.
  both.works_.insert(works_.begin(), works_.end());
  return both;
}

bool Calendar::KnowsYear(absl::CivilYear year) const {
  for (absl::CivilDay day(year.year(), 10, 1); day <= absl::CivilDay(year.year(), 10, 7); ++day) {
    if (const auto moved = works_.find(day); moved != works_.end() && !moved->second) return true;
  }
  return false;
}

int Calendar::DaysKnown(absl::CivilDay day) const {
  absl::CivilYear unknown(day);
  while (KnowsYear(unknown)) ++unknown;
  return static_cast<int>(std::max<absl::civil_diff_t>(0, absl::CivilDay(unknown) - 1 - day));
}

bool Calendar::IsWorkday(absl::CivilDay day) const {
  const auto moved = works_.find(day);
  return moved == works_.end() ? !IsWeekend(day) : moved->second;
}

absl::Time Calendar::AddWorkdays(absl::Time from, int days) const {
  if (!IsFinite(from)) return from;
  absl::CivilDay day = DayOf(from);
  if (days > 0) ++day;
  for (int left = std::max(days, 1);; ++day) {
    if (IsWorkday(day) && --left == 0) return StartOf(day + 1);
  }
}

absl::Time Calendar::AddDutyTime(absl::Time from, absl::Duration duty) const {
  if (!IsFinite(from) || duty <= absl::ZeroDuration()) return from;
  if (duty == absl::InfiniteDuration()) return absl::InfiniteFuture();
  for (absl::CivilDay day = DayOf(from);; ++day) {
    if (!IsWorkday(day)) continue;
    for (const DutySpan& span : kDutySpans) {
      const absl::Time begin = std::max(from, StartOf(day) + span.begin);
      const absl::Duration length = StartOf(day) + span.end - begin;
      if (duty <= length) return begin + duty;
      duty -= std::max(length, absl::ZeroDuration());
    }
  }
}

int Calendar::WorkdaysBetween(absl::CivilDay from, absl::CivilDay to) const {
  int workdays = 0;
  for (absl::CivilDay day = from + 1; day <= to; ++day) workdays += IsWorkday(day) ? 1 : 0;
  return workdays;
}

}  // namespace firstfloor::calendar
