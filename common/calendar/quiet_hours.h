// The hours of a community in which nothing is to disturb it, in Asia/Shanghai.
#ifndef FIRSTFLOOR_COMMON_CALENDAR_QUIET_HOURS_H_
#define FIRSTFLOOR_COMMON_CALENDAR_QUIET_HOURS_H_

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace firstfloor::calendar {

class QuietHours {
 public:
  // None.
  QuietHours() = default;
  // 12:00 to 14:00, and 21:00 until 07:00.
  static const QuietHours& Usual();
  // From text: "12:00-14:00,21:00-07:00"; what ends before it begins goes on after midnight, "" is none.
  // INVALID_ARGUMENT, reason QUIET_HOURS_INVALID, naming the span that cannot be used.
  static absl::StatusOr<QuietHours> Parse(absl::string_view text);

  // True if any of the time from `start` until before `end` is quiet.
  bool Touch(absl::Time start, absl::Time end) const;

 private:
  std::vector<std::pair<int, int>> spans_;  // minutes of a day, the second exclusive; none over midnight
};

}  // namespace firstfloor::calendar

#endif  // FIRSTFLOOR_COMMON_CALENDAR_QUIET_HOURS_H_
