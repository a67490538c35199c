#include "services/volunteer/project_rules.h"

#include "services/volunteer/machine_test.h"

namespace firstfloor::volunteer::rules {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

const absl::Time kNow = absl::FromUnixSeconds(1'680'000'000);

type::v1::Person Secretary(const std::string& subject) {
  type::v1::Person person;
  person.set_subject(subject);
  return person;
}

Project InProgress() {
  const Project published = *Publish(Propose(Project()));
  return *Start(*Claim(published, Secretary("li"), "", kNow));
}

Project WithMilestone() { return *RecordMilestone(InProgress(), Milestone(), kNow); }

Inspection Passed() {
  Inspection inspection;
  inspection.set_passed(true);
  return inspection;
}

TEST(ProjectRules, EveryStateAllowsItsMovesAndNoOther) {
  using enum ProjectMove;
  ExpectMachine<ProjectState, ProjectMove>(
      [](ProjectState state, ProjectMove move) {
        Project project;
        project.set_state(state);
        return NextProjectState(project, move);
      },
      {kPublish, kClaim, kStart, kRecordMilestone, kInspect, kComplete, kAbandon, kHandOver},
      {{{PROJECT_STATE_PROPOSED, kPublish}, PROJECT_STATE_PUBLISHED},
       {{PROJECT_STATE_ABANDONED, kPublish}, PROJECT_STATE_PUBLISHED},
       {{PROJECT_STATE_PUBLISHED, kClaim}, PROJECT_STATE_CLAIMED},
       {{PROJECT_STATE_CLAIMED, kStart}, PROJECT_STATE_IN_PROGRESS},
       {{PROJECT_STATE_CLAIMED, kAbandon}, PROJECT_STATE_ABANDONED},
       {{PROJECT_STATE_CLAIMED, kHandOver}, PROJECT_STATE_CLAIMED},
       {{PROJECT_STATE_IN_PROGRESS, kRecordMilestone}, PROJECT_STATE_IN_PROGRESS},
       {{PROJECT_STATE_IN_PROGRESS, kInspect}, PROJECT_STATE_IN_PROGRESS},
       {{PROJECT_STATE_IN_PROGRESS, kComplete}, PROJECT_STATE_COMPLETED},
       {{PROJECT_STATE_IN_PROGRESS, kAbandon}, PROJECT_STATE_ABANDONED},
       {{PROJECT_STATE_IN_PROGRESS, kHandOver}, PROJECT_STATE_IN_PROGRESS}},
      "PROJECT_WRONG_STATE");
}

TEST(ProjectRules, WhatIsClaimedIsTaken) {
  const Project claimed = *Claim(*Publish(Propose(Project())), Secretary("li"), "", kNow);
  EXPECT_EQ(error::ReasonOf(Claim(claimed, Secretary("zhao"), "", kNow).status()), "PROJECT_TAKEN");
  EXPECT_EQ(error::ReasonOf(Claim(InProgress(), Secretary("zhao"), "", kNow).status()), "PROJECT_TAKEN");
  EXPECT_EQ(error::ReasonOf(Claim(Propose(Project()), Secretary("zhao"), "", kNow).status()),
            "PROJECT_WRONG_STATE");
}

TEST(ProjectRules, TheClaimantDoesNotInspect) {
  EXPECT_EQ(error::ReasonOf(Inspect(WithMilestone(), Passed(), "li", kNow).status()),
            "INSPECTOR_IS_CLAIMANT");
  EXPECT_TRUE(Inspect(WithMilestone(), Passed(), "zhao", kNow).ok());
}

TEST(ProjectRules, CompletionNeedsAnInspectionAfterTheLastMilestone) {
  EXPECT_EQ(error::ReasonOf(Complete(WithMilestone(), 5, kNow).status()), "INSPECTION_REQUIRED");
  const Project failed = *Inspect(WithMilestone(), Inspection(), "zhao", kNow);
  EXPECT_EQ(error::ReasonOf(Complete(failed, 5, kNow).status()), "INSPECTION_REQUIRED");
  const Project passed = *Inspect(failed, Passed(), "zhao", kNow);
  EXPECT_EQ(Complete(passed, 5, kNow)->beneficiaries(), 5);
  const Project more = *RecordMilestone(passed, Milestone(), kNow + absl::Hours(1));
  EXPECT_EQ(error::ReasonOf(Complete(more, 5, kNow).status()), "INSPECTION_REQUIRED");
  // Nothing was reached, so there was nothing to inspect.
  EXPECT_EQ(error::ReasonOf(Complete(*Inspect(InProgress(), Passed(), "zhao", kNow), 5, kNow).status()),
            "INSPECTION_REQUIRED");
}

TEST(ProjectRules, WhatIsAbandonedCanBePublishedAndClaimedAgain) {
  const Project abandoned = *Abandon(WithMilestone(), "MOVED_AWAY");
  EXPECT_EQ(abandoned.reason_code(), "MOVED_AWAY");
  EXPECT_FALSE(abandoned.has_secretary());
  EXPECT_EQ(abandoned.milestones_size(), 1);
  const Project again = *Claim(*Publish(abandoned), Secretary("zhao"), "", kNow);
  EXPECT_EQ(again.secretary().subject(), "zhao");
  EXPECT_EQ(again.reason_code(), "");
}

TEST(ProjectRules, AHandOverChangesTheSecretaryOnly) {
  const Project handed = *HandOver(WithMilestone(), Secretary("zhao"), "posts/x");
  EXPECT_EQ(handed.state(), PROJECT_STATE_IN_PROGRESS);
  EXPECT_EQ(handed.secretary().subject(), "zhao");
  EXPECT_EQ(handed.post(), "posts/x");
  EXPECT_EQ(handed.hand_overs(), 1);
  EXPECT_EQ(HandOver(handed, Secretary(""), "").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace firstfloor::volunteer::rules
