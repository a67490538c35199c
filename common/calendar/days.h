// Days and months as requests name them.
#ifndef FIRSTFLOOR_COMMON_CALENDAR_DAYS_H_
#define FIRSTFLOOR_COMMON_CALENDAR_DAYS_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "common/error/error.h"

namespace firstfloor::calendar {

// The day "2023-01-05", in this form alone, from 1970 to 9999; nullopt for anything else.
std::optional<absl::CivilDay> ParseDay(absl::string_view text);

// The month "2023-01", likewise.
std::optional<absl::CivilMonth> ParseMonth(absl::string_view text);

// From `first` to the day before `end`.
struct Days {
  absl::CivilDay first;
  absl::CivilDay end;
};

// A field of a request that names a day.
struct DayField {
  absl::string_view name;  // by which a violation is told
  absl::string_view text;
};

// The days from `start` to before `end`. What is no day, or an end that is not after the start, is added to
// `violations`; then what is answered means nothing.
Days ParseDays(const DayField& start, const DayField& end, error::Violations& violations);

}  // namespace firstfloor::calendar

#endif  // FIRSTFLOOR_COMMON_CALENDAR_DAYS_H_
