// When sessions can be held at all: the times of a plan.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_PLAN_SLOTS_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_PLAN_SLOTS_H_

#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/calendar/calendar.h"
#include "firstfloor/outreach/v1/plan.pb.h"
#include "services/outreach/local_hours.h"

namespace firstfloor::outreach::rules {

struct Slot {
  absl::Time start;
  absl::Time end;
};

struct SlotWishes {
  absl::CivilDay first_day;
  absl::CivilDay end_day;  // exclusive
  // When people have time; empty for what is usual.
  std::vector<v1::PlanWindow> windows;
  absl::Duration length;
  absl::Time not_before = absl::InfinitePast();
  LocalHours hours = {};
};

// Working days 18:30 to 20:30; days off 09:00 to 12:00 and 14:00 to 20:30.
std::vector<v1::PlanWindow> UsualWindows();

// Times of `length` inside one window of their day, never in quiet hours, by time, as many as follow each
// other with the travel buffer between them: one place can take part in all of them.
std::vector<Slot> SlotsOf(const SlotWishes& wishes, const calendar::Calendar& calendar);

}  // namespace firstfloor::outreach::rules

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_PLAN_SLOTS_H_
