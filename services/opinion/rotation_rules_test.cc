// What holds for every plan of a rotation, what a commit refuses, and how coverage is told.
#include "services/opinion/rotation_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace firstfloor::opinion::rotation_rules {
namespace {

using calendar::Calendar;
using calendar::DayOf;
using calendar::FromProto;
using calendar::StartOf;
using calendar::ToProto;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

const absl::CivilDay kFirst(2023, 4, 10);

class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  int Between(int least, int most) {
    return least + static_cast<int>(random_() % static_cast<unsigned>(most - least + 1));
  }

 private:
  std::mt19937 random_;
};

std::string Building(int number) { return absl::StrCat("340111400001-CJ-B", number); }

RotationOffer Offer(int number, const std::vector<RotationWindow>& windows) {
  RotationOffer offer;
  offer.mutable_team()->set_code(absl::StrCat("TEAM_", number));
  for (int i = 0; i < 2; ++i) {
    TeamMember* member = offer.mutable_team()->add_members();
    member->set_organisation("STEWARD_TEAM");
    member->mutable_person()->set_subject(absl::StrCat("member-", number, "-", i));
  }
  for (const RotationWindow& window : windows) *offer.add_windows() = window;
  return offer;
}

RotationWindow Window(RotationDays days, int start_hour, int end_hour,
                      const std::vector<int>& weekdays = {}) {
  RotationWindow window;
  window.set_days(days);
  window.set_start_minute(start_hour * 60);
  window.set_end_minute(end_hour * 60);
  for (const int weekday : weekdays) window.add_weekdays(weekday);
  return window;
}

RotationProblem Problem(int buildings, int days) {
  RotationProblem problem;
  problem.first_day = kFirst;
  problem.end_day = kFirst + days;
  problem.length = absl::Minutes(120);
  for (int i = 0; i < buildings; ++i) problem.buildings.push_back(Building(i));
  return problem;
}

RotationProblem AnyProblem(Chance& chance) {
  RotationProblem problem = Problem(chance.Between(1, 40), chance.Between(1, 40));
  problem.length = absl::Minutes(30 * chance.Between(1, 5));
  problem.least_visits = chance.Between(0, 3);
  problem.most_a_day = chance.Between(0, 1) * chance.Between(1, 6);
  if (chance.Between(0, 2) == 0) problem.not_before = StartOf(kFirst + 2) + absl::Hours(10);
  for (int i = chance.Between(1, 4); i > 0; --i) {
    std::vector<RotationWindow> windows;
    for (int j = chance.Between(1, 3); j > 0; --j) {
      const int start = chance.Between(7, 19);
      const auto days = static_cast<RotationDays>(chance.Between(1, 3));
      windows.push_back(Window(days, start, start + chance.Between(1, 4)));
      if (chance.Between(0, 1) == 0) windows.back().add_weekdays(chance.Between(1, 7));
    }
    problem.offers.push_back(Offer(i, windows));
  }
  for (const std::string& building : problem.buildings) {
    if (chance.Between(0, 2) > 0) problem.last[building] = StartOf(kFirst - chance.Between(1, 50));
    if (chance.Between(0, 4) == 0) {
      problem.visits.push_back(
          {building, StartOf(kFirst + chance.Between(-3, 39)) + absl::Hours(9), "stalls/visit"});
    }
  }
  for (int i = 0; i < 5; ++i) {
    const absl::Time start = StartOf(kFirst + chance.Between(0, 20)) + absl::Hours(chance.Between(7, 20));
    problem.busy[absl::StrCat("member-1-", i % 2)].push_back(
        {{start, start + absl::Hours(2)}, "stalls/busy"});
  }
  return problem;
}

Slot SlotOf(const RotationStall& stall) {
  return {FromProto(stall.window().start_time()), FromProto(stall.window().end_time())};
}

bool IsInside(const Slot& slot, const RotationOffer& offer) {
  const absl::CivilDay day = DayOf(slot.start);
  const bool works = Calendar::BuiltIn().IsWorkday(day);
  const int weekday = static_cast<int>(absl::GetWeekday(day)) + 1;
  // Minute by minute: windows may touch each other.
  for (absl::Time time = slot.start; time < slot.end; time += absl::Minutes(1)) {
    const auto minute = static_cast<int>((time - StartOf(day)) / absl::Minutes(1));
    const bool free = std::any_of(offer.windows().begin(), offer.windows().end(), [&](const auto& window) {
      const auto& weekdays = window.weekdays();
      return (window.days() == ROTATION_DAYS_ALL || (window.days() == ROTATION_DAYS_WORKDAYS) == works) &&
             (weekdays.empty() || std::count(weekdays.begin(), weekdays.end(), weekday) > 0) &&
             window.start_minute() <= minute && minute < window.end_minute();
    });
    if (!free) return false;
  }
  return true;
}

const RotationOffer& OfferOf(const RotationProblem& problem, const std::string& team) {
  return *std::find_if(problem.offers.begin(), problem.offers.end(),
                       [&](const RotationOffer& offer) { return offer.team().code() == team; });
}

RotationPlan Made(const RotationProblem& problem) {
  const absl::StatusOr<RotationPlan> plan = MakeRotation(problem, Calendar::BuiltIn());
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? *plan : RotationPlan();
}

TEST(Rotation, BreaksNoHardRuleOnRandomInstances) {
  Chance chance(1);
  int64_t stalls = 0;
  for (int round = 0; round < 400; ++round) {
    const RotationProblem problem = AnyProblem(chance);
    const RotationPlan plan = Made(problem);
    stalls += plan.stalls_size();
    std::set<std::pair<std::string, absl::CivilDay>> visits;
    for (const Visit& visit : problem.visits) visits.emplace(visit.building, DayOf(visit.start));
    std::map<std::string, std::vector<Slot>> of_team;
    std::map<absl::CivilDay, int> a_day;
    for (const RotationStall& stall : plan.stalls()) {
      const Slot slot = SlotOf(stall);
      const RotationOffer& offer = OfferOf(problem, stall.team());
      EXPECT_EQ(slot.end - slot.start, problem.length);
      EXPECT_GE(slot.start, problem.not_before);
      EXPECT_TRUE(IsInside(slot, offer)) << round;
      EXPECT_TRUE(visits.emplace(stall.area(), DayOf(slot.start)).second) << round << ": twice on one day";
      for (const Slot& other : of_team[stall.team()]) EXPECT_FALSE(AreInConflict(slot, other)) << round;
      of_team[stall.team()].push_back(slot);
      for (const TeamMember& member : offer.team().members()) {
        const auto busy = problem.busy.find(member.person().subject());
        if (busy == problem.busy.end()) continue;
        for (const Engagement& other : busy->second) EXPECT_FALSE(AreInConflict(slot, other.slot)) << round;
      }
      ++a_day[DayOf(slot.start)];
    }
    for (const auto& [day, count] : a_day) {
      if (problem.most_a_day > 0) {
        EXPECT_LE(count, problem.most_a_day);
      }
    }
    EXPECT_EQ(Made(problem).SerializeAsString(), plan.SerializeAsString()) << "not deterministic";
  }
  EXPECT_GT(stalls, 5000);
}

TEST(Rotation, TellsTheLoadsTheWaitsAndTheShortfallsAsTheyAre) {
  Chance chance(2);
  for (int round = 0; round < 400; ++round) {
    const RotationProblem problem = AnyProblem(chance);
    const RotationPlan plan = Made(problem);
    std::map<std::string, std::set<int>> days;
    std::map<std::string, int> loads;
    const int period = static_cast<int>(problem.end_day - problem.first_day);
    const auto day_of = [&](absl::Time time) { return static_cast<int>(DayOf(time) - problem.first_day); };
    std::map<std::string, int> last;
    for (const std::string& building : problem.buildings) last[building] = -366;
    for (const auto& [building, time] : problem.last) last[building] = day_of(time);
    for (const Visit& visit : problem.visits) {
      const int day = day_of(visit.start);
      if (day < 0) last[visit.building] = std::max(last[visit.building], day);
      if (day >= 0 && day < period) days[visit.building].insert(day);
    }
    for (const RotationStall& stall : plan.stalls()) {
      days[stall.area()].insert(day_of(SlotOf(stall).start));
      ++loads[stall.team()];
    }
    int longest = 0;
    std::map<std::string, int> short_of;
    for (const std::string& building : problem.buildings) {
      int before = last[building];
      for (const int day : days[building]) {
        longest = std::max(longest, day - before);
        before = day;
      }
      longest = std::max(longest, period - before);
      const int visits = static_cast<int>(days[building].size());
      if (visits < problem.least_visits) short_of[building] = visits;
    }
    EXPECT_EQ(plan.longest_wait_days(), longest) << round;
    std::map<std::string, int> told;
    for (const RotationShortfall& shortfall : plan.shortfalls()) told[shortfall.area()] = shortfall.visits();
    EXPECT_EQ(told, short_of) << round;
    ASSERT_THAT(plan.loads(), SizeIs(problem.offers.size()));
    for (const TeamLoad& load : plan.loads()) EXPECT_EQ(load.stalls(), loads[load.team()]) << round;
  }
}

TEST(Rotation, GivesTeamsThatAreFreeAlikeEqualShares) {
  RotationProblem problem = Problem(50, 30);
  problem.most_a_day = 5;
  for (int i = 0; i < 4; ++i) problem.offers.push_back(Offer(i, {Window(ROTATION_DAYS_ALL, 9, 12)}));
  const RotationPlan plan = Made(problem);
  EXPECT_EQ(plan.stalls_size(), 4 * 30);  // four teams can hold one each a day
  for (const TeamLoad& load : plan.loads()) EXPECT_EQ(load.stalls(), 30);
}

std::set<int> DaysOfMonth(const RotationPlan& plan) {
  std::set<int> days;
  for (const RotationStall& stall : plan.stalls()) days.insert(DayOf(SlotOf(stall).start).day());
  return days;
}

// 1 to 3 May 2023 rested; the Saturday after them, the 6th, worked.
TEST(Rotation, TakesDaysThatWereMovedForWhatTheyHaveBecome) {
  RotationProblem problem = Problem(300, 0);
  problem.first_day = absl::CivilDay(2023, 4, 28);
  problem.end_day = absl::CivilDay(2023, 5, 8);
  problem.offers = {Offer(1, {Window(ROTATION_DAYS_DAYS_OFF, 9, 11)})};
  EXPECT_EQ(DaysOfMonth(Made(problem)), (std::set<int>{29, 30, 1, 2, 3, 7}));
  problem.offers = {Offer(1, {Window(ROTATION_DAYS_WORKDAYS, 9, 11)})};
  EXPECT_EQ(DaysOfMonth(Made(problem)), (std::set<int>{28, 4, 5, 6}));
}

TEST(Rotation, GoesFirstToWhoNeverHadAStallThenToWhoHasWaitedLongest) {
  RotationProblem problem = Problem(4, 4);
  problem.last = {{Building(0), StartOf(kFirst - 3)},
                  {Building(1), StartOf(kFirst - 9)},
                  {Building(2), StartOf(kFirst - 5)}};
  problem.offers = {Offer(1, {Window(ROTATION_DAYS_ALL, 9, 11)})};
  std::vector<std::string> order;
  const RotationPlan plan = Made(problem);
  for (const RotationStall& stall : plan.stalls()) order.push_back(stall.area());
  EXPECT_EQ(order, (std::vector<std::string>{Building(3), Building(1), Building(2), Building(0)}));
}

TEST(Rotation, SaysWhyABuildingFallsShort) {
  RotationProblem problem = Problem(3, 2);
  problem.least_visits = 1;
  problem.offers = {Offer(1, {Window(ROTATION_DAYS_ALL, 9, 10)})};  // no stall fits
  EXPECT_EQ(Made(problem).shortfalls(0).reason(), SHORTFALL_REASON_NO_TEAM_FREE);
  problem.offers = {Offer(1, {Window(ROTATION_DAYS_ALL, 9, 11)})};
  RotationPlan plan = Made(problem);
  ASSERT_THAT(plan.shortfalls(), SizeIs(1));
  EXPECT_EQ(plan.shortfalls(0).reason(), SHORTFALL_REASON_TOO_FEW_STALLS);
  problem.least_visits = 3;
  EXPECT_EQ(Made(problem).shortfalls(0).reason(), SHORTFALL_REASON_TOO_FEW_DAYS);
}

TEST(Rotation, OfAWholeCommunityTakesUnderTwoSeconds) {
  RotationProblem problem = Problem(278, 90);
  problem.least_visits = 1;
  for (int i = 0; i < 10; ++i) {
    problem.offers.push_back(Offer(i, {Window(ROTATION_DAYS_WORKDAYS, 18, 21, {1 + i % 5, 1 + (i + 2) % 5}),
                                       Window(ROTATION_DAYS_DAYS_OFF, 8, 12)}));
  }
  for (int i = 0; i < 278; ++i) {
    problem.last[Building(i)] = StartOf(kFirst - 1 - i % 60);
    if (i % 9 == 0) problem.visits.push_back({Building(i), StartOf(kFirst + i % 90), "stalls/visit"});
  }
  const absl::Time start = absl::Now();
  const RotationPlan plan = Made(problem);
  const absl::Duration time = absl::Now() - start;
  std::cout << plan.stalls_size() << " stalls planned in " << time << ", "
            << absl::FDivDuration(time, absl::Seconds(2)) << " of the limit; longest wait "
            << plan.longest_wait_days() << " days\n";
  EXPECT_LT(time, absl::Seconds(2));
  EXPECT_EQ(plan.shortfalls_size(), 0);
}

TEST(Rotation, IsRefusedWhereItWouldHaveTooManyStalls) {
  RotationProblem problem = Problem(300, 30);
  for (int i = 0; i < 40; ++i) problem.offers.push_back(Offer(i, {Window(ROTATION_DAYS_ALL, 8, 20)}));
  EXPECT_EQ(error::ReasonOf(MakeRotation(problem, Calendar::BuiltIn()).status()), "ROTATION_TOO_LARGE");
}

PlanRotationRequest Request() {
  PlanRotationRequest request;
  request.set_start_day("2023-04-10");
  request.set_end_day("2023-05-10");
  *request.add_offers() = Offer(1, {Window(ROTATION_DAYS_ALL, 9, 11)});
  return request;
}

TEST(RotationRequest, IsRefusedWithEveryViolationAtOnce) {
  EXPECT_TRUE(ProblemOf(Request(), StartOf(kFirst)).ok());
  PlanRotationRequest request = Request();
  request.set_start_day("10 April");
  request.set_end_day("2023-13-01");
  *request.add_offers() = Offer(1, {Window(ROTATION_DAYS_ALL, 11, 9)});
  std::vector<std::string> fields;
  google::rpc::BadRequest violations;
  const google::rpc::Status status = error::ToProto(ProblemOf(request, StartOf(kFirst)).status());
  for (const auto& detail : status.details()) {
    if (detail.Is<google::rpc::BadRequest>()) detail.UnpackTo(&violations);
  }
  for (const auto& violation : violations.field_violations()) fields.push_back(violation.field());
  EXPECT_THAT(fields, ElementsAre("start_day", "end_day", "offers[1].team.code", "offers[1].team.members[0]",
                                  "offers[1].team.members[1]", "offers[1].windows[0].end_minute"));
}

TEST(RotationRequest, SpansAYearAndADayAtMost) {
  PlanRotationRequest request = Request();
  request.set_end_day("2023-04-10");
  EXPECT_FALSE(ProblemOf(request, StartOf(kFirst)).ok());
  request.set_end_day("2024-04-10");  // 366 days: a leap year
  EXPECT_TRUE(ProblemOf(request, StartOf(kFirst)).ok());
  request.set_end_day("2024-04-11");
  EXPECT_FALSE(ProblemOf(request, StartOf(kFirst)).ok());
}

CommitRotationRequest Commit() {
  CommitRotationRequest request;
  request.set_area("340111400001");
  request.set_campaign("ROTATION");
  for (int team = 1; team <= 2; ++team) *request.add_teams() = Offer(team, {}).team();
  for (int i = 0; i < 4; ++i) {
    RotationStall* stall = request.add_stalls();
    stall->set_area(Building(i));
    stall->set_team(absl::StrCat("TEAM_", 1 + i % 2));
    const absl::Time start = StartOf(kFirst + i / 2) + absl::Hours(9);
    *stall->mutable_window()->mutable_start_time() = ToProto(start);
    *stall->mutable_window()->mutable_end_time() = ToProto(start + absl::Hours(2));
  }
  return request;
}

TEST(RotationCommit, PlansTheStallsAsTheyWereAskedFor) {
  const absl::StatusOr<std::vector<Stall>> stalls = StallsOf(Commit(), StartOf(kFirst));
  ASSERT_TRUE(stalls.ok()) << stalls.status();
  ASSERT_THAT(*stalls, SizeIs(4));
  EXPECT_EQ((*stalls)[3].area(), Building(3));
  EXPECT_EQ((*stalls)[3].state(), STALL_STATE_PLANNED);
  EXPECT_EQ((*stalls)[3].campaign(), "ROTATION");
  EXPECT_EQ((*stalls)[3].team(1).person().subject(), "member-2-1");
}

TEST(RotationCommit, RefusesStallsThatContradictEachOther) {
  CommitRotationRequest request = Commit();
  request.mutable_stalls(1)->set_area(Building(0));
  EXPECT_THAT(StallsOf(request, StartOf(kFirst)).status().ToString(),
              HasSubstr("stalls[1]: is on the day of stalls[0]"));
  request = Commit();
  request.mutable_stalls(1)->set_team("TEAM_1");
  EXPECT_THAT(StallsOf(request, StartOf(kFirst)).status().ToString(),
              HasSubstr("stalls[1]: is in conflict with stalls[0]"));
  request = Commit();
  request.mutable_stalls(2)->set_team("TEAM_9");
  EXPECT_THAT(StallsOf(request, StartOf(kFirst)).status().ToString(), HasSubstr("stalls[2].team"));
  request = Commit();
  request.mutable_stalls(2)->set_area("340104400001-SL-01");
  EXPECT_THAT(StallsOf(request, StartOf(kFirst)).status().ToString(), HasSubstr("stalls[2].area"));
  request = Commit();
  *request.mutable_stalls(2)->mutable_window()->mutable_end_time() = request.stalls(2).window().start_time();
  EXPECT_THAT(StallsOf(request, StartOf(kFirst)).status().ToString(), HasSubstr("stalls[2].window"));
  request = Commit();
  *request.mutable_teams(1)->add_members() = request.teams(0).members(0);
  EXPECT_THAT(StallsOf(request, StartOf(kFirst)).status().ToString(), HasSubstr("teams[1].members[2]"));
  request = Commit();
  *request.mutable_stalls(3)->mutable_window()->mutable_start_time() = ToProto(StartOf(kFirst + 367));
  *request.mutable_stalls(3)->mutable_window()->mutable_end_time() =
      ToProto(StartOf(kFirst + 367) + absl::Hours(1));
  EXPECT_FALSE(StallsOf(request, StartOf(kFirst)).ok());
}

TEST(RotationCommit, RefusesStallsThatAreOver) {
  const absl::Time end = StartOf(kFirst) + absl::Hours(11);
  EXPECT_TRUE(StallsOf(Commit(), end - absl::Seconds(1)).ok());
  EXPECT_THAT(StallsOf(Commit(), end).status().ToString(), HasSubstr("stalls[1].window"));
}

TEST(RotationCommit, NamesWhatHasBeenBookedSince) {
  const std::vector<Stall> stalls = *StallsOf(Commit(), StartOf(kFirst));
  EXPECT_TRUE(CheckUpToDate(stalls, {{Building(9), StartOf(kFirst), "stalls/elsewhere"}},
                            {{"stranger", {{{StartOf(kFirst), StartOf(kFirst + 3)}, "stalls/others"}}}})
                  .ok());
  absl::Status status = CheckUpToDate(stalls, {{Building(3), StartOf(kFirst + 1), "stalls/same-day"}}, {});
  EXPECT_EQ(error::ReasonOf(status), "ROTATION_OUTDATED");
  EXPECT_THAT(status.ToString(), HasSubstr("stalls/same-day"));
  // A quarter of an hour after another stall is too soon, and just enough.
  const absl::Time start = StartOf(kFirst) + absl::Hours(9);
  const auto after = [&](absl::Duration gap) {
    return CheckUpToDate(stalls, {},
                         {{"member-1-0", {{{start - absl::Hours(1), start - gap}, "stalls/just-before"}}}});
  };
  EXPECT_THAT(after(absl::Minutes(14)).ToString(), HasSubstr("stalls/just-before"));
  EXPECT_TRUE(after(absl::Minutes(15)).ok());
}

TEST(RotationCoverage, PutsThoseFirstWhoHaveWaitedLongest) {
  const std::vector<std::string> buildings = {Building(0), Building(1), Building(2), Building(3)};
  const std::map<std::string, Visit> last = {
      {Building(0), {Building(0), StartOf(kFirst - 30) + absl::Hours(9), "stalls/0"}},
      {Building(2), {Building(2), StartOf(kFirst - 31) + absl::Hours(23), "stalls/2"}},
      {Building(3), {Building(3), StartOf(kFirst) + absl::Hours(9), "stalls/3"}}};
  const std::map<std::string, Visit> next = {
      {Building(1), {Building(1), StartOf(kFirst + 1), "stalls/next"}}};
  const Coverage coverage = CoverageOf(buildings, last, next, {{Building(2), 7}}, 0, kFirst);
  std::vector<std::string> order;
  for (const BuildingCoverage& building : coverage.buildings()) order.push_back(building.area());
  EXPECT_EQ(order, (std::vector<std::string>{Building(1), Building(2), Building(0), Building(3)}));
  EXPECT_EQ(coverage.overdue(), 2);  // never, and 31 days
  EXPECT_EQ(coverage.buildings(0).waiting_days(), -1);
  EXPECT_EQ(coverage.buildings(0).next_stall(), "stalls/next");
  EXPECT_EQ(coverage.buildings(1).waiting_days(), 31);
  EXPECT_EQ(coverage.buildings(1).opinions_since(), 7);
  EXPECT_TRUE(coverage.buildings(1).overdue());
  EXPECT_FALSE(coverage.buildings(2).overdue());
  EXPECT_EQ(CoverageOf(buildings, last, next, {}, 29, kFirst).overdue(), 3);
}

}  // namespace
}  // namespace firstfloor::opinion::rotation_rules
