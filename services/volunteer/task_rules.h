// What may happen to a task: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_RULES_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_RULES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "firstfloor/volunteer/v1/task.pb.h"
#include "firstfloor/volunteer/v1/volunteer.pb.h"

namespace firstfloor::volunteer::rules {

enum class TaskMove { kOffer, kAccept, kDecline, kExpire, kStart, kComplete, kReturn };

// How long a volunteer may think about an offer.
inline constexpr absl::Duration kOfferLasts = absl::Hours(24);

// Where the move leads; FAILED_PRECONDITION TASK_WRONG_STATE if nowhere.
absl::StatusOr<v1::TaskState> NextTaskState(const v1::Task& task, TaskMove move);
// Somebody has it or could get it.
bool IsOpen(v1::TaskState state);

// INVALID_ARGUMENT if its window is empty.
absl::StatusOr<v1::Task> OpenTask(v1::Task task);
// FAILED_PRECONDITION VOLUNTEER_NOT_ACTIVE; SKILL_REQUIRED.
absl::StatusOr<v1::Task> Offer(v1::Task task, const v1::Volunteer& volunteer, absl::Time now);
absl::StatusOr<v1::Task> Accept(v1::Task task, absl::Time now);
// The volunteer is remembered as one who did not want it; `move` is kDecline or kExpire.
absl::StatusOr<v1::Task> Reopen(v1::Task task, TaskMove move);
absl::StatusOr<v1::Task> StartTask(v1::Task task);
absl::StatusOr<v1::Task> CompleteTask(v1::Task task, absl::Time now);
absl::StatusOr<v1::Task> ReturnTask(v1::Task task, absl::string_view reason_code, absl::Time now);

}  // namespace firstfloor::volunteer::rules

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_RULES_H_
