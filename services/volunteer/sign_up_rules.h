// Who may do which shift, and what may happen to a sign-up: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_SIGN_UP_RULES_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_SIGN_UP_RULES_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "firstfloor/volunteer/v1/activity.pb.h"
#include "firstfloor/volunteer/v1/sign_up.pb.h"
#include "firstfloor/volunteer/v1/sign_up_service.pb.h"
#include "firstfloor/volunteer/v1/volunteer.pb.h"

namespace firstfloor::volunteer::rules {

enum class SignUpMove { kWithdraw, kPromote, kCheckIn, kCheckOut, kNoShow, kLapse };

// Two shifts of one person less than this apart are worth a warning.
inline constexpr absl::Duration kShortGap = absl::Hours(1);

// Where the move leads; FAILED_PRECONDITION SIGN_UP_WRONG_STATE if nowhere.
absl::StatusOr<v1::SignUpState> NextSignUpState(const v1::SignUp& sign_up, SignUpMove move);

// The volunteer is bound to be there, or waits to be.
bool IsLive(v1::SignUpState state);

// Part of it is between 22:00 and 06:00 in Asia/Shanghai.
bool IsAtNight(const type::v1::TimeWindow& window);

// Whether `volunteer`, who has the live sign-ups `others` around that time, may do `shift`. The reasons are
// told at SignUpService.SignUpForShift.
absl::Status MaySignUp(const v1::Activity& activity, const v1::Shift& shift, const v1::Volunteer& volunteer,
                       absl::Span<const v1::SignUp> others);

// Those of `others` that are less than an hour away.
std::vector<v1::SignUpWarning> ShortGaps(const v1::Shift& shift, absl::Span<const v1::SignUp> others);

absl::StatusOr<v1::SignUp> Move(v1::SignUp sign_up, SignUpMove move, absl::Time now);
// FAILED_PRECONDITION ACTIVITY_NOT_IN_PROGRESS unless the activity takes place.
absl::StatusOr<v1::SignUp> CheckIn(v1::SignUp sign_up, const v1::Activity& activity, absl::Time now);

}  // namespace firstfloor::volunteer::rules

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_SIGN_UP_RULES_H_
