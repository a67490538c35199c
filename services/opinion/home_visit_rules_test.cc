#include "services/opinion/home_visit_rules.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"

namespace firstfloor::opinion::visit_rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, calendar::Shanghai(), &time, nullptr));
  return time;
}

const absl::Time kNow = At("2023-03-01 10:00");
const std::set<std::string>& Topics() {
  static const auto* const topics = new std::set<std::string>{"HEALTH", "SAFETY"};
  return *topics;
}
Known Peaceful(absl::Time until = absl::InfinitePast()) {
  return {.refused_until = until, .topics = Topics()};
}

Visitor Going(const std::string& subject, VisitorAge age) {
  Visitor visitor;
  visitor.set_organisation("STEWARD_TEAM");
  visitor.mutable_person()->set_subject(subject);
  visitor.set_age(age);
  return visitor;
}

HomeVisit InState(HomeVisitState state) {
  HomeVisit visit;
  visit.set_name("homeVisits/01900000-0000-7000-8000-000000000001");
  visit.set_area("340111400001-CJ-07");
  visit.mutable_household()->set_door("702");
  *visit.add_visitors() = Going("steward", VISITOR_AGE_ADULT);
  visit.add_topics("HEALTH");
  visit.set_state(state);
  return visit;
}

RecordHomeVisitRequest Outcome(HomeVisitOutcome outcome) {
  RecordHomeVisitRequest request;
  request.set_outcome(outcome);
  return request;
}

std::string ReasonOf(const absl::StatusOr<HomeVisit>& visit) { return error::ReasonOf(visit.status()); }

TEST(HomeVisitStates, EveryMoveIsDoneOrRefusedInEveryState) {
  const std::map<Act, std::function<absl::StatusOr<HomeVisit>(const HomeVisit&)>> functions = {
      {Act::kRecord,
       [](const HomeVisit& visit) {
         return Record(visit, Outcome(HOME_VISIT_OUTCOME_MET), Peaceful(), kNow);
       }},
      {Act::kCancel, [](const HomeVisit& visit) { return Cancel(visit, "ILL", kNow); }},
  };
  const std::set<std::pair<HomeVisitState, HomeVisitState>> design = {
      {HOME_VISIT_STATE_PLANNED, HOME_VISIT_STATE_MADE},
      {HOME_VISIT_STATE_PLANNED, HOME_VISIT_STATE_CANCELLED}};
  std::set<std::pair<HomeVisitState, HomeVisitState>> done;
  for (const auto& [act, function] : functions) {
    for (int number = HomeVisitState_MIN; number <= HomeVisitState_MAX; ++number) {
      const HomeVisit visit = InState(static_cast<HomeVisitState>(number));
      const absl::StatusOr<HomeVisit> moved = function(visit);
      if (moved.ok()) {
        done.emplace(visit.state(), moved->state());
      } else {
        EXPECT_EQ(ReasonOf(moved), "HOME_VISIT_WRONG_STATE");
      }
    }
  }
  EXPECT_EQ(done, design);
}

// ---- who refused is not visited again within 90 days unless they ask ----

TEST(WhoRefused, IsLeftInPeaceToTheEndOfTheNinetiethDay) {
  const HomeVisit made = *Record(InState(HOME_VISIT_STATE_PLANNED), Outcome(HOME_VISIT_OUTCOME_REFUSED),
                                 Peaceful(), At("2023-03-01 23:59"));
  const absl::Time until = FromProto(made.refused_until_time());
  EXPECT_EQ(until, At("2023-05-31 00:00"));
  const HomeVisit next = InState(HOME_VISIT_STATE_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(Plan(next, Peaceful(until), At("2023-05-30 23:59"))), "HOUSEHOLD_REFUSED");
  EXPECT_TRUE(Plan(next, Peaceful(until), At("2023-05-31 00:00")).ok());
}

TEST(WhoRefused, IsVisitedWhenTheyAsk) {
  HomeVisit visit = InState(HOME_VISIT_STATE_UNSPECIFIED);
  visit.set_asked_for(true);
  EXPECT_TRUE(Plan(visit, Peaceful(kNow + absl::Hours(24)), kNow).ok());
}

TEST(WhoRefused, MayBePlannedForLaterAndNotGoneToEarlier) {
  const absl::Time until = kNow + absl::Hours(24);
  HomeVisit visit = InState(HOME_VISIT_STATE_UNSPECIFIED);
  *visit.mutable_plan_time() = ToProto(until);
  const HomeVisit planned = *Plan(visit, Peaceful(until), kNow);
  EXPECT_EQ(ReasonOf(Record(planned, Outcome(HOME_VISIT_OUTCOME_MET), Peaceful(until), kNow)),
            "HOUSEHOLD_REFUSED");
  EXPECT_TRUE(Record(planned, Outcome(HOME_VISIT_OUTCOME_MET), Peaceful(until), until).ok());
}

TEST(WhoRefused, IsSparedWhatElseIsPlannedUnlessTheyAskedForIt) {
  HomeVisit other = InState(HOME_VISIT_STATE_PLANNED);
  const auto after = AfterRefusal(other, kNow);
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->state(), HOME_VISIT_STATE_CANCELLED);
  EXPECT_EQ(after->reason_code(), "HOUSEHOLD_REFUSED");
  other.set_asked_for(true);
  EXPECT_FALSE(AfterRefusal(other, kNow).has_value());
  EXPECT_FALSE(AfterRefusal(InState(HOME_VISIT_STATE_MADE), kNow).has_value());
}

TEST(WhoDidNotAnswer, MayBeVisitedAgain) {
  const HomeVisit made =
      *Record(InState(HOME_VISIT_STATE_PLANNED), Outcome(HOME_VISIT_OUTCOME_NO_ANSWER), Peaceful(), kNow);
  EXPECT_FALSE(made.has_refused_until_time());
}

// ---- nobody under 18 visits alone ----

TEST(NobodyUnder18, VisitsAlone) {
  HomeVisit visit = InState(HOME_VISIT_STATE_UNSPECIFIED);
  visit.clear_visitors();
  *visit.add_visitors() = Going("pioneer", VISITOR_AGE_MINOR);
  EXPECT_EQ(ReasonOf(Plan(visit, Peaceful(), kNow)), "MINORS_ALONE");
  *visit.add_visitors() = Going("another-pioneer", VISITOR_AGE_MINOR);
  EXPECT_EQ(ReasonOf(Plan(visit, Peaceful(), kNow)), "MINORS_ALONE") << "two children are alone too";
  *visit.add_visitors() = Going("steward", VISITOR_AGE_ADULT);
  EXPECT_TRUE(Plan(visit, Peaceful(), kNow).ok());
}

TEST(NobodyUnder18, IsLeftAloneAtTheDoorByAnAdultWhoDidNotCome) {
  const HomeVisit planned = InState(HOME_VISIT_STATE_PLANNED);
  RecordHomeVisitRequest request = Outcome(HOME_VISIT_OUTCOME_MET);
  *request.add_visitors() = Going("pioneer", VISITOR_AGE_MINOR);
  EXPECT_EQ(ReasonOf(Record(planned, request, Peaceful(), kNow)), "MINORS_ALONE");
  *request.add_visitors() = Going("teacher", VISITOR_AGE_ADULT);
  EXPECT_EQ(Record(planned, request, Peaceful(), kNow)->visitors_size(), 2);
}

TEST(Visitors, AreNamedAndOnceEach) {
  HomeVisit visit = InState(HOME_VISIT_STATE_UNSPECIFIED);
  *visit.add_visitors() = Going("steward", VISITOR_AGE_ADULT);
  EXPECT_EQ(ReasonOf(Plan(visit, Peaceful(), kNow)), "INVALID_FIELD");
  *visit.mutable_visitors(1) = Going("", VISITOR_AGE_ADULT);
  EXPECT_EQ(ReasonOf(Plan(visit, Peaceful(), kNow)), "INVALID_FIELD");
}

// ---- households ----

std::string KeyOf(const std::string& area, const std::string& door) {
  HomeVisit visit;
  visit.set_area(area);
  visit.mutable_household()->set_door(door);
  return DoorKey(visit);
}

TEST(Households, AreKnownAgainHoweverTheirDoorIsWritten) {
  const std::string door = KeyOf("340111400001-CJ-07", "1-702");
  for (const char* same : {"1单元702室", "1 - 702", "1-0702", "１－７０２", "1#702", "01单元 702"}) {
    EXPECT_EQ(KeyOf("340111400001-CJ-07", same), door) << same;
  }
  EXPECT_EQ(KeyOf("340111400001-CJ-07-1", "702"), door);
  EXPECT_EQ(KeyOf("340111400001-CJ-07", "a座702"), KeyOf("340111400001-CJ-07", "A702"));
}

TEST(Households, BehindOtherDoorsAreOthers) {
  std::set<std::string> keys;
  for (const auto& [area, door] : std::map<std::string, std::string>{{"340111400001-CJ-07", "1-702"},
                                                                     {"340111400001-CJ-07-1", "703"},
                                                                     {"340111400001-CJ-07-2", "702"},
                                                                     {"340111400001-CJ-08", "1-702"}}) {
    keys.insert(KeyOf(area, door));
  }
  EXPECT_EQ(keys.size(), 4u);
  EXPECT_NE(KeyOf("340111400001-CJ-07", "17-02"), KeyOf("340111400001-CJ-07", "1-702"));
  EXPECT_NE(KeyOf("340111400001-CJ-07", "3楼东户"), KeyOf("340111400001-CJ-07", "3楼西户"));
  EXPECT_NE(KeyOf("340111400001-CJ-07", "100"), KeyOf("340111400001-CJ-07", "10"));
}

TEST(Households, HaveADoorInABuilding) {
  HomeVisit nowhere = InState(HOME_VISIT_STATE_UNSPECIFIED);
  nowhere.set_area("340111400001-CJ");
  EXPECT_EQ(ReasonOf(Plan(nowhere, Peaceful(), kNow)), "INVALID_FIELD");
  HomeVisit no_door = InState(HOME_VISIT_STATE_UNSPECIFIED);
  no_door.mutable_household()->set_door("室 - 0");
  EXPECT_EQ(ReasonOf(Plan(no_door, Peaceful(), kNow)), "INVALID_FIELD");
}

// ---- topics, opinions ----

TEST(Topics, AreThoseThatAreSet) {
  HomeVisit visit = InState(HOME_VISIT_STATE_UNSPECIFIED);
  visit.add_topics("WEATHER");
  EXPECT_EQ(ReasonOf(Plan(visit, Peaceful(), kNow)), "INVALID_FIELD");
  RecordHomeVisitRequest request = Outcome(HOME_VISIT_OUTCOME_MET);
  request.add_topics("WEATHER");
  EXPECT_EQ(ReasonOf(Record(InState(HOME_VISIT_STATE_PLANNED), request, Peaceful(), kNow)), "INVALID_FIELD");
  request.set_topics(0, "SAFETY");
  EXPECT_EQ(Record(InState(HOME_VISIT_STATE_PLANNED), request, Peaceful(), kNow)->topics(0), "SAFETY");
}

TEST(Opinions, AreTakenAtVisitsWhereSomebodySpoke) {
  EXPECT_TRUE(TakesOpinions(InState(HOME_VISIT_STATE_PLANNED)));
  EXPECT_FALSE(TakesOpinions(InState(HOME_VISIT_STATE_CANCELLED)));
  HomeVisit made = InState(HOME_VISIT_STATE_MADE);
  for (const auto& [outcome, takes] : std::map<HomeVisitOutcome, bool>{{HOME_VISIT_OUTCOME_MET, true},
                                                                       {HOME_VISIT_OUTCOME_NO_ANSWER, false},
                                                                       {HOME_VISIT_OUTCOME_REFUSED, false}}) {
    made.set_outcome(outcome);
    EXPECT_EQ(TakesOpinions(made), takes);
  }
}

}  // namespace
}  // namespace firstfloor::opinion::visit_rules
