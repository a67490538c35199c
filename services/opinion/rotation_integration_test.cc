// Rotations on the running service: planned, committed by several at once, covered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/area/registry.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/db/migrate.h"
#include "common/db/schema/migrations.h"
#include "common/error/error.h"
#include "common/program/house.h"
#include "common/statistics/projection.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/rotation_service.pb.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"
#include "services/opinion/opinion_statistics.h"
#include "services/opinion/rotation_store.h"
#include "services/opinion/stall_fixture.h"

namespace firstfloor::opinion {
namespace {

using calendar::FromProto;
using calendar::StartOf;
using calendar::ToProto;
using testing::As;
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
    const db::Value user[] = {suite().database("opinion").user};
    // Less and less often, so that sooner or later a commit gets through between two blows.
    for (absl::Duration rest = absl::Milliseconds(20); !stop; rest += absl::Milliseconds(8)) {
      const auto rows =
          root.Query("SELECT CAST(ID AS CHAR) FROM information_schema.PROCESSLIST WHERE USER = ?",
                     absl::MakeConstSpan(user));
      for (const db::Row& row : *rows)
        killed += root.ExecuteText("KILL CONNECTION " + row.Text(0)).ok() ? 1 : 0;
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

// ---- coverage ----

TEST_F(Rotation, CoverageTellsTheLastStallTheNextOneAndTheOpinionsSince) {
  const std::string area = "340111400001-CJ-13";
  const auto at = [](int day, int hour) { return StartOf(absl::CivilDay(2023, 3, day)) + absl::Hours(hour); };
  const auto hold = [&](int day) {
    PlanStallRequest plan;
    Stall& draft = *plan.mutable_stall();
    draft.set_area(area);
    *draft.mutable_window()->mutable_start_time() = ToProto(at(day, 9));
    *draft.mutable_window()->mutable_end_time() = ToProto(at(day, 11));
    TeamMember* member = draft.add_team();
    member->set_organisation("STEWARD_TEAM");
    member->mutable_person()->set_subject("holder");
    const Stall stall = Must<Stall>("StallService.PlanStall", plan, Then(Staff(), at(1, 8)));
    OpenStallRequest open;
    open.set_name(stall.name());
    Must<Stall>("StallService.OpenStall", open, Then(Staff(), at(day, 9)));
    CloseStallRequest close;
    close.set_name(stall.name());
    close.set_visitors(9);
    return Must<Stall>("StallService.CloseStall", close, Then(Staff(), at(day, 11)));
  };
  const auto say = [&](int day) {
    SubmitOpinionRequest request;
    Opinion& opinion = *request.mutable_opinion();
    opinion.set_area(area);
    opinion.set_channel(OPINION_CHANNEL_STEWARD_DESK);
    opinion.set_kind(OPINION_KIND_PROBLEM);
    opinion.set_category("SAFETY.FIRE");
    opinion.set_text("楼道里的灯不亮");
    opinion.mutable_reporter()->set_display_name("某居民");
    Must<SubmitOpinionResponse>("OpinionService.SubmitOpinion", request, Then(Staff(), at(day, 15)));
  };
  const auto covered = [&](int day) {
    GetCoverageRequest request;
    request.set_area(area);
    return Must<Coverage>("RotationService.GetCoverage", request, Strong(Then(Staff(), at(day, 12))))
        .buildings(0);
  };
  EXPECT_EQ(covered(2).waiting_days(), -1);
  EXPECT_TRUE(covered(2).overdue());
  say(3);
  EXPECT_EQ(covered(4).opinions_since(), 1);
  const Stall held = hold(6);
  EXPECT_EQ(covered(6).last_stall(), held.name());
  EXPECT_EQ(covered(6).waiting_days(), 0);
  EXPECT_EQ(covered(6).opinions_since(), 0);
  say(7);
  say(9);
  const Stall next = Planned(area, at(20, 9), {"holder"});
  EXPECT_EQ(covered(10).opinions_since(), 2);
  EXPECT_EQ(covered(10).waiting_days(), 4);
  EXPECT_EQ(covered(10).next_stall(), next.name());
  EXPECT_FALSE(covered(10).overdue());
  // A stall that was cancelled is neither the next nor the last.
  CancelStallRequest cancel;
  cancel.set_name(next.name());
  cancel.set_reason_code("RAIN");
  Must<Stall>("StallService.CancelStall", cancel, Staff());
  EXPECT_NE(covered(11).next_stall(), next.name());
  EXPECT_EQ(covered(11).last_stall(), held.name());
}

// How many rows this session has looked at so far.
int64_t RowsRead(db::Connection& connection) {
  const auto rows = connection.Query(
      "SELECT CAST(SUM(variable_value) AS SIGNED) FROM information_schema.session_status"
      " WHERE variable_name LIKE 'Handler_read%'");
  EXPECT_TRUE(rows.ok()) << rows.status();
  return rows->front().Int(0);
}

TEST_F(Rotation, CoverageCostsTheBuildingsNotTheStalls) {
  db::Connection connection(suite().mariadb().NewSchema("covered"));
  ASSERT_TRUE(db::Migrate(connection, schema::Migrations()).ok());
  constexpr int kBuildings = 278;
  std::vector<std::string> buildings;
  for (int i = 1; i <= kBuildings; ++i) buildings.push_back(absl::StrCat("340111400001-CJ-", i));
  // A stall in every building once in `days`, for a year until today and a year ahead.
  const auto hold = [&](int days, int first) {
    const absl::Status held = connection.ExecuteText(
        absl::StrCat("INSERT INTO stall (id, version, area, state, campaign, start_time, body)"
                     " SELECT UNHEX(MD5(CONCAT(b.seq, '/', d.seq, '/",
                     first,
                     "'))), 1, CONCAT('340111400001-CJ-', b.seq),"
                     " IF(d.seq < 365, 3, 1), '', '2023-01-01 01:00:00' + INTERVAL d.seq DAY, ''"
                     " FROM seq_1_to_278 b, seq_",
                     first, "_to_729_step_", days, " d"));
    ASSERT_TRUE(held.ok()) << held;
  };
  const RotationStore store(*suite().house("opinion").environment().keyring);
  const absl::Time today = StartOf(absl::CivilDay(2024, 1, 1));
  const auto cost = [&] {
    const int64_t before = RowsRead(connection);
    const int64_t counting = RowsRead(connection) - before;
    std::map<std::string, absl::CivilDay> since;
    const absl::Status read =
        db::RunInTransaction(connection, absl::InfiniteFuture(), [&](db::Transaction& tx) {
          const auto last = store.LastHeld(tx, buildings, today);
          if (!last.ok()) return last.status();
          EXPECT_EQ(last->size(), kBuildings);
          for (const auto& [building, visit] : *last) since[building] = calendar::DayOf(visit.start) + 1;
          const auto next = store.NextPlanned(tx, buildings, today);
          if (!next.ok()) return next.status();
          EXPECT_EQ(next->size(), kBuildings);
          return absl::OkStatus();
        });
    EXPECT_TRUE(read.ok()) << read;
    EXPECT_TRUE(statistics::SumsSince(connection, kReceived, since).ok());
    return RowsRead(connection) - before - 2 * counting;
  };
  hold(364, 1);  // one in each of the two years
  const int64_t few = cost();
  hold(7, 2);
  const int64_t many = cost();
  const auto stalls = connection.Query("SELECT COUNT(*) FROM stall");
  std::cout << "rows read: " << few << ", with " << stalls->front().Int(0) << " stalls " << many << "\n";
  EXPECT_GT(stalls->front().Int(0), 278 * 100);
  EXPECT_LT(many, 5 * kBuildings);
  EXPECT_LE(many, few + few / 10);
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
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  while (PlanOf(wishes).stalls_size() == 2 && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(50));
  EXPECT_THAT(PlanOf(wishes).stalls(), SizeIs(1));
}

TEST_F(Rotation, TakesOverASchemaWithStallsInIt) {
  const absl::Span<const db::Migration> all = schema::Migrations();
  for (size_t earlier = 1; earlier <= 2; ++earlier) {
    SCOPED_TRACE(earlier);
    db::Connection connection(suite().mariadb().NewSchema(absl::StrCat("opinion_", earlier)));
    ASSERT_TRUE(db::Migrate(connection, all.subspan(0, earlier)).ok());
    for (int state = 1; state <= 6; ++state) {
      std::string id(16, 's');
      id.back() = static_cast<char>('0' + state);
      const db::Value values[] = {id, absl::StrCat("340111400001-CJ-0", state, "-2"), state};
      ASSERT_TRUE(connection
                      .Execute("INSERT INTO stall (id, version, area, state, campaign, start_time, body)"
                               " VALUES (?, 1, ?, ?, '', '2023-05-01 01:00:00', '')",
                               absl::MakeConstSpan(values))
                      .ok());
    }
    ASSERT_TRUE(db::Migrate(connection, all).ok());
    const auto rows = connection.Query("SELECT building, IFNULL(held, -1) FROM stall ORDER BY state");
    ASSERT_TRUE(rows.ok()) << rows.status();
    std::vector<std::pair<std::string, int64_t>> found;
    for (const db::Row& row : *rows) found.emplace_back(row.Text(0).substr(13), row.Int(1));
    EXPECT_EQ(found,
              (std::vector<std::pair<std::string, int64_t>>{
                  {"CJ-01", 0}, {"CJ-02", 1}, {"CJ-03", 1}, {"CJ-04", 1}, {"CJ-05", -1}, {"CJ-06", -1}}));
    const auto timers = connection.Query("SELECT subject FROM timer WHERE kind = 'BOOK' ORDER BY subject");
    ASSERT_TRUE(timers.ok()) << timers.status();
    ASSERT_EQ(timers->size(), 2u);
    EXPECT_EQ(timers->front().Text(0), "stalls/73737373-7373-7373-7373-737373737331");
  }
}

}  // namespace
}  // namespace firstfloor::opinion
