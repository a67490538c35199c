#include "services/volunteer/project_rules.h"

#include <string>
#include <utility>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/volunteer/transitions.h"

namespace firstfloor::volunteer::rules {
namespace {

using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr int kMostRecords = 100;

constexpr Transition<ProjectState, ProjectMove> kMoves[] = {
    {PROJECT_STATE_PROPOSED, ProjectMove::kPublish, PROJECT_STATE_PUBLISHED},
    {PROJECT_STATE_ABANDONED, ProjectMove::kPublish, PROJECT_STATE_PUBLISHED},
    {PROJECT_STATE_PUBLISHED, ProjectMove::kClaim, PROJECT_STATE_CLAIMED},
    {PROJECT_STATE_CLAIMED, ProjectMove::kStart, PROJECT_STATE_IN_PROGRESS},
    {PROJECT_STATE_CLAIMED, ProjectMove::kAbandon, PROJECT_STATE_ABANDONED},
    {PROJECT_STATE_CLAIMED, ProjectMove::kHandOver, PROJECT_STATE_CLAIMED},
    {PROJECT_STATE_IN_PROGRESS, ProjectMove::kRecordMilestone, PROJECT_STATE_IN_PROGRESS},
    {PROJECT_STATE_IN_PROGRESS, ProjectMove::kInspect, PROJECT_STATE_IN_PROGRESS},
    {PROJECT_STATE_IN_PROGRESS, ProjectMove::kComplete, PROJECT_STATE_COMPLETED},
    {PROJECT_STATE_IN_PROGRESS, ProjectMove::kAbandon, PROJECT_STATE_ABANDONED},
    {PROJECT_STATE_IN_PROGRESS, ProjectMove::kHandOver, PROJECT_STATE_IN_PROGRESS},
};

absl::Status TooMany(const Project& project) {
  return error::Precondition("PROJECT_FULL", "a project holds no more records of that kind",
                             {{"project", project.name()}});
}

// The last inspection passed and nothing was reached after it.
bool IsInspected(const Project& project) {
  if (project.milestones().empty() || project.inspections().empty()) return false;
  const Inspection& inspection = *project.inspections().rbegin();
  return inspection.passed() && calendar::FromProto(inspection.inspect_time()) >=
                                    calendar::FromProto(project.milestones().rbegin()->record_time());
}

absl::StatusOr<Project> Moved(Project project, ProjectMove move) {
  ASSIGN_OR_RETURN(const ProjectState next, NextProjectState(project, move));
  project.set_state(next);
  return project;
}

}  // namespace

absl::StatusOr<ProjectState> NextProjectState(const Project& project, ProjectMove move) {
  const bool taken = project.state() == PROJECT_STATE_CLAIMED || project.state() == PROJECT_STATE_IN_PROGRESS;
  if (move == ProjectMove::kClaim && taken) {
    return error::Precondition("PROJECT_TAKEN", "another secretary has claimed it",
                               {{"project", project.name()}});
  }
  return Next(kMoves, "PROJECT_WRONG_STATE", project.name(), project.state(), move);
}

Project Propose(Project project) {
  project.set_state(PROJECT_STATE_PROPOSED);
  return project;
}

absl::StatusOr<Project> Publish(Project project) {
  ASSIGN_OR_RETURN(project, Moved(std::move(project), ProjectMove::kPublish));
  project.clear_reason_code();
  return project;
}

absl::StatusOr<Project> Claim(Project project, const type::v1::Person& secretary, absl::string_view post,
                              absl::Time now) {
  ASSIGN_OR_RETURN(project, Moved(std::move(project), ProjectMove::kClaim));
  *project.mutable_secretary() = secretary;
  project.set_post(std::string(post));
  *project.mutable_claim_time() = ToProto(now);
  return project;
}

absl::StatusOr<Project> Start(Project project) { return Moved(std::move(project), ProjectMove::kStart); }

absl::StatusOr<Project> RecordMilestone(Project project, Milestone milestone, absl::Time now) {
  ASSIGN_OR_RETURN(project, Moved(std::move(project), ProjectMove::kRecordMilestone));
  if (project.milestones_size() >= kMostRecords) return TooMany(project);
  *milestone.mutable_record_time() = ToProto(now);
  *project.add_milestones() = std::move(milestone);
  return project;
}

absl::StatusOr<Project> Inspect(Project project, Inspection inspection, absl::string_view inspector,
                                absl::Time now) {
  ASSIGN_OR_RETURN(project, Moved(std::move(project), ProjectMove::kInspect));
  if (project.secretary().subject() == inspector) {
    return error::Precondition("INSPECTOR_IS_CLAIMANT", "somebody else than the claimant inspects",
                               {{"project", project.name()}});
  }
  if (project.inspections_size() >= kMostRecords) return TooMany(project);
  inspection.set_inspector(std::string(inspector));
  *inspection.mutable_inspect_time() = ToProto(now);
  *project.add_inspections() = std::move(inspection);
  return project;
}

absl::StatusOr<Project> Complete(Project project, int64_t beneficiaries, absl::Time now) {
  ASSIGN_OR_RETURN(project, Moved(std::move(project), ProjectMove::kComplete));
  if (!IsInspected(project)) {
    return error::Precondition("INSPECTION_REQUIRED",
                               "a passed inspection after the last milestone is needed",
                               {{"project", project.name()}});
  }
  project.set_beneficiaries(beneficiaries);
  *project.mutable_complete_time() = ToProto(now);
  return project;
}

absl::StatusOr<Project> Abandon(Project project, absl::string_view reason_code) {
  ASSIGN_OR_RETURN(project, Moved(std::move(project), ProjectMove::kAbandon));
  project.set_reason_code(std::string(reason_code));
  project.clear_secretary();
  project.clear_post();
  return project;
}

absl::StatusOr<Project> HandOver(Project project, const type::v1::Person& secretary, absl::string_view post) {
  ASSIGN_OR_RETURN(project, Moved(std::move(project), ProjectMove::kHandOver));
  if (secretary.subject().empty()) {
    return error::InvalidField("secretary.subject", "needs the subject of an account");
  }
  *project.mutable_secretary() = secretary;
  project.set_post(std::string(post));
  project.set_hand_overs(project.hand_overs() + 1);
  return project;
}

}  // namespace firstfloor::volunteer::rules
