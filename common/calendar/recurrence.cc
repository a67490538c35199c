#include "common/calendar/recurrence.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/calendar/calendar.h"
#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::calendar {
namespace {

constexpr int kMostInterval = 366;
constexpr int kMostCount = 5000;
constexpr int kMostYears = 100;
// In the order of absl::Weekday.
constexpr absl::string_view kWeekdays[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

absl::Status Invalid(absl::string_view what) {
  return error::Make(absl::StatusCode::kInvalidArgument, "RECURRENCE_INVALID", what);
}

absl::StatusOr<int> NumberOf(absl::string_view name, absl::string_view text, int most) {
  int number = 0;
  const bool digits = std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  if (digits && absl::SimpleAtoi(text, &number) && number >= 1 && number <= most) return number;
  return Invalid(absl::StrCat(name, " must be a number from 1 to ", most));
}

absl::CivilDay MondayOf(absl::CivilDay day) { return day - static_cast<int>(absl::GetWeekday(day)); }

}  // namespace

absl::StatusOr<Recurrence> Recurrence::Parse(absl::string_view rule) {
  Recurrence recurrence;
  std::set<absl::string_view> names;
  // FREQ first: it decides what the others may say.
  std::vector<absl::string_view> parts = absl::StrSplit(rule, ';');
  std::stable_partition(parts.begin(), parts.end(),
                        [](absl::string_view part) { return part.substr(0, 5) == "FREQ="; });
  for (const absl::string_view part : parts) {
    const std::pair<absl::string_view, absl::string_view> split =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    if (split.second.empty()) return Invalid("a rule is made of NAME=VALUE, with \";\" between them");
    if (!names.insert(split.first).second) return Invalid(absl::StrCat(split.first, " stands there twice"));
    RETURN_IF_ERROR(recurrence.Take(split.first, split.second));
  }
  if (names.count("FREQ") == 0) return Invalid("FREQ is missing");
  if (names.count("COUNT") + names.count("UNTIL") > 1) return Invalid("COUNT and UNTIL exclude each other");
  return recurrence;
}

absl::Status Recurrence::Take(absl::string_view name, absl::string_view value) {
  if (name == "FREQ") return TakeFrequency(value);
  if (name == "BYDAY") return TakeDays(value);
  if (name == "UNTIL") return TakeUntil(value);
  if (name == "INTERVAL") {
    ASSIGN_OR_RETURN(interval_, NumberOf(name, value, kMostInterval));
    return absl::OkStatus();
  }
  if (name == "COUNT") {
    ASSIGN_OR_RETURN(count_, NumberOf(name, value, kMostCount));
    return absl::OkStatus();
  }
  return Invalid("only FREQ, INTERVAL, BYDAY, UNTIL and COUNT are understood");
}

absl::Status Recurrence::TakeFrequency(absl::string_view value) {
  if (value == "DAILY") {
    frequency_ = Frequency::kDaily;
  } else if (value == "WEEKLY") {
    frequency_ = Frequency::kWeekly;
  } else if (value == "MONTHLY") {
    frequency_ = Frequency::kMonthly;
  } else {
    return Invalid("FREQ must be DAILY, WEEKLY or MONTHLY");
  }
  return absl::OkStatus();
}

absl::Status Recurrence::TakeDays(absl::string_view value) {
  for (const absl::string_view text : absl::StrSplit(value, ',')) {
    const size_t at = text.size() - std::min<size_t>(text.size(), 2);
    const auto* const name = std::find(std::begin(kWeekdays), std::end(kWeekdays), text.substr(at));
    if (name == std::end(kWeekdays)) return Invalid("BYDAY must be of MO, TU, WE, TH, FR, SA, SU");
    Day day;
    day.weekday = static_cast<absl::Weekday>(std::distance(std::begin(kWeekdays), name));
    absl::string_view number = text.substr(0, at);
    if (!number.empty()) {
      const int sign = number.front() == '-' ? -1 : 1;
      if (number.front() == '-' || number.front() == '+') number.remove_prefix(1);
      const bool from_1_to_5 = number.size() == 1 && number.front() >= '1' && number.front() <= '5';
      if (frequency_ != Frequency::kMonthly || !from_1_to_5) {
        return Invalid("BYDAY has numbers, from 1 to 5, with MONTHLY only");
      }
      day.number = sign * (number.front() - '0');
    }
    if (std::count(days_.begin(), days_.end(), day) > 0) return Invalid("BYDAY names a day twice");
    days_.push_back(day);
  }
  return absl::OkStatus();
}

absl::Status Recurrence::TakeUntil(absl::string_view value) {
  const bool is_day = value.size() == 8;
  const bool is_instant = value.size() == 16 && value[8] == 'T' && value[15] == 'Z';
  absl::Time time;
  if ((is_day || is_instant) && absl::ParseTime(is_day ? "%E4Y%m%d" : "%E4Y%m%dT%H%M%SZ", value,
                                                is_day ? Shanghai() : absl::UTCTimeZone(), &time, nullptr)) {
    until_ = DayOf(time);
    return absl::OkStatus();
  }
  return Invalid("UNTIL must be a day, 20231231, or an instant, 20231231T155959Z");
}

bool Recurrence::HasDay(absl::CivilDay day) const {
  const auto days_in_month =
      absl::CivilDay(absl::CivilMonth(day) + 1) - absl::CivilDay(absl::CivilMonth(day));
  const int from_start = (day.day() - 1) / 7 + 1;
  const auto from_end = -static_cast<int>((days_in_month - day.day()) / 7 + 1);
  return std::any_of(days_.begin(), days_.end(), [&](const Day& wanted) {
    return wanted.weekday == absl::GetWeekday(day) &&
           (wanted.number == 0 || wanted.number == from_start || wanted.number == from_end);
  });
}

bool Recurrence::Matches(absl::CivilDay first, absl::CivilDay day) const {
  switch (frequency_) {
    case Frequency::kDaily:
      return (day - first) % interval_ == 0 && (days_.empty() || HasDay(day));
    case Frequency::kWeekly:
      return (MondayOf(day) - MondayOf(first)) / 7 % interval_ == 0 &&
             (days_.empty() ? absl::GetWeekday(day) == absl::GetWeekday(first) : HasDay(day));
    case Frequency::kMonthly:
      return (absl::CivilMonth(day) - absl::CivilMonth(first)) % interval_ == 0 &&
             (days_.empty() ? day.day() == first.day() : HasDay(day));
  }
  return false;
}

void Recurrence::Visit(absl::CivilDay first, const std::function<bool(absl::CivilDay)>& visit) const {
  const absl::CivilDay last =
      std::min(until_, absl::CivilDay(first.year() + kMostYears, first.month(), first.day()));
  int visited = 0;
  for (absl::CivilDay day = first; day <= last; ++day) {
    if (!Matches(first, day)) continue;
    if (!visit(day) || ++visited == count_) return;
  }
}

}  // namespace firstfloor::calendar
