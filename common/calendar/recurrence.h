// Days that recur, as iCalendar says it (RFC 5545, RRULE), in Asia/Shanghai.
//
// Our own reading of the few parts that are needed: libical 3.0.16, as Debian 12 has it, goes wrong where a
// week's days are Sunday alone and weeks are left out ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU" from a Tuesday). The
// test compares the two elsewhere.
#ifndef FIRSTFLOOR_COMMON_CALENDAR_RECURRENCE_H_
#define FIRSTFLOOR_COMMON_CALENDAR_RECURRENCE_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace firstfloor::calendar {

class Recurrence {
 public:
  // "FREQ=MONTHLY;INTERVAL=2;BYDAY=1TH,-1TU;COUNT=10". FREQ is DAILY, WEEKLY or MONTHLY and comes once;
  // INTERVAL is at most 366; BYDAY has numbers, up to 5, with MONTHLY only; COUNT is at most 5,000; UNTIL is
  // a day (20231231) or an instant (20231231T155959Z), the day in Shanghai then; not both. Weeks begin on
  // Monday. INVALID_ARGUMENT, reason RECURRENCE_INVALID, saying what is wrong, for anything else, also of
  // what the RFC may have besides.
  static absl::StatusOr<Recurrence> Parse(absl::string_view rule);

  // Calls `visit` with the days of the rule in their order, from `first` (DTSTART) on, until it answers
  // false, the rule ends, or 100 years have passed. `first` itself is one only if the rule matches it. Where
  // a month has no such day, it is left out.
  void Visit(absl::CivilDay first, const std::function<bool(absl::CivilDay)>& visit) const;

 private:
  enum class Frequency { kDaily, kWeekly, kMonthly };
  struct Day {
    int number = 0;  // of its kind in the month, from the end if negative; 0: every one
    absl::Weekday weekday = absl::Weekday::monday;
    auto operator<=>(const Day&) const = default;
  };

  absl::Status Take(absl::string_view name, absl::string_view value);
  absl::Status TakeFrequency(absl::string_view value);
  absl::Status TakeDays(absl::string_view value);
  absl::Status TakeUntil(absl::string_view value);
  bool HasDay(absl::CivilDay day) const;
  bool Matches(absl::CivilDay first, absl::CivilDay day) const;

  Frequency frequency_ = Frequency::kDaily;
  int interval_ = 1;
  std::vector<Day> days_;
  int count_ = 0;  // 0: no limit
  absl::CivilDay until_ = absl::CivilDay::max();
};

}  // namespace firstfloor::calendar

#endif  // FIRSTFLOOR_COMMON_CALENDAR_RECURRENCE_H_
