// Who could do a task.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_SUGGESTIONS_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_SUGGESTIONS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/db/connection.h"
#include "firstfloor/volunteer/v1/task.pb.h"
#include "firstfloor/volunteer/v1/task_service.pb.h"
#include "firstfloor/volunteer/v1/volunteer.pb.h"

namespace firstfloor::volunteer {

namespace rules {

// All of the window lies in one of the volunteer's free windows (Asia/Shanghai).
bool IsFree(const v1::Volunteer& volunteer, const type::v1::TimeWindow& window);

// The best `limit` of `candidates`, best first: nearest, then free, then fewest `recent` tasks (by name).
// Leaves out who lacks the skill, is not active, or declined the task.
std::vector<v1::Suggestion> RankCandidates(const v1::Task& task, absl::Span<const v1::Volunteer> candidates,
                                           const std::map<std::string, int>& recent, int limit);

}  // namespace rules

// RankCandidates over the active volunteers of the task's residents' committee (of its street, if the task is
// of one), and those of elsewhere who help there. Reads no personal data. Blocks.
absl::StatusOr<std::vector<v1::Suggestion>> SuggestVolunteers(db::Connection& connection,
                                                              const v1::Task& task, absl::Time now,
                                                              int limit);

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_SUGGESTIONS_H_
