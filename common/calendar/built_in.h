
#include "absl/strings/string_view.h"
// The data compiled in. Made from cn_workdays.csv by the build.
#ifndef FIRSTFLOOR_COMMON_CALENDAR_BUILT_IN_H_
#define FIRSTFLOOR_COMMON_CALENDAR_BUILT_IN_H_

namespace firstfloor::calendar {

extern const absl::string_view kBuiltInDays;

}  // namespace firstfloor::calendar

#endif  // FIRSTFLOOR_COMMON_CALENDAR_BUILT_IN_H_
