// When teams can sit at stalls at all: the times of a rotation.
#ifndef FIRSTFLOOR_SERVICES_OPINION_ROTATION_SLOTS_H_
#define FIRSTFLOOR_SERVICES_OPINION_ROTATION_SLOTS_H_

#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/calendar/calendar.h"
#include "firstfloor/opinion/v1/rotation.pb.h"

namespace firstfloor::opinion::rotation_rules {

// Time that a team needs from one stall to the next.
inline constexpr absl::Duration kChangeOfPlace = absl::Minutes(15);

struct Slot {
  absl::Time start;
  absl::Time end;
};

// True if a team cannot take part in both.
bool AreInConflict(const Slot& a, const Slot& b);

// Times of `length` on `day` inside one of the windows, from `not_before` on and in no conflict with `busy`,
// by time: as many as follow each other with the time to change places between them.
std::vector<Slot> SlotsOn(absl::CivilDay day, const v1::RotationOffer& offer, absl::Duration length,
                          absl::Time not_before, const std::vector<Slot>& busy,
                          const calendar::Calendar& calendar);

}  // namespace firstfloor::opinion::rotation_rules

#endif  // FIRSTFLOOR_SERVICES_OPINION_ROTATION_SLOTS_H_
