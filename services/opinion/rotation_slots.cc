#include "services/opinion/rotation_slots.h"

#include <algorithm>
#include <utility>

namespace firstfloor::opinion::rotation_rules {
namespace {

using Minutes = std::pair<int, int>;

// Where a stall cannot begin, the next try is so much later.
constexpr absl::Duration kStep = absl::Minutes(15);

bool IsAbout(const v1::RotationWindow& window, absl::CivilDay day, const calendar::Calendar& calendar) {
  const v1::RotationDays kind =
      calendar.IsWorkday(day) ? v1::ROTATION_DAYS_WORKDAYS : v1::ROTATION_DAYS_DAYS_OFF;
  if (window.days() != v1::ROTATION_DAYS_ALL && window.days() != kind) return false;
  // Monday = 1, as in ISO 8601; Abseil counts from Monday = 0.
  const int weekday = static_cast<int>(absl::GetWeekday(day)) + 1;
  return window.weekdays().empty() ||
         std::find(window.weekdays().begin(), window.weekdays().end(), weekday) != window.weekdays().end();
}

// The windows of a day by time, those that overlap or touch as one.
std::vector<Minutes> WindowsOn(absl::CivilDay day, const v1::RotationOffer& offer,
                               const calendar::Calendar& calendar) {
  std::vector<Minutes> spans;
  for (const v1::RotationWindow& window : offer.windows()) {
    if (IsAbout(window, day, calendar)) spans.emplace_back(window.start_minute(), window.end_minute());
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

bool AreInConflict(const Slot& a, const Slot& b) {
  return a.start < b.end + kChangeOfPlace && b.start < a.end + kChangeOfPlace;
}

std::vector<Slot> SlotsOn(absl::CivilDay day, const v1::RotationOffer& offer, absl::Duration length,
                          absl::Time not_before, const std::vector<Slot>& busy,
                          const calendar::Calendar& calendar) {
  const absl::Time midnight = calendar::StartOf(day);
  std::vector<Slot> slots;
  absl::Time free_from = not_before;
  for (const auto& [start_minute, end_minute] : WindowsOn(day, offer, calendar)) {
    const absl::Time end = midnight + absl::Minutes(end_minute);
    absl::Time start = midnight + absl::Minutes(start_minute);
    while (start + length <= end) {
      const Slot slot = {start, start + length};
      const bool is_busy = std::any_of(busy.begin(), busy.end(),
                                       [&](const Slot& other) { return AreInConflict(slot, other); });
      if (start < free_from || is_busy) {
        start += kStep;
        continue;
      }
      slots.push_back(slot);
      free_from = slot.end + kChangeOfPlace;
      start = free_from;
    }
  }
  return slots;
}

}  // namespace firstfloor::opinion::rotation_rules
