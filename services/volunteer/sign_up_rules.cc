#include "services/volunteer/sign_up_rules.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/volunteer/transitions.h"
#include "services/volunteer/volunteer_rules.h"

namespace firstfloor::volunteer::rules {
namespace {

using calendar::FromProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr absl::Duration kNightBegins = absl::Hours(22);
constexpr absl::Duration kNightEnds = absl::Hours(30);  // 06:00 of the day after

constexpr Transition<SignUpState, SignUpMove> kMoves[] = {
    {SIGN_UP_STATE_SIGNED_UP, SignUpMove::kWithdraw, SIGN_UP_STATE_WITHDRAWN},
    {SIGN_UP_STATE_SIGNED_UP, SignUpMove::kCheckIn, SIGN_UP_STATE_CHECKED_IN},
    {SIGN_UP_STATE_SIGNED_UP, SignUpMove::kNoShow, SIGN_UP_STATE_NO_SHOW},
    {SIGN_UP_STATE_SIGNED_UP, SignUpMove::kLapse, SIGN_UP_STATE_LAPSED},
    {SIGN_UP_STATE_WAITLISTED, SignUpMove::kWithdraw, SIGN_UP_STATE_WITHDRAWN},
    {SIGN_UP_STATE_WAITLISTED, SignUpMove::kPromote, SIGN_UP_STATE_SIGNED_UP},
    {SIGN_UP_STATE_WAITLISTED, SignUpMove::kLapse, SIGN_UP_STATE_LAPSED},
    {SIGN_UP_STATE_CHECKED_IN, SignUpMove::kCheckOut, SIGN_UP_STATE_CHECKED_OUT},
    {SIGN_UP_STATE_CHECKED_IN, SignUpMove::kLapse, SIGN_UP_STATE_LAPSED},
};

bool Overlap(const type::v1::TimeWindow& a, const type::v1::TimeWindow& b) {
  return FromProto(a.start_time()) < FromProto(b.end_time()) &&
         FromProto(b.start_time()) < FromProto(a.end_time());
}

// Negative if they overlap.
absl::Duration Gap(const type::v1::TimeWindow& a, const type::v1::TimeWindow& b) {
  return std::max(FromProto(b.start_time()) - FromProto(a.end_time()),
                  FromProto(a.start_time()) - FromProto(b.end_time()));
}

absl::Status CheckSkill(const Shift& shift, const Volunteer& volunteer) {
  if (shift.skill().empty()) return absl::OkStatus();
  for (const Skill& skill : volunteer.skills()) {
    if (skill.code() != shift.skill()) continue;
    const bool licensed = skill.has_licence_valid_until_time() &&
                          FromProto(skill.licence_valid_until_time()) >= FromProto(shift.window().end_time());
    if (!shift.licence_required() || licensed) return absl::OkStatus();
    return error::Precondition("LICENCE_REQUIRED", "a licence valid to the end of the shift is needed",
                               {{"skill", shift.skill()}});
  }
  return error::Precondition("SKILL_REQUIRED", "the shift needs a skill", {{"skill", shift.skill()}});
}

absl::Status CheckAge(const Shift& shift, const Volunteer& volunteer) {
  if (!IsMinor(volunteer, FromProto(shift.window().start_time()))) return absl::OkStatus();
  if (IsAtNight(shift.window())) {
    return error::Precondition("NIGHT_SHIFT_MINOR", "nobody under 18 works between 22:00 and 06:00");
  }
  if (!shift.adult_present()) {
    return error::Precondition("ADULT_REQUIRED", "under 18 only where an adult is present");
  }
  return absl::OkStatus();
}

absl::Status CheckOverlap(const Activity& activity, const Shift& shift, absl::Span<const SignUp> others) {
  std::set<std::string> clashes;
  for (const SignUp& other : others) {
    if (other.activity() == activity.name() && other.shift() == shift.id()) {
      return error::Make(absl::StatusCode::kAlreadyExists, "ALREADY_SIGNED_UP",
                         "the volunteer has signed up for this shift", {{"sign_up", other.name()}});
    }
    if (Overlap(other.window(), shift.window())) clashes.insert(other.activity());
  }
  if (clashes.empty()) return absl::OkStatus();
  return error::Precondition("SHIFT_OVERLAP", "the volunteer has another shift at that time",
                             {{"activities", absl::StrJoin(clashes, ",")}});
}

}  // namespace

absl::StatusOr<SignUpState> NextSignUpState(const SignUp& sign_up, SignUpMove move) {
  return Next(kMoves, "SIGN_UP_WRONG_STATE", sign_up.name(), sign_up.state(), move);
}

bool IsLive(SignUpState state) {
  return state == SIGN_UP_STATE_SIGNED_UP || state == SIGN_UP_STATE_WAITLISTED ||
         state == SIGN_UP_STATE_CHECKED_IN;
}

bool IsAtNight(const type::v1::TimeWindow& window) {
  const absl::Time start = FromProto(window.start_time());
  const absl::Time end = FromProto(window.end_time());
  for (absl::CivilDay day = calendar::DayOf(start) - 1; calendar::StartOf(day) < end; ++day) {
    const absl::Time midnight = calendar::StartOf(day);
    if (start < midnight + kNightEnds && midnight + kNightBegins < end) return true;
  }
  return false;
}

absl::Status MaySignUp(const Activity& activity, const Shift& shift, const Volunteer& volunteer,
                       absl::Span<const SignUp> others) {
  if (volunteer.state() != VOLUNTEER_STATE_ACTIVE) {
    return error::Precondition("VOLUNTEER_NOT_ACTIVE", "only active volunteers sign up",
                               {{"volunteer", volunteer.name()}});
  }
  RETURN_IF_ERROR(CheckSkill(shift, volunteer));
  RETURN_IF_ERROR(CheckAge(shift, volunteer));
  return CheckOverlap(activity, shift, others);
}

std::vector<SignUpWarning> ShortGaps(const Shift& shift, absl::Span<const SignUp> others) {
  std::vector<SignUpWarning> warnings;
  for (const SignUp& other : others) {
    const absl::Duration gap = Gap(shift.window(), other.window());
    if (gap < absl::ZeroDuration() || gap >= kShortGap) continue;
    SignUpWarning& warning = warnings.emplace_back();
    warning.set_activity(other.activity());
    warning.set_shift(other.shift());
    warning.set_gap_minutes(static_cast<int>(absl::ToInt64Minutes(gap)));
  }
  return warnings;
}

absl::StatusOr<SignUp> Move(SignUp sign_up, SignUpMove move, absl::Time now) {
  ASSIGN_OR_RETURN(const SignUpState next, NextSignUpState(sign_up, move));
  sign_up.set_state(next);
  if (next == SIGN_UP_STATE_CHECKED_IN) *sign_up.mutable_check_in_time() = calendar::ToProto(now);
  if (next == SIGN_UP_STATE_CHECKED_OUT) *sign_up.mutable_check_out_time() = calendar::ToProto(now);
  return sign_up;
}

absl::StatusOr<SignUp> CheckIn(SignUp sign_up, const Activity& activity, absl::Time now) {
  if (activity.state() != ACTIVITY_STATE_IN_PROGRESS) {
    return error::Precondition("ACTIVITY_NOT_IN_PROGRESS", "people check in while it takes place",
                               {{"activity", activity.name()}});
  }
  return Move(std::move(sign_up), SignUpMove::kCheckIn, now);
}

}  // namespace firstfloor::volunteer::rules
