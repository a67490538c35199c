#include "services/volunteer/task_rules.h"

#include <algorithm>
#include <utility>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/volunteer/transitions.h"

namespace firstfloor::volunteer::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr int kMostDeclined = 1000;

constexpr Transition<TaskState, TaskMove> kMoves[] = {
    {TASK_STATE_OPEN, TaskMove::kOffer, TASK_STATE_OFFERED},
    {TASK_STATE_OPEN, TaskMove::kReturn, TASK_STATE_RETURNED},
    {TASK_STATE_OFFERED, TaskMove::kAccept, TASK_STATE_ASSIGNED},
    {TASK_STATE_OFFERED, TaskMove::kDecline, TASK_STATE_OPEN},
    {TASK_STATE_OFFERED, TaskMove::kExpire, TASK_STATE_OPEN},
    {TASK_STATE_OFFERED, TaskMove::kReturn, TASK_STATE_RETURNED},
    {TASK_STATE_ASSIGNED, TaskMove::kStart, TASK_STATE_IN_PROGRESS},
    {TASK_STATE_ASSIGNED, TaskMove::kReturn, TASK_STATE_RETURNED},
    {TASK_STATE_IN_PROGRESS, TaskMove::kComplete, TASK_STATE_DONE},
    {TASK_STATE_IN_PROGRESS, TaskMove::kReturn, TASK_STATE_RETURNED},
};

absl::StatusOr<Task> Moved(Task task, TaskMove move) {
  ASSIGN_OR_RETURN(const TaskState next, NextTaskState(task, move));
  task.set_state(next);
  task.clear_offer_expire_time();
  return task;
}

bool HasSkill(const Volunteer& volunteer, absl::string_view code) {
  return std::any_of(volunteer.skills().begin(), volunteer.skills().end(),
                     [&](const Skill& skill) { return skill.code() == code; });
}

}  // namespace

absl::StatusOr<TaskState> NextTaskState(const Task& task, TaskMove move) {
  return Next(kMoves, "TASK_WRONG_STATE", task.name(), task.state(), move);
}

bool IsOpen(TaskState state) { return !Reachable(kMoves, state).empty(); }

absl::StatusOr<Task> OpenTask(Task task) {
  if (task.has_window() && FromProto(task.window().end_time()) <= FromProto(task.window().start_time())) {
    return error::InvalidField("task.window", "must end after it begins");
  }
  task.set_state(TASK_STATE_OPEN);
  return task;
}

absl::StatusOr<Task> Offer(Task task, const Volunteer& volunteer, absl::Time now) {
  ASSIGN_OR_RETURN(task, Moved(std::move(task), TaskMove::kOffer));
  if (volunteer.state() != VOLUNTEER_STATE_ACTIVE) {
    return error::Precondition("VOLUNTEER_NOT_ACTIVE", "tasks are offered to active volunteers",
                               {{"volunteer", volunteer.name()}});
  }
  if (!task.skill().empty() && !HasSkill(volunteer, task.skill())) {
    return error::Precondition("SKILL_REQUIRED", "the task needs a skill", {{"skill", task.skill()}});
  }
  task.set_volunteer(volunteer.name());
  *task.mutable_offer_expire_time() = ToProto(now + kOfferLasts);
  return task;
}

absl::StatusOr<Task> Accept(Task task, absl::Time now) {
  ASSIGN_OR_RETURN(task, Moved(std::move(task), TaskMove::kAccept));
  *task.mutable_accept_time() = ToProto(now);
  return task;
}

absl::StatusOr<Task> Reopen(Task task, TaskMove move) {
  ASSIGN_OR_RETURN(task, Moved(std::move(task), move));
  if (task.declined_size() < kMostDeclined) task.add_declined(task.volunteer());
  task.clear_volunteer();
  return task;
}

absl::StatusOr<Task> StartTask(Task task) { return Moved(std::move(task), TaskMove::kStart); }

absl::StatusOr<Task> CompleteTask(Task task, absl::Time now) {
  ASSIGN_OR_RETURN(task, Moved(std::move(task), TaskMove::kComplete));
  *task.mutable_close_time() = ToProto(now);
  return task;
}

absl::StatusOr<Task> ReturnTask(Task task, absl::string_view reason_code, absl::Time now) {
  ASSIGN_OR_RETURN(task, Moved(std::move(task), TaskMove::kReturn));
  task.set_reason_code(std::string(reason_code));
  *task.mutable_close_time() = ToProto(now);
  return task;
}

}  // namespace firstfloor::volunteer::rules
