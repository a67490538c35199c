#include "services/volunteer/task_rules.h"

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "services/volunteer/machine_test.h"
#include "services/volunteer/suggestions.h"

namespace firstfloor::volunteer::rules {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

const absl::Time kNow = calendar::StartOf(absl::CivilDay(2023, 5, 22));  // a Monday

Volunteer Helper(const std::string& name, const std::string& area) {
  Volunteer volunteer;
  volunteer.set_name(name);
  volunteer.set_area(area);
  volunteer.set_state(VOLUNTEER_STATE_ACTIVE);
  return volunteer;
}

Task Open() {
  Task task;
  task.set_area("340111400001-CJ-07");
  return *OpenTask(task);
}

TEST(TaskRules, EveryStateAllowsItsMovesAndNoOther) {
  using enum TaskMove;
  ExpectMachine<TaskState, TaskMove>(
      [](TaskState state, TaskMove move) {
        Task task;
        task.set_state(state);
        return NextTaskState(task, move);
      },
      {kOffer, kAccept, kDecline, kExpire, kStart, kComplete, kReturn},
      {{{TASK_STATE_OPEN, kOffer}, TASK_STATE_OFFERED},
       {{TASK_STATE_OPEN, kReturn}, TASK_STATE_RETURNED},
       {{TASK_STATE_OFFERED, kAccept}, TASK_STATE_ASSIGNED},
       {{TASK_STATE_OFFERED, kDecline}, TASK_STATE_OPEN},
       {{TASK_STATE_OFFERED, kExpire}, TASK_STATE_OPEN},
       {{TASK_STATE_OFFERED, kReturn}, TASK_STATE_RETURNED},
       {{TASK_STATE_ASSIGNED, kStart}, TASK_STATE_IN_PROGRESS},
       {{TASK_STATE_ASSIGNED, kReturn}, TASK_STATE_RETURNED},
       {{TASK_STATE_IN_PROGRESS, kComplete}, TASK_STATE_DONE},
       {{TASK_STATE_IN_PROGRESS, kReturn}, TASK_STATE_RETURNED}},
      "TASK_WRONG_STATE");
}

TEST(TaskRules, AnOfferLastsADayAndItsRefusalIsRemembered) {
  const Task offered = *Offer(Open(), Helper("volunteers/a", "340111400001"), kNow);
  EXPECT_EQ(calendar::FromProto(offered.offer_expire_time()), kNow + absl::Hours(24));
  const Task open = *Reopen(offered, TaskMove::kExpire);
  EXPECT_EQ(open.volunteer(), "");
  EXPECT_EQ(open.declined(0), "volunteers/a");
  EXPECT_FALSE(open.has_offer_expire_time());
  const Task accepted = *Accept(offered, kNow);
  EXPECT_EQ(accepted.volunteer(), "volunteers/a");
  EXPECT_FALSE(accepted.has_offer_expire_time());
}

TEST(TaskRules, OnlyActiveVolunteersWithTheSkillAreOfferedIt) {
  Task task = Open();
  task.set_skill("LAW");
  Volunteer volunteer = Helper("volunteers/a", "340111400001");
  EXPECT_EQ(error::ReasonOf(Offer(task, volunteer, kNow).status()), "SKILL_REQUIRED");
  volunteer.add_skills()->set_code("LAW");
  EXPECT_TRUE(Offer(task, volunteer, kNow).ok());
  volunteer.set_state(VOLUNTEER_STATE_APPLIED);
  EXPECT_EQ(error::ReasonOf(Offer(task, volunteer, kNow).status()), "VOLUNTEER_NOT_ACTIVE");
}

TEST(Suggestions, TheNearestThenTheFreeThenTheLeastBurdenedComeFirst) {
  Task task = Open();
  *task.mutable_window()->mutable_start_time() = calendar::ToProto(kNow + absl::Hours(9));
  *task.mutable_window()->mutable_end_time() = calendar::ToProto(kNow + absl::Hours(10));
  std::vector<Volunteer> people = {
      Helper("volunteers/far", "340111400002"),          Helper("volunteers/busy", "340111400001-CJ-07"),
      Helper("volunteers/free", "340111400001-CJ-07"),   Helper("volunteers/near", "340111400001-CJ-08"),
      Helper("volunteers/quiet", "340111400001-CJ-07"),  Helper("volunteers/gone", "340111400001-CJ-07"),
      Helper("volunteers/refused", "340111400001-CJ-07")};
  people[2].add_free_windows()->set_weekday(1);
  people[2].mutable_free_windows(0)->set_start_minute(8 * 60);
  people[2].mutable_free_windows(0)->set_end_minute(10 * 60);
  people[5].set_state(VOLUNTEER_STATE_LEFT);
  task.add_declined("volunteers/refused");
  const std::vector<Suggestion> ranked =
      RankCandidates(task, people, {{"volunteers/busy", 3}, {"volunteers/free", 9}}, 10);
  std::vector<std::string> names;
  for (const Suggestion& suggestion : ranked) names.push_back(suggestion.volunteer());
  EXPECT_THAT(names, ::testing::ElementsAre("volunteers/free", "volunteers/quiet", "volunteers/busy",
                                            "volunteers/near", "volunteers/far"));
  EXPECT_THAT(ranked[0].reasons(), ::testing::ElementsAre("SAME_AREA", "FREE"));
  EXPECT_THAT(ranked[1].reasons(), ::testing::ElementsAre("SAME_AREA", "FEW_TASKS"));
  EXPECT_EQ(RankCandidates(task, people, {}, 2).size(), 2u);
}

TEST(Suggestions, WhoHelpsInACompoundHelpsInItsBuildings) {
  const Task task = Open();
  std::vector<Volunteer> people = {Helper("volunteers/a", "340111400002")};
  people[0].add_areas("340111400001-CJ");
  EXPECT_EQ(RankCandidates(task, people, {}, 1)[0].distance(), 0);
}

}  // namespace
}  // namespace firstfloor::volunteer::rules
