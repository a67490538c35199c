// Rotations on the running service: planned, committed by several at once, covered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/testing/breaking.h"
#include "common/testing/eventually.h"
#include "firstfloor/opinion/v1/rotation_service.pb.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"
#include "services/opinion/stall_fixture.h"

namespace firstfloor::opinion {
namespace {

using calendar::FromProto;
using calendar::StartOf;
using calendar::ToProto;
using testing::As;
using testing::KillConnections;
using testing::RequestId;
using ::testing::SizeIs;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kCompound[] = "340111400001-CJ";

class Rotation : public StallTest {
 protected:
  // Every test has a month of its own, in which nothing is planned yet.
  absl::CivilDay first_day() const {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    static auto* const months = new std::map<std::string, int>;
    const int month = months->try_emplace(test->name(), static_cast<int>(months->size())).first->second;
    return absl::CivilDay(absl::CivilMonth(2041, 1) + month);
  }

  PlanRotationRequest Wishes(int teams, int days) const {
    PlanRotationRequest request;
    request.set_request_id(RequestId());
    request.set_area(kCompound);
    request.set_start_day(absl::FormatCivilTime(first_day()));
    request.set_end_day(absl::FormatCivilTime(first_day() + days));
    for (int i = 0; i < teams; ++i) {
      RotationOffer* offer = request.add_offers();
      offer->mutable_team()->set_code(absl::StrCat("TEAM_", i));
      for (int j = 0; j < 2; ++j) {
        TeamMember* member = offer->mutable_team()->add_members();
        member->set_organisation("STEWARD_TEAM");
        member->mutable_person()->set_subject(absl::StrCat("steward-", i, "-", j));
      }
      RotationWindow* window = offer->add_windows();
      window->set_days(ROTATION_DAYS_ALL);
      window->set_start_minute(9 * 60);
      window->set_end_minute(11 * 60);
    }
    return request;
  }

  static RotationPlan PlanOf(const PlanRotationRequest& wishes) {
    return Must<RotationPlan>("RotationService.PlanRotation", wishes, Staff("340111400"));
  }

  static CommitRotationRequest CommitOf(const PlanRotationRequest& wishes, const RotationPlan& plan) {
    CommitRotationRequest request;
    request.set_request_id(RequestId());
    request.set_area(wishes.area());
    request.set_campaign("ROTATION");
    for (const RotationOffer& offer : wishes.offers()) *request.add_teams() = offer.team();
    *request.mutable_stalls() = plan.stalls();
    return request;
  }

  static absl::StatusOr<CommitRotationResponse> Commit(const CommitRotationRequest& request) {
    return Ask<CommitRotationResponse>("RotationService.CommitRotation", request, Staff());
  }

  int64_t StallsOfTheMonth() const {
    return Count(absl::StrCat("SELECT COUNT(*) FROM stall WHERE start_time >= '",
                              absl::FormatCivilTime(first_day()), "' - INTERVAL 1 DAY AND start_time < '",
                              absl::FormatCivilTime(first_day()), "' + INTERVAL 27 DAY"));
  }
};

// The stalls that a commit was refused for.
std::string StallsNamedBy(const absl::Status& status) {
  const google::rpc::Status proto = error::ToProto(status);
  google::rpc::ErrorInfo info;
  for (const auto& detail : proto.details()) {
    if (detail.Is<google::rpc::ErrorInfo>()) detail.UnpackTo(&info);
  }
  const auto named = info.metadata().find("stalls");
  return named == info.metadata().end() ? "" : named->second;
}

TEST_F(Rotation, PlansABuildingAfterTheOtherAndBooksAllOfThem) {
  const PlanRotationRequest wishes = Wishes(3, 20);
  const RotationPlan plan = PlanOf(wishes);
  ASSERT_THAT(plan.stalls(), SizeIs(60));
  EXPECT_EQ(StallsOfTheMonth(), 0) << "planning books nothing";
  EXPECT_EQ(PlanOf(wishes).SerializeAsString(), plan.SerializeAsString());
  const CommitRotationRequest request = CommitOf(wishes, plan);
  const auto committed = Commit(request);
  ASSERT_TRUE(committed.ok()) << committed.status();
  ASSERT_THAT(committed->stalls(), SizeIs(60));
  GetStallRequest get;
  get.set_name(committed->stalls(59));
  const Stall stall = Must<Stall>("StallService.GetStall", get, Staff());
  EXPECT_EQ(stall.state(), STALL_STATE_PLANNED);
  EXPECT_EQ(stall.area(), plan.stalls(59).area());
  EXPECT_EQ(stall.campaign(), "ROTATION");
  EXPECT_EQ(stall.team_size(), 2);
  const auto events = EventsOf(stall.name());
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_TRUE(events[0].opinion().has_stall_planned());

  // Sent again, the same; with another id, it has been booked.
  EXPECT_EQ(Commit(request)->SerializeAsString(), committed->SerializeAsString());
  CommitRotationRequest again = request;
  again.set_request_id(RequestId());
  const absl::Status refused = Commit(again).status();
  EXPECT_EQ(error::ReasonOf(refused), "ROTATION_OUTDATED");
  EXPECT_EQ(StallsOfTheMonth(), 60);

  // What is booked counts: the same teams have no time left.
  EXPECT_THAT(PlanOf(Wishes(3, 20)).stalls(), SizeIs(0));
}

TEST_F(Rotation, IsCommittedOnceByManyAtOnce) {
  for (int round = 0; round < 5; ++round) {
    PlanRotationRequest wishes = Wishes(2, 3);
    wishes.set_start_day(absl::FormatCivilTime(first_day() + round * 3));
    wishes.set_end_day(absl::FormatCivilTime(first_day() + round * 3 + 3));
    const RotationPlan plan = PlanOf(wishes);
    ASSERT_THAT(plan.stalls(), SizeIs(6));
    std::atomic<int> committed{0};
    std::atomic<int> outdated{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, request = CommitOf(wishes, plan)]() mutable {
        request.set_request_id(RequestId());
        const auto result = Commit(request);
        committed += result.ok() ? 1 : 0;
        outdated += error::ReasonOf(result.status()) == "ROTATION_OUTDATED" ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(committed, 1);
    EXPECT_EQ(outdated, 5);
    EXPECT_EQ(StallsOfTheMonth(), 6 * (round + 1));
  }
}

TEST_F(Rotation, SeatsNobodyTwiceAlsoWhereTwoPlansShareOnlyAPerson) {
  PlanRotationRequest here = Wishes(1, 1);
  PlanRotationRequest there = Wishes(2, 1);
  there.mutable_offers()->DeleteSubrange(0, 1);
  *there.mutable_offers(0)->mutable_team()->add_members() = here.offers(0).team().members(1);
  const RotationPlan plan_here = PlanOf(here);
  RotationPlan plan_there = PlanOf(there);
  ASSERT_THAT(plan_here.stalls(), SizeIs(1));
  ASSERT_THAT(plan_there.stalls(), SizeIs(1));
  plan_there.mutable_stalls(0)->set_area("340111400001-CJ-10");
  ASSERT_NE(plan_here.stalls(0).area(), plan_there.stalls(0).area());
  std::vector<absl::Status> results(2);
  std::thread one([&] { results[0] = Commit(CommitOf(here, plan_here)).status(); });
  std::thread two([&] { results[1] = Commit(CommitOf(there, plan_there)).status(); });
  one.join();
  two.join();
  EXPECT_NE(results[0].ok(), results[1].ok());
  EXPECT_EQ(error::ReasonOf(results[results[0].ok() ? 1 : 0]), "ROTATION_OUTDATED");
  EXPECT_EQ(StallsOfTheMonth(), 1);
}

TEST_F(Rotation, BooksNothingIfOneStallCannotBe) {
  const PlanRotationRequest wishes = Wishes(2, 10);
  const RotationPlan plan = PlanOf(wishes);
  const RotationStall& last = plan.stalls(19);
  // Somebody of the team has promised to sit elsewhere then, in another community.
  const Stall elsewhere =
      Planned("340111400001-CJ-01", FromProto(last.window().start_time()) + absl::Hours(1),
              {absl::StrCat("steward-", last.team().substr(5), "-1")});
  absl::Status refused = Commit(CommitOf(wishes, plan)).status();
  EXPECT_EQ(error::ReasonOf(refused), "ROTATION_OUTDATED");
  EXPECT_EQ(StallsNamedBy(refused), elsewhere.name());
  EXPECT_EQ(StallsOfTheMonth(), 1);
  // It is called off: they are free again.
  CancelStallRequest cancel;
  cancel.set_name(elsewhere.name());
  cancel.set_reason_code("RAIN");
  Must<Stall>("StallService.CancelStall", cancel, Staff());
  EXPECT_TRUE(Commit(CommitOf(wishes, plan)).ok());
  EXPECT_EQ(StallsOfTheMonth(), 21);
}

TEST_F(Rotation, BooksTheLargestPlanThereIs) {
  PlanRotationRequest wishes = Wishes(50, 25);
  wishes.set_area("340111400");
  wishes.set_most_stalls_a_day(80);
  wishes.set_stall_minutes(45);
  const RotationPlan plan = PlanOf(wishes);
  ASSERT_THAT(plan.stalls(), SizeIs(2000));
  CommitRotationRequest request = CommitOf(wishes, plan);
  As staff = Staff("340111400");
  const absl::Time start = absl::Now();
  const auto committed = Ask<CommitRotationResponse>("RotationService.CommitRotation", request, staff);
  std::cout << "2,000 stalls committed in " << absl::Now() - start << "\n";
  ASSERT_TRUE(committed.ok()) << committed.status();
  EXPECT_EQ(StallsOfTheMonth(), 2000);
}

// Connections die under the commit until it is acknowledged: then all of it is there, once; before, nothing.
TEST_F(Rotation, BooksAllOrNothingWhereConnectionsDie) {
  PlanRotationRequest wishes = Wishes(20, 20);
  wishes.set_area("340111400");
  const RotationPlan plan = PlanOf(wishes);
  ASSERT_THAT(plan.stalls(), SizeIs(400));
  CommitRotationRequest request = CommitOf(wishes, plan);
  std::atomic<bool> stop = false;
  std::atomic<int> killed = 0;
  std::thread killer([&] {
    db::Connection root(suite().mariadb().Root());
    const std::string user = suite().database("opinion").user;
    // Less and less often, so that sooner or later a commit gets through between two blows.
    for (absl::Duration rest = absl::Milliseconds(20); !stop; rest += absl::Milliseconds(8)) {
      killed += KillConnections(root, user);
      absl::SleepFor(rest);
    }
  });
  absl::StatusOr<CommitRotationResponse> committed;
  int attempts = 0;
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  do {
    committed = Ask<CommitRotationResponse>("RotationService.CommitRotation", request, Staff("340111400"));
    EXPECT_NE(error::ReasonOf(committed.status()), "ROTATION_OUTDATED") << "some of it had been booked";
    ++attempts;
  } while (!committed.ok() && absl::Now() < give_up);
  stop = true;
  killer.join();
  ASSERT_TRUE(committed.ok()) << committed.status();
  std::cout << "acknowledged at attempt " << attempts << ", " << killed << " connections killed\n";
  EXPECT_GT(killed, 5);
  EXPECT_GT(attempts, 1);
  EXPECT_EQ(StallsOfTheMonth(), 400);
  const auto again =
      Ask<CommitRotationResponse>("RotationService.CommitRotation", request, Staff("340111400"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), committed->SerializeAsString());
  EXPECT_EQ(StallsOfTheMonth(), 400);
}

TEST_F(Rotation, OfAWholeCommunityIsAnsweredInUnderTwoSeconds) {
  PlanRotationRequest wishes = Wishes(10, 90);
  wishes.set_area("340111400");
  wishes.set_start_day("2051-01-01");
  wishes.set_end_day("2051-04-01");
  const absl::Time start = absl::Now();
  const RotationPlan plan = PlanOf(wishes);
  const absl::Duration time = absl::Now() - start;
  std::cout << plan.stalls_size() << " stalls planned by a call in " << time << ", "
            << absl::FDivDuration(time, absl::Seconds(2)) << " of the limit\n";
  EXPECT_EQ(plan.stalls_size(), 900);
  EXPECT_LT(time, absl::Seconds(2));
}

// Inside or outside is kept, and no track of where.
TEST_F(Rotation, KeepsOnlyThatAStallWasOpenedElsewhere) {
  const std::string elsewhere = "340104400001-SL-03";
  const Stall planned = Planned("340111400001-CJ-11", absl::Now(), {"wanderer"});
  OpenStallRequest open;
  open.set_name(planned.name());
  open.set_area(elsewhere);
  EXPECT_TRUE(Must<Stall>("StallService.OpenStall", open, Staff()).elsewhere());
  ASSERT_THAT(EventsOf(planned.name()), SizeIs(2));
  for (const char* where : {"stall WHERE CONCAT(area, body)", "event_log WHERE CONCAT(subject, body)",
                            "request_log WHERE reply"}) {
    EXPECT_EQ(Count(absl::StrCat("SELECT COUNT(*) FROM ", where, " LIKE '%", elsewhere, "%'")), 0) << where;
  }
}

TEST_F(Rotation, IsRefusedToWhoHasNoSayInTheArea) {
  const As resident = {.role = api::v1::ROLE_RESIDENT, .area = kCommunity, .subject = "resident"};
  EXPECT_EQ(
      error::ReasonOf(Ask<RotationPlan>("RotationService.PlanRotation", Wishes(1, 1), resident).status()),
      "DENIED");
  EXPECT_EQ(error::ReasonOf(
                Ask<RotationPlan>("RotationService.PlanRotation", Wishes(1, 1), Staff("340104400")).status()),
            "DENIED");
}

// ---- what an earlier release left ----

TEST_F(Rotation, KnowsWhomTheStallsOfTheReleaseBeforeKeepBusy) {
  // As that release did: a row without bookings; the migration leaves a timer for each.
  const PlanRotationRequest wishes = Wishes(1, 2);
  const absl::Time start = StartOf(first_day()) + absl::Hours(9);
  const Stall stall = Planned("340111400001-CJ-02", start, {"steward-0-0"});
  db::Connection connection(suite().database("opinion"));
  ASSERT_TRUE(connection.ExecuteText("DELETE FROM stall_booking").ok());
  const RotationPlan free = PlanOf(wishes);
  ASSERT_THAT(free.stalls(), SizeIs(2));
  const db::Value timer[] = {stall.name(), stall.area()};
  ASSERT_TRUE(connection
                  .Execute("INSERT INTO timer (subject, kind, area, due_time, back_dated)"
                           " VALUES (?, 'BOOK', ?, UTC_TIMESTAMP(6), 0)",
                           absl::MakeConstSpan(timer))
                  .ok());
  EXPECT_TRUE(testing::Eventually([&] { return PlanOf(wishes).stalls_size() == 1; }));
}

}  // namespace
}  // namespace firstfloor::opinion
