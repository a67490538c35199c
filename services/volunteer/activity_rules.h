// What may happen to an activity and its places: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_ACTIVITY_RULES_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_ACTIVITY_RULES_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "firstfloor/volunteer/v1/activity.pb.h"

namespace firstfloor::volunteer::rules {

enum class ActivityMove { kUpdate, kOpen, kStart, kFinish, kCancel };

// Where the move leads; FAILED_PRECONDITION ACTIVITY_WRONG_STATE if nowhere.
absl::StatusOr<v1::ActivityState> NextActivityState(const v1::Activity& activity, ActivityMove move);

// INVALID_ARGUMENT if windows are empty or reach beyond the activity's, or two shifts have one number.
absl::StatusOr<v1::Activity> CreateActivity(v1::Activity activity);
absl::StatusOr<v1::Activity> UpdateActivity(const v1::Activity& current, const v1::Activity& wanted);
// FAILED_PRECONDITION ACTIVITY_WITHOUT_SHIFTS; ACTIVITY_IS_OVER if its time has passed.
absl::StatusOr<v1::Activity> OpenActivity(v1::Activity activity, absl::Time now);
absl::StatusOr<v1::Activity> StartActivity(v1::Activity activity);
// Nobody waits any more.
absl::StatusOr<v1::Activity> FinishActivity(v1::Activity activity, int64_t beneficiaries);
// Every place is free and nobody waits any more.
absl::StatusOr<v1::Activity> CancelActivity(v1::Activity activity, absl::string_view reason_code);

// The shift with that number; nullptr if there is none.
v1::Shift* FindShift(v1::Activity& activity, int id);

// It is open or takes place.
bool TakesSignUps(const v1::Activity& activity);
// FAILED_PRECONDITION ACTIVITY_WRONG_STATE unless sign-ups may change; SHIFT_IS_OVER after its end.
absl::Status MayChangeSignUps(const v1::Activity& activity, const v1::Shift& shift, absl::Time now);

// Takes a place, true, or else a number on the waiting list, which is then shift.last_queue_number.
bool TakePlace(v1::Shift& shift);
// Gives up a place (or, if not `placed`, a number on the waiting list); true if whoever waits longest now
// gets it.
bool GiveUpPlace(v1::Shift& shift, bool placed);

}  // namespace firstfloor::volunteer::rules

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_ACTIVITY_RULES_H_
