#include "services/volunteer/activity_rules.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/volunteer/transitions.h"

namespace firstfloor::volunteer::rules {
namespace {

using calendar::FromProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr Transition<ActivityState, ActivityMove> kMoves[] = {
    {ACTIVITY_STATE_DRAFT, ActivityMove::kUpdate, ACTIVITY_STATE_DRAFT},
    {ACTIVITY_STATE_DRAFT, ActivityMove::kOpen, ACTIVITY_STATE_OPEN},
    {ACTIVITY_STATE_DRAFT, ActivityMove::kCancel, ACTIVITY_STATE_CANCELLED},
    {ACTIVITY_STATE_OPEN, ActivityMove::kStart, ACTIVITY_STATE_IN_PROGRESS},
    {ACTIVITY_STATE_OPEN, ActivityMove::kCancel, ACTIVITY_STATE_CANCELLED},
    {ACTIVITY_STATE_IN_PROGRESS, ActivityMove::kFinish, ACTIVITY_STATE_DONE},
    {ACTIVITY_STATE_IN_PROGRESS, ActivityMove::kCancel, ACTIVITY_STATE_CANCELLED},
};

bool IsEmpty(const type::v1::TimeWindow& window) {
  return !window.has_start_time() || !window.has_end_time() ||
         FromProto(window.end_time()) <= FromProto(window.start_time());
}

bool Within(const type::v1::TimeWindow& inner, const type::v1::TimeWindow& outer) {
  return FromProto(inner.start_time()) >= FromProto(outer.start_time()) &&
         FromProto(inner.end_time()) <= FromProto(outer.end_time());
}

absl::Status Check(const Activity& activity) {
  error::Violations violations;
  if (IsEmpty(activity.window())) violations.Add("activity.window", "must end after it begins");
  std::set<int> ids;
  for (int i = 0; i < activity.shifts_size(); ++i) {
    const Shift& shift = activity.shifts(i);
    const std::string path = absl::StrCat("activity.shifts[", i, "]");
    if (!ids.insert(shift.id()).second) violations.Add(path + ".id", "is the number of another shift");
    if (IsEmpty(shift.window()) || !Within(shift.window(), activity.window())) {
      violations.Add(path + ".window", "must end after it begins, within the activity's window");
    }
    if (shift.licence_required() && shift.skill().empty()) {
      violations.Add(path + ".licence_required", "is set with a skill only");
    }
  }
  return violations.ToStatus();
}

absl::StatusOr<Activity> Moved(Activity activity, ActivityMove move) {
  ASSIGN_OR_RETURN(const ActivityState next, NextActivityState(activity, move));
  activity.set_state(next);
  return activity;
}

}  // namespace

absl::StatusOr<ActivityState> NextActivityState(const Activity& activity, ActivityMove move) {
  return Next(kMoves, "ACTIVITY_WRONG_STATE", activity.name(), activity.state(), move);
}

absl::StatusOr<Activity> CreateActivity(Activity activity) {
  RETURN_IF_ERROR(Check(activity));
  activity.set_state(ACTIVITY_STATE_DRAFT);
  return activity;
}

absl::StatusOr<Activity> UpdateActivity(const Activity& current, const Activity& wanted) {
  ASSIGN_OR_RETURN(Activity updated, Moved(current, ActivityMove::kUpdate));
  RETURN_IF_ERROR(Check(wanted));
  updated.set_title(wanted.title());
  *updated.mutable_window() = wanted.window();
  updated.set_project(wanted.project());
  updated.set_task(wanted.task());
  updated.set_stall(wanted.stall());
  updated.set_risk_notice(wanted.risk_notice());
  *updated.mutable_shifts() = wanted.shifts();
  return updated;
}

absl::StatusOr<Activity> OpenActivity(Activity activity, absl::Time now) {
  ASSIGN_OR_RETURN(activity, Moved(std::move(activity), ActivityMove::kOpen));
  if (activity.shifts().empty()) {
    return error::Precondition("ACTIVITY_WITHOUT_SHIFTS", "an activity needs a shift to sign up for",
                               {{"activity", activity.name()}});
  }
  if (FromProto(activity.window().end_time()) <= now) {
    return error::Precondition("ACTIVITY_IS_OVER", "its time has passed", {{"activity", activity.name()}});
  }
  return activity;
}

absl::StatusOr<Activity> StartActivity(Activity activity) {
  return Moved(std::move(activity), ActivityMove::kStart);
}

absl::StatusOr<Activity> FinishActivity(Activity activity, int64_t beneficiaries) {
  ASSIGN_OR_RETURN(activity, Moved(std::move(activity), ActivityMove::kFinish));
  activity.set_beneficiaries(beneficiaries);
  for (Shift& shift : *activity.mutable_shifts()) shift.set_waiting(0);
  return activity;
}

absl::StatusOr<Activity> CancelActivity(Activity activity, absl::string_view reason_code) {
  ASSIGN_OR_RETURN(activity, Moved(std::move(activity), ActivityMove::kCancel));
  activity.set_reason_code(std::string(reason_code));
  for (Shift& shift : *activity.mutable_shifts()) {
    shift.set_taken(0);
    shift.set_waiting(0);
  }
  return activity;
}

Shift* FindShift(Activity& activity, int id) {
  auto& shifts = *activity.mutable_shifts();
  const auto found =
      std::find_if(shifts.begin(), shifts.end(), [id](const Shift& shift) { return shift.id() == id; });
  return found == shifts.end() ? nullptr : &*found;
}

bool TakesSignUps(const Activity& activity) {
  return activity.state() == ACTIVITY_STATE_OPEN || activity.state() == ACTIVITY_STATE_IN_PROGRESS;
}

absl::Status MayChangeSignUps(const Activity& activity, const Shift& shift, absl::Time now) {
  if (!TakesSignUps(activity)) {
    return error::WrongState("ACTIVITY_WRONG_STATE", activity.name(), Short(activity.state()),
                             Reachable(kMoves, activity.state()));
  }
  if (FromProto(shift.window().end_time()) <= now) {
    return error::Precondition("SHIFT_IS_OVER", "the shift has ended",
                               {{"activity", activity.name()}, {"shift", absl::StrCat(shift.id())}});
  }
  return absl::OkStatus();
}

bool TakePlace(Shift& shift) {
  if (shift.taken() < shift.quantity() && shift.waiting() == 0) {
    shift.set_taken(shift.taken() + 1);
    return true;
  }
  shift.set_waiting(shift.waiting() + 1);
  shift.set_last_queue_number(shift.last_queue_number() + 1);
  return false;
}

bool GiveUpPlace(Shift& shift, bool placed) {
  if (!placed) {
    shift.set_waiting(shift.waiting() - 1);
    return false;
  }
  if (shift.waiting() == 0) {
    shift.set_taken(shift.taken() - 1);
    return false;
  }
  shift.set_waiting(shift.waiting() - 1);
  return true;
}

}  // namespace firstfloor::volunteer::rules
