// What holds for every plan, whatever is asked for; and how good it is, and how fast.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "gtest/gtest.h"
#include "services/outreach/plan_rules.h"
#include "services/outreach/venue_rules.h"

namespace firstfloor::outreach::rules {
namespace {

using calendar::FromProto;

constexpr absl::Duration kTravel = absl::Minutes(15);

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

// ---- what holds for any plan ----

class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  int Between(int least, int most) {
    return least + static_cast<int>(random_() % static_cast<unsigned>(most - least + 1));
  }

 private:
  std::mt19937 random_;
};

void BookAtRandom(Chance& chance, PlanProblem& problem, const std::string& place, int most) {
  for (int i = chance.Between(0, most); i > 0; --i) {
    const int days = static_cast<int>(problem.wishes.end_day - problem.wishes.first_day);
    const absl::Time from = At(problem.wishes.first_day + chance.Between(0, days - 1), chance.Between(8, 20),
                               chance.Between(0, 59));
    problem.booked[place].push_back({from, from + absl::Minutes(chance.Between(30, 150))});
  }
}

PlanProblem AnyProblem(unsigned seed) {
  Chance chance(seed);
  PlanProblem problem;
  problem.wishes.first_day =
      seed % 2 == 0 ? absl::CivilDay(2023, 1, 14) : absl::CivilDay(2023, 9, 23);  // before the holidays
  problem.wishes.first_day += chance.Between(0, 9);
  problem.wishes.end_day = problem.wishes.first_day + chance.Between(1, 14);
  problem.wishes.length = absl::Minutes(chance.Between(3, 8) * 15);
  problem.wishes.not_before = At(problem.wishes.first_day, chance.Between(0, 20));
  problem.most_heads = chance.Between(10, 40);
  for (int i = chance.Between(1, 40); i > 0; --i) {
    problem.groups.push_back(Group(Building(chance.Between(1, 9)), chance.Between(1, 90)));
  }
  for (int i = chance.Between(1, 6); i > 0; --i) {
    const bool in_building = chance.Between(0, 2) > 0;
    problem.venues.push_back(
        Venue(i, in_building ? Building(chance.Between(1, 9)) : "340111400001-CJ", chance.Between(5, 50)));
    if (chance.Between(0, 3) == 0) {
      v1::OpenDay* day = problem.venues.back().add_open_days();
      day->set_weekday(static_cast<v1::Weekday>(chance.Between(1, 7)));
      v1::OpenSpan* span = day->add_spans();
      span->set_start_minute(chance.Between(0, 18) * 60);
      span->set_end_minute(span->start_minute() + 300);
    }
    BookAtRandom(chance, problem, problem.venues.back().name(), 3);
  }
  for (int i = chance.Between(1, 4); i > 0; --i) {
    problem.lecturers.push_back(absl::StrCat("lecturers/", i));
    BookAtRandom(chance, problem, problem.lecturers.back(), 3);
  }
  return problem;
}

bool InAWindow(absl::Time start, absl::Time end) {
  const absl::CivilDay day = calendar::DayOf(start);
  if (Days().IsWorkday(day)) return start >= At(day, 18, 30) && end <= At(day, 20, 30);
  return (start >= At(day, 9) && end <= At(day, 12)) || (start >= At(day, 14) && end <= At(day, 20, 30));
}

void ExpectNobodyTwice(const PlanProblem& problem, const v1::Plan& plan) {
  std::map<std::string, std::vector<Occupation>> taken = problem.booked;
  for (const v1::PlannedSession& session : plan.sessions()) {
    const absl::Time from = FromProto(session.window().start_time());
    const absl::Time to = FromProto(session.window().end_time());
    for (const std::string& place : {session.venue(), session.lecturer()}) {
      for (const Occupation& other : taken[place]) {
        EXPECT_TRUE(other.to + kTravel <= from || other.from >= to + kTravel) << place;
      }
      taken[place].push_back({from, to});
    }
  }
}

// The parts of a plan, placed or not, by group.
struct PartSeen {
  std::string area;
  int heads = 0;
  int parts = 0;
};
std::map<int, std::map<int, PartSeen>> PartsIn(const v1::Plan& plan) {
  std::map<int, std::map<int, PartSeen>> groups;
  const auto add = [&](const auto& place) {
    const PartSeen seen = {place.group().area(), place.group().heads(), place.parts()};
    EXPECT_TRUE(groups[place.group_number()].emplace(place.part(), seen).second) << "a part twice";
  };
  for (const v1::PlannedSession& session : plan.sessions()) add(session);
  for (const v1::UnplacedGroup& unplaced : plan.unplaced()) {
    EXPECT_NE(unplaced.reason(), v1::UNPLACED_REASON_UNSPECIFIED);
    add(unplaced);
  }
  return groups;
}

bool IsFree(const std::vector<Occupation>& taken, const Slot& slot) {
  return std::none_of(taken.begin(), taken.end(), [&](const Occupation& other) {
    return other.from < slot.end + kTravel && other.to > slot.start - kTravel;
  });
}

// What the largest venue holds that is open and free at some time; if none ever is, the largest of all.
int LargestSession(PlanProblem problem) {
  int largest = 0;
  int largest_to_be_had = 0;
  const std::vector<Slot> slots = SlotsOf(problem.wishes, Days());
  for (const v1::Venue& venue : problem.venues) {
    largest = std::max(largest, venue.capacity());
    for (const Slot& slot : slots) {
      if (IsOpen(venue, slot.start, slot.end) && IsFree(problem.booked[venue.name()], slot)) {
        largest_to_be_had = std::max(largest_to_be_had, venue.capacity());
      }
    }
  }
  return std::min(problem.most_heads, largest_to_be_had > 0 ? largest_to_be_had : largest);
}

// Each part once; together they are the group; as few as can be, and none larger than another by more than
// one.
void ExpectEveryPartOnce(const PlanProblem& problem, const v1::Plan& plan) {
  const int largest = LargestSession(problem);
  int64_t placed = 0;
  for (const v1::PlannedSession& session : plan.sessions()) placed += session.group().heads();
  EXPECT_EQ(placed, plan.placed_heads());
  const auto groups = PartsIn(plan);
  ASSERT_EQ(groups.size(), problem.groups.size());
  for (const auto& [number, parts] : groups) {
    const v1::PlanGroup& group = problem.groups.at(static_cast<size_t>(number - 1));
    int heads = 0;
    int least = INT32_MAX;
    int most = 0;
    for (const auto& [part, seen] : parts) {
      EXPECT_EQ(seen.area, group.area());
      EXPECT_EQ(seen.parts, static_cast<int>(parts.size()));
      EXPECT_GE(part, 1);
      EXPECT_LE(part, seen.parts);
      heads += seen.heads;
      least = std::min(least, seen.heads);
      most = std::max(most, seen.heads);
    }
    EXPECT_EQ(heads, group.heads());
    EXPECT_LE(most, largest);
    EXPECT_LE(most - least, 1);
    EXPECT_GT(group.heads(), (static_cast<int>(parts.size()) - 1) * largest);  // one fewer would not do
  }
}

TEST(PlanRules, EveryPlanKeepsWhatIsHard) {
  int sessions = 0;
  int unplaced = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    const PlanProblem problem = AnyProblem(seed);
    const v1::Plan plan = Made(problem);
    ExpectEveryPartOnce(problem, plan);
    ExpectNobodyTwice(problem, plan);
    std::map<std::string, v1::Venue> venues;
    for (const v1::Venue& venue : problem.venues) venues[venue.name()] = venue;
    for (const v1::PlannedSession& session : plan.sessions()) {
      const absl::Time from = FromProto(session.window().start_time());
      const absl::Time to = FromProto(session.window().end_time());
      EXPECT_EQ(to - from, problem.wishes.length);
      EXPECT_TRUE(InAWindow(from, to)) << from;
      EXPECT_GE(from, problem.wishes.not_before);
      EXPECT_GE(calendar::DayOf(from), problem.wishes.first_day);
      EXPECT_LT(calendar::DayOf(from), problem.wishes.end_day);
      const v1::Venue& venue = venues.at(session.venue());
      EXPECT_TRUE(IsOpen(venue, from, to));
      EXPECT_LE(session.group().heads(), session.capacity());
      EXPECT_LE(session.capacity(), std::min(venue.capacity(), problem.most_heads));
      EXPECT_TRUE(area::Covers(session.area(), session.group().area()));
      EXPECT_TRUE(area::Covers(session.area(), venue.area()) || area::Covers(venue.area(), session.area()));
    }
    EXPECT_EQ(Made(problem).SerializeAsString(), plan.SerializeAsString());
    sessions += plan.sessions_size();
    unplaced += plan.unplaced_size();
  }
  EXPECT_GT(sessions, 1000);
  EXPECT_GT(unplaced, 1000);
}

TEST(PlanRules, LecturersWhoAreNotBookedHaveEqualLoads) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    PlanProblem problem = AnyProblem(seed);
    for (const std::string& lecturer : problem.lecturers) problem.booked.erase(lecturer);
    std::map<std::string, int> loads;
    for (const std::string& lecturer : problem.lecturers) loads[lecturer] = 0;
    const v1::Plan plan = Made(problem);
    for (const v1::PlannedSession& session : plan.sessions()) ++loads[session.lecturer()];
    int least = INT32_MAX;
    int most = 0;
    for (const auto& [lecturer, load] : loads) {
      least = std::min(least, load);
      most = std::max(most, load);
    }
    EXPECT_LE(most - least, 1) << seed;
  }
}

// ---- against trying everything ----

struct Best {
  int parts = 0;
  int heads = 0;
};

class Everything {
 public:
  explicit Everything(const PlanProblem& problem)
      : problem_(problem), slots_(SlotsOf(problem.wishes, Days())), taken_(problem.booked) {
    const int largest = LargestSession(problem);
    for (const v1::PlanGroup& group : problem.groups) {
      const int parts = (group.heads() + largest - 1) / largest;
      for (int part = 0; part < parts; ++part) {
        parts_.push_back((group.heads() + part) / parts);  // the heads, as evenly as they go
      }
    }
  }
  size_t slots() const { return slots_.size(); }
  size_t parts() const { return parts_.size(); }
  Best Try() {
    From(0, {});
    return best_;
  }

 private:
  void From(size_t part, Best so_far) {
    if (part == parts_.size()) {
      const bool better =
          so_far.parts > best_.parts || (so_far.parts == best_.parts && so_far.heads > best_.heads);
      if (better) best_ = so_far;
      return;
    }
    From(part + 1, so_far);
    const int heads = parts_[part];
    for (const Slot& slot : slots_) {
      for (const v1::Venue& venue : problem_.venues) {
        const bool holds_it = venue.capacity() >= heads && IsOpen(venue, slot.start, slot.end);
        if (!holds_it || !IsFree(taken_[venue.name()], slot)) continue;
        for (const std::string& lecturer : problem_.lecturers) {
          if (!IsFree(taken_[lecturer], slot)) continue;
          taken_[venue.name()].push_back({slot.start, slot.end});
          taken_[lecturer].push_back({slot.start, slot.end});
          From(part + 1, {so_far.parts + 1, so_far.heads + heads});
          taken_[venue.name()].pop_back();
          taken_[lecturer].pop_back();
        }
      }
    }
  }

  const PlanProblem& problem_;
  const std::vector<Slot> slots_;
  std::vector<int> parts_;  // their heads
  std::map<std::string, std::vector<Occupation>> taken_;
  Best best_;
};

TEST(PlanRules, NothingBetterIsFoundByTryingEverything) {
  int tried = 0;
  int split = 0;
  for (unsigned seed = 0; seed < 4000 && tried < 200; ++seed) {
    PlanProblem problem = AnyProblem(seed);
    if (problem.groups.size() > 4) problem.groups.resize(4);
    if (problem.venues.size() > 2) problem.venues.resize(2);
    if (problem.lecturers.size() > 2) problem.lecturers.resize(2);
    problem.wishes.end_day = problem.wishes.first_day + 2;
    Everything everything(problem);
    if (everything.slots() < 1 || everything.slots() > 3 || everything.parts() > 6) continue;
    ++tried;
    split += everything.parts() > problem.groups.size();
    const Best best = everything.Try();
    const v1::Plan plan = Made(problem);
    EXPECT_EQ(plan.sessions_size(), best.parts) << seed;
    EXPECT_EQ(plan.placed_heads(), best.heads) << seed;
  }
  EXPECT_GE(tried, 100);
  EXPECT_GE(split, 50);
}

// ---- size ----

TEST(PlanRules, AThousandGroupsArePlannedInTime) {
  Chance chance(1);
  PlanProblem problem;
  problem.wishes.first_day = absl::CivilDay(2023, 9, 20);
  problem.wishes.end_day = absl::CivilDay(2023, 10, 20);
  problem.wishes.length = absl::Hours(1);
  problem.most_heads = 40;
  for (int i = 0; i < 1000; ++i) {
    problem.groups.push_back(
        Group(absl::StrCat("340111400001-C", i % 20, "-", i % 30), chance.Between(5, 40)));
  }
  for (int i = 0; i < 100; ++i) {
    problem.venues.push_back(
        Venue(i, absl::StrCat("340111400001-C", i % 20, "-", i % 30), chance.Between(10, 60)));
    BookAtRandom(chance, problem, problem.venues.back().name(), 20);
  }
  for (int i = 0; i < 30; ++i) {
    problem.lecturers.push_back(absl::StrCat("lecturers/", i));
    BookAtRandom(chance, problem, problem.lecturers.back(), 20);
  }
  // Room for all, and for a few.
  for (const int days : {30, 4}) {
    problem.wishes.end_day = problem.wishes.first_day + days;
    const absl::Time start = absl::Now();
    const v1::Plan plan = Made(problem);
    EXPECT_LT(absl::Now() - start, absl::Seconds(2)) << days;
    EXPECT_GT(plan.sessions_size(), 3 * days);
    EXPECT_EQ(plan.sessions_size() + plan.unplaced_size(), 1000);
  }
}

}  // namespace
}  // namespace firstfloor::outreach::rules
