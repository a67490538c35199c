// What holds for the turns of every rotation, how good they are, and how fast.
#include "services/opinion/rotation_turns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace firstfloor::opinion::rotation_rules {
namespace {

class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  int Between(int least, int most) {
    return least + static_cast<int>(random_() % static_cast<unsigned>(most - least + 1));
  }

 private:
  std::mt19937 random_;
};

TurnsProblem AnyProblem(Chance& chance, int most_buildings, int most_days, bool with_booked) {
  TurnsProblem problem;
  const int buildings = chance.Between(1, most_buildings);
  const int days = chance.Between(1, most_days);
  for (int day = 0; day < days; ++day) problem.capacity.push_back(chance.Between(0, 3));
  for (int i = 0; i < buildings; ++i) {
    problem.last.push_back(-chance.Between(1, 9));
    std::set<int> booked;
    for (int k = chance.Between(0, 3); with_booked && k > 1; --k) booked.insert(chance.Between(0, days - 1));
    problem.booked.emplace_back(booked.begin(), booked.end());
  }
  problem.least_visits = chance.Between(0, 3);
  return problem;
}

// The shortest longest wait that any plan has: all subsets of buildings, day by day.
int BestByTrying(const TurnsProblem& problem, TurnsByDay& turns) {
  const size_t day = turns.size();
  if (day == problem.capacity.size()) return LongestWait(problem, turns);
  int best = 1'000'000;
  for (unsigned chosen = 0; chosen < 1u << problem.last.size(); ++chosen) {
    std::vector<int> of_day;
    for (size_t i = 0; i < problem.last.size(); ++i) {
      if ((chosen >> i & 1u) != 0) of_day.push_back(static_cast<int>(i));
    }
    if (static_cast<int>(of_day.size()) > problem.capacity[day]) continue;
    turns.push_back(of_day);
    best = std::min(best, BestByTrying(problem, turns));
    turns.pop_back();
  }
  return best;
}

TEST(RotationTurns, LetNobodyWaitLongerThanTheBestOfAllPlansWould) {
  Chance chance(1);
  for (int round = 0; round < 300; ++round) {
    const TurnsProblem problem = AnyProblem(chance, 4, 5, false);
    TurnsByDay none;
    EXPECT_EQ(LongestWait(problem, Turns(problem)), BestByTrying(problem, none)) << round;
  }
}

TEST(RotationTurns, StayWithinADayOfTheBestOfAllPlansWhereStallsAreBooked) {
  Chance chance(5);
  int worse = 0;
  for (int round = 0; round < 2000; ++round) {
    TurnsProblem problem = AnyProblem(chance, 4, 5, true);
    problem.least_visits = 0;
    TurnsByDay none;
    const int more = LongestWait(problem, Turns(problem)) - BestByTrying(problem, none);
    EXPECT_LE(more, 1) << round;
    worse += more > 0 ? 1 : 0;
  }
  EXPECT_LE(worse, 4);
}

TEST(RotationTurns, KeepToTheDaysAndGoOnceADay) {
  Chance chance(2);
  for (int round = 0; round < 500; ++round) {
    const TurnsProblem problem = AnyProblem(chance, 30, 40, true);
    const TurnsByDay turns = Turns(problem);
    ASSERT_EQ(turns.size(), problem.capacity.size());
    for (size_t day = 0; day < turns.size(); ++day) {
      EXPECT_LE(static_cast<int>(turns[day].size()), problem.capacity[day]);
      std::set<int> once(turns[day].begin(), turns[day].end());
      EXPECT_EQ(once.size(), turns[day].size());
      for (const int i : turns[day]) {
        const std::vector<int>& booked = problem.booked[static_cast<size_t>(i)];
        EXPECT_EQ(std::count(booked.begin(), booked.end(), static_cast<int>(day)), 0);
      }
    }
    EXPECT_EQ(Turns(problem), turns);
  }
}

TEST(RotationTurns, SpreadTheVisitsAndReachTheLeastNumberWhereThatCanBe) {
  Chance chance(3);
  for (int round = 0; round < 500; ++round) {
    const TurnsProblem problem = AnyProblem(chance, 20, 40, false);
    const int buildings = static_cast<int>(problem.last.size());
    int room = 0;
    for (const int capacity : problem.capacity) room += std::min(capacity, buildings);
    const std::vector<int> visits = VisitsOf(problem, Turns(problem));
    const auto [least, most] = std::minmax_element(visits.begin(), visits.end());
    EXPECT_LE(*most - *least, 1) << round;
    EXPECT_EQ(*least, room / buildings) << round;
  }
}

TEST(RotationTurns, LetABuildingGiveWayWhoseBookedStallComesSoon) {
  TurnsProblem problem;
  problem.capacity = {1, 1, 1, 1};
  problem.last = {-3, -2, -1};
  problem.booked = {{1}, {}, {}};
  EXPECT_EQ(Turns(problem)[0], std::vector<int>{0});  // three days are longer than the rhythm
  problem.last = {-1, -1, -1};
  EXPECT_EQ(Turns(problem)[0], std::vector<int>{1});
}

TEST(RotationTurns, GoToThoseWhoWouldFallShortBeforeThoseWhoHaveWaitedLonger) {
  TurnsProblem problem;
  problem.capacity = {1, 0, 0};
  problem.last = {-100, -1};
  problem.booked = {{2}, {}};
  EXPECT_EQ(Turns(problem)[0], std::vector<int>{0});
  problem.least_visits = 1;  // which the other has without this day
  EXPECT_EQ(Turns(problem)[0], std::vector<int>{1});
}

int64_t SumOfSquares(const std::vector<std::vector<int>>& shares, size_t teams) {
  std::vector<int64_t> loads(teams, 0);
  for (const std::vector<int>& of_day : shares) {
    for (size_t team = 0; team < teams; ++team) loads[team] += of_day[team];
  }
  return std::inner_product(loads.begin(), loads.end(), loads.begin(), int64_t{0});
}

int64_t FairestByTrying(const std::vector<std::vector<int>>& offered, const std::vector<int>& wanted,
                        std::vector<int>& loads, size_t day, size_t team, int left) {
  if (day == offered.size()) return std::inner_product(loads.begin(), loads.end(), loads.begin(), int64_t{0});
  if (team == loads.size()) {
    if (left > 0) return INT64_MAX;
    const int next = day + 1 < wanted.size() ? wanted[day + 1] : 0;
    return FairestByTrying(offered, wanted, loads, day + 1, 0, next);
  }
  int64_t best = INT64_MAX;
  for (int takes = 0; takes <= std::min(left, offered[day][team]); ++takes) {
    loads[team] += takes;
    best = std::min(best, FairestByTrying(offered, wanted, loads, day, team + 1, left - takes));
    loads[team] -= takes;
  }
  return best;
}

TEST(RotationTurns, ShareAsEquallyAsTheBestOfAllSharesWould) {
  Chance chance(4);
  for (int round = 0; round < 300; ++round) {
    const size_t teams = static_cast<size_t>(chance.Between(1, 3));
    std::vector<std::vector<int>> offered;
    std::vector<int> wanted;
    for (int day = chance.Between(1, 4); day > 0; --day) {
      offered.emplace_back();
      for (size_t team = 0; team < teams; ++team) offered.back().push_back(chance.Between(0, 2));
      wanted.push_back(chance.Between(0, std::accumulate(offered.back().begin(), offered.back().end(), 0)));
    }
    const std::vector<std::vector<int>> shares = Shares(offered, wanted);
    for (size_t day = 0; day < offered.size(); ++day) {
      EXPECT_EQ(std::accumulate(shares[day].begin(), shares[day].end(), 0), wanted[day]);
      for (size_t team = 0; team < teams; ++team) EXPECT_LE(shares[day][team], offered[day][team]);
    }
    std::vector<int> loads(teams, 0);
    EXPECT_EQ(SumOfSquares(shares, teams), FairestByTrying(offered, wanted, loads, 0, 0, wanted[0])) << round;
  }
}

TEST(RotationTurns, TakeLittleTimeForAWholeCommunity) {
  TurnsProblem problem;
  problem.capacity.assign(90, 10);
  problem.last.assign(278, -366);
  problem.booked.resize(278);
  problem.least_visits = 3;
  const absl::Time start = absl::Now();
  const TurnsByDay turns = Turns(problem);
  Shares(std::vector<std::vector<int>>(90, std::vector<int>(10, 2)), std::vector<int>(90, 10));
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  const std::vector<int> visits = VisitsOf(problem, turns);
  EXPECT_EQ(*std::min_element(visits.begin(), visits.end()), 3);
}

}  // namespace
}  // namespace firstfloor::opinion::rotation_rules
