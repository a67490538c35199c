// What may happen to a project: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_PROJECT_RULES_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_PROJECT_RULES_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "firstfloor/type/v1/type.pb.h"
#include "firstfloor/volunteer/v1/project.pb.h"

namespace firstfloor::volunteer::rules {

enum class ProjectMove {
  kPublish,
  kClaim,
  kStart,
  kRecordMilestone,
  kInspect,
  kComplete,
  kAbandon,
  kHandOver
};

// Where the move leads; FAILED_PRECONDITION PROJECT_WRONG_STATE if nowhere, PROJECT_TAKEN for a claim of what
// somebody has claimed.
absl::StatusOr<v1::ProjectState> NextProjectState(const v1::Project& project, ProjectMove move);

v1::Project Propose(v1::Project project);
absl::StatusOr<v1::Project> Publish(v1::Project project);
// `post` may be empty.
absl::StatusOr<v1::Project> Claim(v1::Project project, const type::v1::Person& secretary,
                                  absl::string_view post, absl::Time now);
absl::StatusOr<v1::Project> Start(v1::Project project);
absl::StatusOr<v1::Project> RecordMilestone(v1::Project project, v1::Milestone milestone, absl::Time now);
// FAILED_PRECONDITION INSPECTOR_IS_CLAIMANT if the inspector is the secretary.
absl::StatusOr<v1::Project> Inspect(v1::Project project, v1::Inspection inspection,
                                    absl::string_view inspector, absl::Time now);
// FAILED_PRECONDITION INSPECTION_REQUIRED unless the last inspection passed, after the last milestone, of
// which there is one.
absl::StatusOr<v1::Project> Complete(v1::Project project, int64_t beneficiaries, absl::Time now);
// The secretary is free of it; milestones stay.
absl::StatusOr<v1::Project> Abandon(v1::Project project, absl::string_view reason_code);
absl::StatusOr<v1::Project> HandOver(v1::Project project, const type::v1::Person& secretary,
                                     absl::string_view post);

}  // namespace firstfloor::volunteer::rules

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_PROJECT_RULES_H_
