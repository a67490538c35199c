#include "services/outreach/plan_rules.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "gtest/gtest.h"

namespace firstfloor::outreach::rules {
namespace {

const calendar::Calendar& Days() { return calendar::Calendar::BuiltIn(); }

absl::Time At(absl::CivilDay day, int hour, int minute = 0) {
  return calendar::StartOf(day) + absl::Hours(hour) + absl::Minutes(minute);
}

v1::PlanGroup Group(const std::string& area, int heads) {
  v1::PlanGroup group;
  group.set_area(area);
  group.set_heads(heads);
  return group;
}

v1::Venue Venue(int number, const std::string& area, int capacity) {
  v1::Venue venue;
  venue.set_name(absl::StrCat("venues/", number));
  venue.set_area(area);
  venue.set_capacity(capacity);
  venue.set_state(v1::VENUE_STATE_ACTIVE);
  return venue;
}

std::string Building(int number) { return absl::StrCat("340111400001-CJ-", number < 10 ? "0" : "", number); }

v1::Plan Made(const PlanProblem& problem) {
  const absl::StatusOr<v1::Plan> plan = MakePlan(problem, Days());
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *plan : v1::Plan();
}

// A working week in May: Monday 15 to Friday 19.
PlanProblem OneWeek() {
  PlanProblem problem;
  problem.wishes.first_day = absl::CivilDay(2023, 5, 15);
  problem.wishes.end_day = absl::CivilDay(2023, 5, 20);
  problem.wishes.length = absl::Hours(1);
  problem.most_heads = 30;
  problem.lecturers = {"lecturers/1"};
  return problem;
}

// ---- what is hard ----

TEST(PlanRules, AGroupGoesToTheNearestVenueThatHoldsIt) {
  PlanProblem problem = OneWeek();
  problem.groups = {Group(Building(1), 20)};
  problem.venues = {Venue(1, Building(2), 40), Venue(2, "340111400001-CJ", 40), Venue(3, Building(1), 10)};
  const v1::Plan plan = Made(problem);
  ASSERT_EQ(plan.sessions_size(), 1);
  EXPECT_EQ(plan.sessions(0).venue(), "venues/1");
  problem.venues[2].set_capacity(20);
  EXPECT_EQ(Made(problem).sessions(0).venue(), "venues/3");
}

TEST(PlanRules, ASessionElsewhereIsOfTheNearestAreaThatCoversBoth) {
  PlanProblem problem = OneWeek();
  problem.groups = {Group(Building(1), 20)};
  problem.venues = {Venue(1, Building(2), 40)};
  EXPECT_EQ(Made(problem).sessions(0).area(), "340111400001-CJ");
  problem.venues = {Venue(1, "340111400001-CJ", 40)};
  EXPECT_EQ(Made(problem).sessions(0).area(), Building(1));
}

TEST(PlanRules, WhatCannotBePlacedHasItsReason) {
  PlanProblem problem = OneWeek();
  const auto reason = [&](int heads) {
    problem.groups = {Group(Building(1), heads)};
    const v1::Plan plan = Made(problem);
    return plan.unplaced_size() == 1 ? plan.unplaced(0).reason() : v1::UNPLACED_REASON_UNSPECIFIED;
  };
  problem.venues = {Venue(1, Building(1), 20)};
  EXPECT_EQ(reason(20), v1::UNPLACED_REASON_UNSPECIFIED);
  problem.venues[0].set_state(v1::VENUE_STATE_RETIRED);
  EXPECT_EQ(reason(20), v1::UNPLACED_REASON_NO_VENUE);
  problem.venues[0].set_state(v1::VENUE_STATE_ACTIVE);
  problem.wishes.length = absl::Hours(3);
  EXPECT_EQ(reason(20), v1::UNPLACED_REASON_NO_TIME);
  problem.wishes.length = absl::Hours(1);
  const Occupation all_week = {At(problem.wishes.first_day, 0), At(problem.wishes.end_day, 0)};
  problem.booked["lecturers/1"] = {all_week};
  EXPECT_EQ(reason(20), v1::UNPLACED_REASON_LECTURERS_TAKEN);
  problem.booked["venues/1"] = {all_week};
  EXPECT_EQ(reason(20), v1::UNPLACED_REASON_VENUES_TAKEN);
  problem.booked.clear();
  problem.groups.assign(6, Group(Building(1), 20));
  const v1::Plan plan = Made(problem);
  ASSERT_EQ(plan.unplaced_size(), 1);
  EXPECT_EQ(plan.unplaced(0).reason(), v1::UNPLACED_REASON_NOTHING_LEFT);
}

TEST(PlanRules, ARetiredVenueIsNotUsed) {
  PlanProblem problem = OneWeek();
  problem.groups = {Group(Building(1), 20)};
  problem.venues = {Venue(1, Building(1), 20)};
  problem.venues[0].set_state(v1::VENUE_STATE_RETIRED);
  EXPECT_EQ(Made(problem).sessions_size(), 0);
}

// ---- what does not fit one session ----

// Heads of the sessions of group 1, by part.
std::vector<int> PartsIn(const v1::Plan& plan) {
  std::map<int, int> heads;
  for (const v1::PlannedSession& session : plan.sessions()) {
    EXPECT_EQ(session.group_number(), 1);
    EXPECT_EQ(session.parts(), plan.sessions_size());
    EXPECT_TRUE(heads.emplace(session.part(), session.group().heads()).second) << session.part();
    EXPECT_LE(session.group().heads(), session.capacity());
  }
  std::vector<int> parts;
  for (const auto& [part, count] : heads) parts.push_back(count);
  return parts;
}

TEST(PlanRules, AGroupThatIsLargerThanASessionMayBeIsTaughtInEqualParts) {
  PlanProblem problem = OneWeek();
  problem.most_heads = 40;
  problem.venues = {Venue(1, "340111400001-CJ", 200)};
  const auto parts = [&](int heads) {
    problem.groups = {Group(Building(1), heads)};
    return PartsIn(Made(problem));
  };
  EXPECT_EQ(parts(40), (std::vector<int>{40}));
  EXPECT_EQ(parts(41), (std::vector<int>{21, 20}));
  EXPECT_EQ(parts(100), (std::vector<int>{34, 33, 33}));
  EXPECT_EQ(parts(120), (std::vector<int>{40, 40, 40}));
}

TEST(PlanRules, AGroupThatNoVenueHoldsIsTaughtInAsManyPartsAsTheLargestAsksFor) {
  PlanProblem problem = OneWeek();
  problem.most_heads = 40;
  problem.venues = {Venue(1, Building(1), 15), Venue(2, "340111400001-CJ", 25)};
  problem.groups = {Group(Building(1), 50)};
  EXPECT_EQ(PartsIn(Made(problem)), (std::vector<int>{25, 25}));
  // A venue that cannot be had does not decide.
  problem.booked["venues/2"] = {{At(problem.wishes.first_day, 0), At(problem.wishes.end_day, 0)}};
  EXPECT_EQ(PartsIn(Made(problem)), (std::vector<int>{13, 13, 12, 12}));
  problem.booked.clear();
  problem.venues[1].set_state(v1::VENUE_STATE_RETIRED);
  EXPECT_EQ(PartsIn(Made(problem)), (std::vector<int>{13, 13, 12, 12}));
}

TEST(PlanRules, APartThatFindsNoPlaceIsNamed) {
  PlanProblem problem = OneWeek();
  problem.venues = {Venue(1, Building(1), 30)};
  problem.groups = {Group(Building(2), 1), Group(Building(1), 180)};  // six parts and one, in five evenings
  const v1::Plan plan = Made(problem);
  EXPECT_EQ(plan.sessions_size(), 5);
  ASSERT_EQ(plan.unplaced_size(), 2);
  EXPECT_EQ(plan.unplaced(0).group_number(), 2);
  EXPECT_EQ(plan.unplaced(0).part(), 6);
  EXPECT_EQ(plan.unplaced(0).parts(), 6);
  EXPECT_EQ(plan.unplaced(0).group().heads(), 30);
  EXPECT_EQ(plan.unplaced(1).group_number(), 1);
  EXPECT_EQ(plan.unplaced(1).parts(), 1);
  EXPECT_EQ(plan.placed_heads(), 150);
}

TEST(PlanRules, APlanHasAThousandSessionsAtMost) {
  PlanProblem problem = OneWeek();
  problem.most_heads = 1;
  problem.venues = {Venue(1, Building(1), 30)};
  problem.groups = {Group(Building(1), 999), Group(Building(2), 1)};
  EXPECT_TRUE(MakePlan(problem, Days()).ok());
  problem.groups[1].set_heads(2);
  EXPECT_EQ(error::ReasonOf(MakePlan(problem, Days()).status()), "PLAN_TOO_LARGE");
  problem.groups.assign(1000, Group(Building(1), 100'000));
  EXPECT_EQ(error::ReasonOf(MakePlan(problem, Days()).status()), "PLAN_TOO_LARGE");
}

// ---- what is asked for, and what is booked ----

TEST(PlanRules, ARequestIsRefusedWithEverythingThatIsWrong) {
  v1::Round round;
  round.set_area("340111400001-CJ");
  v1::PlanSessionsRequest request;
  request.set_start_day("2023-05-01");
  request.set_end_day("2023-04-01");
  *request.add_groups() = Group("340111400001-XY", 3);
  request.add_lecturers("lecturers/1");
  request.add_lecturers("lecturers/1");
  const absl::Status status = ProblemOf(request, round, {}, absl::UnixEpoch()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  request.set_end_day("2025-04-01");
  EXPECT_FALSE(ProblemOf(request, round, {}, absl::UnixEpoch()).ok());
  request.set_end_day("2023-05-02");
  EXPECT_FALSE(ProblemOf(request, round, {}, absl::UnixEpoch()).ok());
  request.mutable_groups(0)->set_area(Building(1));
  request.mutable_lecturers()->RemoveLast();
  EXPECT_TRUE(ProblemOf(request, round, {}, absl::UnixEpoch()).ok());
}

TEST(PlanRules, APlanInConflictWithItselfIsNotBooked) {
  v1::Round round;
  round.set_name("rounds/1");
  round.set_area("340111400001-CJ");
  round.set_topic("fire safety");
  PlanProblem problem = OneWeek();
  problem.groups = {Group(Building(1), 20), Group(Building(2), 20)};
  problem.venues = {Venue(1, Building(1), 20), Venue(2, Building(2), 20)};
  v1::CommitPlanRequest request;
  request.set_form(v1::SESSION_FORM_TALK);
  *request.mutable_sessions() = Made(problem).sessions();
  ASSERT_EQ(request.sessions_size(), 2);
  EXPECT_TRUE(CheckPlan(request, round, {}).ok());
  *request.mutable_sessions(1)->mutable_window() = request.sessions(0).window();
  EXPECT_EQ(CheckPlan(request, round, {}).code(), absl::StatusCode::kInvalidArgument);  // one lecturer
  request.mutable_sessions(1)->set_lecturer("lecturers/2");
  EXPECT_TRUE(CheckPlan(request, round, {}).ok());
  request.mutable_sessions(1)->mutable_group()->set_heads(31);
  EXPECT_EQ(CheckPlan(request, round, {}).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace firstfloor::outreach::rules
