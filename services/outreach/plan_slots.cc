#include "services/outreach/plan_slots.h"

#include <algorithm>
#include <utility>

namespace firstfloor::outreach::rules {
namespace {

using Minutes = std::pair<int, int>;

// Where a session cannot begin, the next try is so much later.
constexpr absl::Duration kStep = absl::Minutes(15);

v1::PlanWindow Window(v1::PlanDays days, int start_minute, int end_minute) {
  v1::PlanWindow window;
  window.set_days(days);
  window.set_start_minute(start_minute);
  window.set_end_minute(end_minute);
  return window;
}

// The windows of one kind of day by time, those that overlap or touch as one.
std::vector<Minutes> Merged(const std::vector<v1::PlanWindow>& windows, v1::PlanDays days) {
  std::vector<Minutes> spans;
  for (const v1::PlanWindow& window : windows) {
    if (window.days() == days) spans.emplace_back(window.start_minute(), window.end_minute());
  }
  std::sort(spans.begin(), spans.end());
  std::vector<Minutes> merged;
  for (const Minutes& span : spans) {
    if (!merged.empty() && span.first <= merged.back().second) {
      merged.back().second = std::max(merged.back().second, span.second);
    } else {
      merged.push_back(span);
    }
  }
  return merged;
}

}  // namespace

std::vector<v1::PlanWindow> UsualWindows() {
  return {Window(v1::PLAN_DAYS_WORKDAYS, 18 * 60 + 30, 20 * 60 + 30),
          Window(v1::PLAN_DAYS_DAYS_OFF, 9 * 60, 12 * 60),
          Window(v1::PLAN_DAYS_DAYS_OFF, 14 * 60, 20 * 60 + 30)};
}

std::vector<Slot> SlotsOf(const SlotWishes& wishes, const calendar::Calendar& calendar) {
  const std::vector<v1::PlanWindow> windows = wishes.windows.empty() ? UsualWindows() : wishes.windows;
  const std::vector<Minutes> workday = Merged(windows, v1::PLAN_DAYS_WORKDAYS);
  const std::vector<Minutes> day_off = Merged(windows, v1::PLAN_DAYS_DAYS_OFF);
  std::vector<Slot> slots;
  absl::Time free_from = wishes.not_before;
  for (absl::CivilDay day = wishes.first_day; day < wishes.end_day; ++day) {
    const absl::Time midnight = calendar::StartOf(day);
    for (const auto& [start_minute, end_minute] : calendar.IsWorkday(day) ? workday : day_off) {
      const absl::Time end = midnight + absl::Minutes(end_minute);
      absl::Time start = midnight + absl::Minutes(start_minute);
      while (start + wishes.length <= end) {
        if (start < free_from || wishes.hours.quiet.Touch(start, start + wishes.length)) {
          start += kStep;
          continue;
        }
        slots.push_back({start, start + wishes.length});
        free_from = slots.back().end + wishes.hours.travel_buffer;
        start = free_from;
      }
    }
  }
  return slots;
}

}  // namespace firstfloor::outreach::rules
