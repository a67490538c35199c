// Working days in China, with 调休 (days moved by the State Council's yearly notice), in Asia/Shanghai.
#ifndef FIRSTFLOOR_COMMON_CALENDAR_CALENDAR_H_
#define FIRSTFLOOR_COMMON_CALENDAR_CALENDAR_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace firstfloor::calendar {

// Asia/Shanghai. Falls back to fixed UTC+8 where the zone database is missing (the same since 1991).
absl::TimeZone Shanghai();

// The civil day in Asia/Shanghai at `time`, and the instant at which a civil day there begins.
absl::CivilDay DayOf(absl::Time time);
absl::Time StartOf(absl::CivilDay day);

class Calendar {
 public:
  // Days against the weekday rule, from CSV text "date,kind,name_en,name_zh" (kind HOLIDAY: a weekday
  // that rests; WORKDAY: a weekend day that works). Days outside the data follow the weekday rule.
  // INVALID_ARGUMENT, reason CALENDAR_INVALID, naming the line that cannot be used.
  static absl::StatusOr<Calendar> Parse(absl::string_view csv);
  // The data compiled in (2023–2026).
  static const Calendar& BuiltIn();
  // What holds in this process: the data compiled in, unless SetInForce gave another. SetInForce is for the
  // start of a program, before there are other threads.
  static const Calendar& InForce();
  static void SetInForce(Calendar calendar);
  // These days, and those of more CSV text such as Parse reads: of the next year's notice. A day may stand in
  // both. INVALID_ARGUMENT as Parse.
  absl::StatusOr<Calendar> With(absl::string_view csv) const;

  // The notice of the year is in the data: its National Day is. Without it the weekday rule is all there is.
  bool KnowsYear(absl::CivilYear year) const;
  // For how many days after `day` it is known which of them work; 0 if not even for the rest of its year.
  int DaysKnown(absl::CivilDay day) const;

  bool IsWorkday(absl::CivilDay day) const;
  // The deadline `days` working days after `from`: the end (24:00 in Asia/Shanghai) of the days-th working
  // day that begins after the day of `from`. days ≥ 0; 0: end of the day of `from` if it works, else of the
  // next that does.
  absl::Time AddWorkdays(absl::Time from, int days) const;
  // Adds duty time: only 08:30–12:00 and 14:00–17:30 of working days count (7 duty hours a day). No duty
  // time to add: `from` itself. Time that fills a half day ends with it, not when the next begins.
  absl::Time AddDutyTime(absl::Time from, absl::Duration duty) const;
  // Working days in (from, to]; 0 if `to` is not after `from`.
  int WorkdaysBetween(absl::CivilDay from, absl::CivilDay to) const;

 private:
  static Calendar& Held();

  absl::flat_hash_map<absl::CivilDay, bool> works_;
};

}  // namespace firstfloor::calendar

#endif  // FIRSTFLOOR_COMMON_CALENDAR_CALENDAR_H_
