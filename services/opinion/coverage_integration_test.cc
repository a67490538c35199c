// How the buildings are covered, on the running service, what that costs, and after which schemas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/db/migrate.h"
#include "common/db/schema/migrations.h"
#include "common/program/house.h"
#include "common/statistics/projection.h"
#include "common/testing/session_status.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/rotation_service.pb.h"
#include "services/opinion/opinion_statistics.h"
#include "services/opinion/rotation_store.h"
#include "services/opinion/stall_fixture.h"

namespace firstfloor::opinion {
namespace {

using calendar::StartOf;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

class StallCoverage : public StallTest {};

TEST_F(StallCoverage, TellsTheLastStallTheNextOneAndTheOpinionsSince) {
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
  const Stall next = Planned(area, at(20, 9), {"holder"}, Then(Staff(), at(9, 16)));
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

TEST_F(StallCoverage, CostsTheBuildingsNotTheStalls) {
  db::Connection connection(suite().mariadb().NewSchema("covered"));
  ASSERT_TRUE(db::Migrate(connection, schema::Migrations()).ok());
  constexpr int kBuildings = 278;
  std::vector<std::string> buildings;
  for (int i = 1; i <= kBuildings; ++i) buildings.push_back(absl::StrCat("340111400001-CJ-", i));
  // A stall in every building once in `days`, for a year until today and a year ahead.
  const auto hold = [&](int days, int first) {
    const absl::Status held = connection.ExecuteText(absl::StrCat(
        "INSERT INTO stall (id, version, area, state, campaign, start_time, body)"
        " WITH RECURSIVE number (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM number WHERE seq < 729)"
        " SELECT UNHEX(LEFT(SHA2(CONCAT(b.seq, '/', d.seq, '/",
        first,
        "'), 256), 32)), 1, CONCAT('340111400001-CJ-', b.seq),"
        " IF(d.seq < 365, 3, 1), '', '2023-01-01 01:00:00' + INTERVAL d.seq DAY, ''"
        " FROM number b, number d WHERE b.seq <= 278 AND d.seq >= ",
        first, " AND (d.seq - ", first, ") % ", days, " = 0"));
    ASSERT_TRUE(held.ok()) << held;
  };
  const RotationStore store(*suite().house("opinion").environment().keyring);
  const absl::Time today = StartOf(absl::CivilDay(2024, 1, 1));
  const auto read = [&] {
    std::map<std::string, absl::CivilDay> since;
    const absl::Status done =
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
    EXPECT_TRUE(done.ok()) << done;
    EXPECT_TRUE(statistics::SumsSince(connection, kReceived, since).ok());
  };
  hold(364, 1);  // one in each of the two years
  const int64_t few = testing::RowsReadBy(connection, read);
  hold(7, 2);
  const int64_t many = testing::RowsReadBy(connection, read);
  const auto stalls = connection.Query("SELECT COUNT(*) FROM stall");
  std::cout << "rows read: " << few << ", with " << stalls->front().Int(0) << " stalls " << many << "\n";
  EXPECT_GT(stalls->front().Int(0), 278 * 100);
  EXPECT_LT(many, 5 * kBuildings);
  EXPECT_LE(many, few + few / 10);
}

TEST_F(StallCoverage, TakesOverASchemaWithStallsInIt) {
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
