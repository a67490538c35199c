#include "services/opinion/stall_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"

namespace firstfloor::opinion::stall_rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

const absl::Time kStart = absl::FromUnixSeconds(1'680'000'000);
const absl::Time kEnd = kStart + absl::Hours(2);

Stall InState(StallState state) {
  Stall stall;
  stall.set_name("stalls/01900000-0000-7000-8000-000000000001");
  stall.set_area("340111400001-CJ-07");
  *stall.mutable_window()->mutable_start_time() = ToProto(kStart);
  *stall.mutable_window()->mutable_end_time() = ToProto(kEnd);
  TeamMember* member = stall.add_team();
  member->set_organisation("STEWARD_TEAM");
  member->mutable_person()->set_subject("steward");
  stall.set_campaign("THURSDAY_TALK");
  stall.set_state(state);
  return stall;
}

MoveStallRequest Rain() {
  MoveStallRequest request;
  request.set_reason_code("RAIN");
  *request.mutable_window()->mutable_start_time() = ToProto(kStart + absl::Hours(24));
  *request.mutable_window()->mutable_end_time() = ToProto(kEnd + absl::Hours(24));
  return request;
}

std::string ReasonOf(const absl::Status& status) { return error::ReasonOf(status); }

TEST(StallStates, EveryMoveIsDoneOrRefusedInEveryState) {
  const std::map<Act, std::function<absl::StatusOr<Stall>(const Stall&)>> functions = {
      {Act::kOpen, [](const Stall& s) { return Open(s, "", false, kStart); }},
      {Act::kClose, [](const Stall& s) { return Close(s, 12, "", kEnd); }},
      {Act::kCloseItself, [](const Stall& s) { return CloseItself(s, kEnd); }},
      {Act::kCancel, [](const Stall& s) { return Cancel(s, "RAIN", kStart); }},
      {Act::kMove,
       [](const Stall& s) -> absl::StatusOr<Stall> {
         absl::StatusOr<Moved> moved = MoveTo(s, Rain(), "stalls/2", kStart);
         if (!moved.ok()) return moved.status();
         return moved->stall;
       }},
  };
  const std::set<std::pair<StallState, StallState>> design = {
      {STALL_STATE_PLANNED, STALL_STATE_OPEN},  {STALL_STATE_PLANNED, STALL_STATE_CANCELLED},
      {STALL_STATE_PLANNED, STALL_STATE_MOVED}, {STALL_STATE_OPEN, STALL_STATE_CLOSED},
      {STALL_STATE_OPEN, STALL_STATE_ABNORMAL}, {STALL_STATE_OPEN, STALL_STATE_CANCELLED},
      {STALL_STATE_OPEN, STALL_STATE_MOVED},    {STALL_STATE_PLANNED, STALL_STATE_MISSED},
  };
  std::set<std::pair<StallState, StallState>> done;
  for (const auto& [act, function] : functions) {
    for (int number = StallState_MIN; number <= StallState_MAX; ++number) {
      const Stall stall = InState(static_cast<StallState>(number));
      const absl::StatusOr<Stall> moved = function(stall);
      if (moved.ok()) {
        done.emplace(stall.state(), moved->state());
      } else {
        EXPECT_EQ(ReasonOf(moved.status()), "STALL_WRONG_STATE");
      }
    }
  }
  EXPECT_EQ(done, design);
}

TEST(Planning, WantsAWindowAndEverybodyOnce) {
  Stall stall = InState(STALL_STATE_UNSPECIFIED);
  EXPECT_EQ(Plan(stall)->state(), STALL_STATE_PLANNED);
  *stall.add_team() = stall.team(0);
  EXPECT_EQ(ReasonOf(Plan(stall).status()), "INVALID_FIELD");
  Stall backwards = InState(STALL_STATE_UNSPECIFIED);
  *backwards.mutable_window()->mutable_end_time() = ToProto(kStart);
  EXPECT_EQ(ReasonOf(Plan(backwards).status()), "INVALID_FIELD");
}

TEST(Planning, IsOfALobbyOrACompound) {
  Stall stall = InState(STALL_STATE_UNSPECIFIED);
  for (const char* place : {"340111400001-CJ", "340111400001-CJ-07", "340111400001-CJ-07-1"}) {
    stall.set_area(place);
    EXPECT_TRUE(Plan(stall).ok()) << place;
  }
  for (const char* wider : {"340111400001", "340111400", "340111"}) {
    stall.set_area(wider);
    EXPECT_EQ(ReasonOf(Plan(stall).status()), "INVALID_FIELD") << wider;
    MoveStallRequest request = Rain();
    request.set_area(wider);
    EXPECT_EQ(ReasonOf(MoveTo(InState(STALL_STATE_OPEN), request, "stalls/2", kStart).status()),
              "INVALID_FIELD");
  }
}

TEST(AnOpenStall, TakesWhatIsAboutItsCommunity) {
  const Stall stall = InState(STALL_STATE_OPEN);
  EXPECT_TRUE(TakesFrom(stall, "340111400001-CJ-07"));
  EXPECT_TRUE(TakesFrom(stall, "340111400002-HY-01"));
  EXPECT_TRUE(TakesFrom(stall, "340111400"));
  EXPECT_FALSE(TakesFrom(stall, "340111"));
  EXPECT_FALSE(TakesFrom(stall, "340104400001-SL-01"));
  EXPECT_FALSE(TakesFrom(InState(STALL_STATE_PLANNED), "340111400001-CJ-07"));
}

TEST(Opening, ElsewhereIsFlaggedAndNeverBlocked) {
  const Stall stall = InState(STALL_STATE_PLANNED);
  EXPECT_FALSE(Open(stall, "", false, kStart)->elsewhere());
  EXPECT_FALSE(Open(stall, "340111400001-CJ-07", false, kStart)->elsewhere());
  EXPECT_TRUE(Open(stall, "340111400001-CJ-08", false, kStart)->elsewhere());
  EXPECT_TRUE(Open(stall, "340111400001-CJ", false, kStart)->elsewhere());
  EXPECT_TRUE(Open(stall, "", true, kStart)->elsewhere());
}

TEST(Opening, IsTooLateWhenItWouldCloseItself) {
  const Stall stall = InState(STALL_STATE_PLANNED);
  EXPECT_TRUE(Open(stall, "", false, SelfCloseTime(stall) - absl::Seconds(1)).ok());
  EXPECT_EQ(ReasonOf(Open(stall, "", false, SelfCloseTime(stall)).status()), "STALL_WINDOW_OVER");
}

TEST(Closing, WithoutVisitorsWantsANote) {
  const Stall stall = InState(STALL_STATE_OPEN);
  EXPECT_EQ(ReasonOf(Close(stall, 0, "", kEnd).status()), "INVALID_FIELD");
  EXPECT_EQ(Close(stall, 0, "下雨，无人", kEnd)->visitors(), 0);
  EXPECT_EQ(Close(stall, 31, "", kEnd)->visitors(), 31);
}

TEST(ClosingItself, ComesHalfAnHourAfterTheWindow) {
  EXPECT_EQ(SelfCloseTime(InState(STALL_STATE_OPEN)), kEnd + absl::Minutes(30));
  EXPECT_EQ(CloseItself(InState(STALL_STATE_OPEN), kEnd)->state(), STALL_STATE_ABNORMAL);
  EXPECT_EQ(CloseItself(InState(STALL_STATE_PLANNED), kEnd)->state(), STALL_STATE_MISSED);
}

TEST(MovingAStall, PlansItsReplacement) {
  MoveStallRequest request = Rain();
  request.set_area("340111400001-CJ-08");
  const absl::StatusOr<Moved> moved = MoveTo(InState(STALL_STATE_OPEN), request, "stalls/2", kStart);
  ASSERT_TRUE(moved.ok());
  EXPECT_EQ(moved->stall.replacement(), "stalls/2");
  EXPECT_EQ(moved->stall.reason_code(), "RAIN");
  EXPECT_EQ(moved->replacement.replaces(), moved->stall.name());
  EXPECT_EQ(moved->replacement.area(), "340111400001-CJ-08");
  EXPECT_EQ(moved->replacement.state(), STALL_STATE_PLANNED);
  EXPECT_EQ(moved->replacement.team_size(), 1);
  EXPECT_EQ(moved->replacement.campaign(), "THURSDAY_TALK");
}

}  // namespace
}  // namespace firstfloor::opinion::stall_rules
