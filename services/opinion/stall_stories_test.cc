// Stalls on the running service, with whoever sits at them and what is said there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"
#include "services/opinion/opinion_changes.h"
#include "services/opinion/opinion_fixture.h"
#include "services/opinion/opinion_flows.h"
#include "services/opinion/opinion_store.h"
#include "services/opinion/stall_store.h"

namespace firstfloor::opinion {
namespace {

using calendar::ToProto;
using error::ReasonOf;
using testing::As;
using testing::RequestId;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

TEST_F(OpinionStories, NobodySitsAtTwoOpenStalls) {
  const absl::Time now = absl::Now();
  for (int round = 0; round < 10; ++round) {
    std::vector<Stall> stalls;
    for (int i = 0; i < 3; ++i) {
      stalls.push_back(PlannedStall(now, {absl::StrCat("alone", i), "shared"}, Steward()));
    }
    std::atomic<int> open{0};
    std::atomic<int> refused{0};
    std::vector<std::thread> threads;
    for (const Stall& stall : stalls) {
      threads.emplace_back([&, name = stall.name()] {
        const auto opened = DoStall("OpenStall", name, OpenStallRequest(), Steward());
        if (opened.ok()) ++open;
        if (ReasonOf(opened.status()) == "MEMBER_AT_ANOTHER_STALL") ++refused;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(open, 1);
    EXPECT_EQ(refused, 2);
    // Whoever sits somewhere is free when it ends.
    CloseStallRequest close;
    close.set_visitors(3);
    int closed = 0;
    for (const Stall& stall : stalls) closed += DoStall("CloseStall", stall.name(), close, Steward()).ok();
    EXPECT_EQ(closed, 1);
  }
}

TEST_F(OpinionStories, AnOpenStallTakesOpinionsAndKeepsTheSheetOfItsDay) {
  const absl::Time start = absl::Now();
  As member = Resident("member");
  member.role = api::v1::ROLE_VOLUNTEER;
  const Stall stall = PlannedStall(start, {"member"}, Steward());
  EXPECT_EQ(stall.team(0).person().display_name(), "王*");
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_STALL);
  request.mutable_opinion()->set_stall(stall.name());
  const auto submit = [&] {
    request.set_request_id(RequestId());
    return Ask<SubmitOpinionResponse>("OpinionService.SubmitOpinion", request, Steward());
  };
  EXPECT_EQ(ReasonOf(submit().status()), "STALL_NOT_OPEN");
  // The team opens its table itself; others of the building do not.
  As stranger = member;
  stranger.subject = "stranger";
  EXPECT_EQ(ReasonOf(DoStall("OpenStall", stall.name(), OpenStallRequest(), stranger).status()), "DENIED");
  ASSERT_TRUE(DoStall("OpenStall", stall.name(), OpenStallRequest(), member).ok());
  const auto first = submit();
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(submit().ok());
  AnswerOpinionRequest answer;
  answer.set_answer("当场解释清楚");
  ASSERT_TRUE(Do("AnswerOpinion", first->opinion().name(), answer, Steward()).ok());
  CloseStallRequest close;
  EXPECT_TRUE(absl::IsInvalidArgument(DoStall("CloseStall", stall.name(), close, member).status()));
  close.set_visitors(23);
  ASSERT_TRUE(DoStall("CloseStall", stall.name(), close, member).ok());
  EXPECT_EQ(ReasonOf(submit().status()), "STALL_NOT_OPEN");

  // What the peers tell of the same table.
  StallStore stalls(suite().house("opinion"));
  OpinionStore opinions(suite().house("opinion"));
  FindingStore extracts(suite().house("opinion"));
  OpinionChanges changes(suite().house("opinion"), opinions, extracts);
  db::Connection connection(suite().database("opinion"));
  const auto apply = [&](const events::Effect& effect, const events::v1::Event& event) {
    ASSERT_TRUE(effect.concerns(event));
    const absl::Status applied = db::RunInTransaction(
        connection, absl::InfiniteFuture(), [&](db::Transaction& tx) { return effect.apply(tx, event, ""); });
    EXPECT_TRUE(applied.ok()) << applied;
  };
  events::v1::Event taught;
  taught.set_stall(stall.name());
  (*taught.mutable_outreach()->mutable_session_completed()->mutable_heads())["MASSES"] = 15;
  (*taught.mutable_outreach()->mutable_session_completed()->mutable_heads())["CADRE"] = 2;
  const events::Effect outreach =
      OutreachEffect(*suite().house("opinion").environment().peers, changes, stalls);
  apply(outreach, taught);
  events::v1::Event late;
  late.set_stall(stall.name());
  (*late.mutable_outreach()->mutable_participants_added()->mutable_heads())[""] = 3;
  apply(outreach, late);
  events::v1::Event reconciled;
  reconciled.set_stall(stall.name());
  reconciled.mutable_deliberation()->mutable_case_closed()->set_way("MEDIATION");
  apply(DeliberationEffect(opinions, changes, stalls), reconciled);
  events::v1::Event done;
  done.set_stall(stall.name());
  done.mutable_volunteer()->set_to("DONE");
  done.mutable_volunteer()->mutable_activity_moved();
  apply(VolunteerEffect(stalls), done);

  GetStallDayRequest day;
  day.set_name(stall.name());
  const auto sheet =
      Ask<StallDay>("StallService.GetStallDay", day, Strong(Resident("anybody", "340111400001-CJ-09")));
  ASSERT_TRUE(sheet.ok()) << sheet.status();
  EXPECT_EQ(sheet->opinions_taken(), 2);
  EXPECT_EQ(sheet->matters_settled(), 2);
  EXPECT_EQ(sheet->heads_taught(), 20);
  EXPECT_EQ(sheet->services_given(), 1);
  EXPECT_EQ(sheet->visitors(), 23);
}

TEST_F(OpinionStories, AForgottenStallClosesItself) {
  const std::string area = "340104400001-SL-02";
  const As staff = Staff("340104400");
  const absl::Time start = At("2023-06-01 18:00");
  const Stall stall = PlannedStall(start, {"forgetful"}, Then(staff, At("2023-05-30 09:00")), area);
  ASSERT_TRUE(DoStall("OpenStall", stall.name(), OpenStallRequest(), Then(staff, start)).ok());
  EXPECT_EQ(Advance(area, start + absl::Minutes(149)), 0);
  EXPECT_EQ(Advance(area, start + absl::Minutes(150)), 1);
  GetStallRequest get;
  get.set_name(stall.name());
  const auto closed = Ask<Stall>("StallService.GetStall", get, staff);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->state(), STALL_STATE_ABNORMAL);
  GetOpinionStatisticsRequest request;
  request.set_area(area);
  request.set_start_day("2023-06-01");
  request.set_end_day("2023-06-02");
  request.set_group_by(OPINION_DIMENSION_CAMPAIGN);
  std::map<std::string, int64_t> figures;
  const auto answer =
      Must<GetOpinionStatisticsResponse>("StatisticsService.GetOpinionStatistics", request, Strong(staff));
  for (const type::v1::Figure& figure : answer.figures()) {
    const auto campaign = figure.dimensions().find("campaign");
    const bool of_all = campaign == figure.dimensions().end();
    figures[of_all ? figure.key() : absl::StrCat(figure.key(), " ", campaign->second)] = figure.value();
  }
  EXPECT_EQ(figures["stalls.held"], 1);
  EXPECT_EQ(figures["stalls.held THURSDAY_TALK"], 1);
}

TEST_F(OpinionStories, AStallThatNobodyOpensIsMissedAndItsTeamFree) {
  const std::string area = "340104400001-SL-03";
  const As staff = Staff("340104400");
  const absl::Time start = At("2023-06-01 18:00");
  const Stall stall = PlannedStall(start, {"absent"}, Then(staff, At("2023-05-30 09:00")), area);
  const auto bookings = [&] {
    const std::string id = absl::StrReplaceAll(stall.name(), {{"stalls/", ""}, {"-", ""}});
    return Count(absl::StrCat("SELECT COUNT(*) FROM stall_booking WHERE HEX(stall) = UPPER('", id, "')"));
  };
  EXPECT_EQ(bookings(), 1);
  EXPECT_EQ(Advance(area, start + absl::Minutes(149)), 0);
  EXPECT_EQ(Advance(area, start + absl::Minutes(150)), 1);
  GetStallRequest get;
  get.set_name(stall.name());
  EXPECT_EQ(Must<Stall>("StallService.GetStall", get, staff).state(), STALL_STATE_MISSED);
  EXPECT_EQ(bookings(), 0);
  EXPECT_EQ(
      ReasonOf(DoStall("OpenStall", stall.name(), OpenStallRequest(), Then(staff, start + absl::Hours(3)))
                   .status()),
      "STALL_WRONG_STATE");
  GetOpinionStatisticsRequest request;
  request.set_area(area);
  request.set_start_day("2023-06-01");
  request.set_end_day("2023-06-02");
  std::map<std::string, int64_t> figures;
  const auto answer =
      Must<GetOpinionStatisticsResponse>("StatisticsService.GetOpinionStatistics", request, Strong(staff));
  for (const type::v1::Figure& figure : answer.figures()) figures[figure.key()] = figure.value();
  EXPECT_EQ(figures["stalls.missed"], 1);
  EXPECT_EQ(figures["stalls.held"], 0);
}

TEST_F(OpinionStories, AnOpenStallTakesNothingFromAnotherCommunity) {
  const Stall stall = PlannedStall(absl::Now(), {"at-home"}, Steward());
  ASSERT_TRUE(DoStall("OpenStall", stall.name(), OpenStallRequest(), Steward()).ok());
  const std::string far = "340104400001-SL-01";
  SubmitOpinionRequest request = Submission(far);
  request.mutable_opinion()->set_stall(stall.name());
  EXPECT_EQ(ReasonOf(Submit(request, Resident("stranger", far)).status()), "STALL_NOT_OPEN");
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_STALL);
  EXPECT_EQ(ReasonOf(Submit(request, Steward(far)).status()), "STALL_NOT_OPEN");
  // Who lives around the corner comes to the same table.
  request = Submission("340111400001-CJ-09");
  request.mutable_opinion()->set_stall(stall.name());
  Submitted(request, Resident("around-the-corner", "340111400001-CJ-09"));
  GetStallDayRequest day;
  day.set_name(stall.name());
  EXPECT_EQ(Must<StallDay>("StallService.GetStallDay", day, Strong(Steward())).opinions_taken(), 1);
}

TEST_F(OpinionStories, AStallThatItRainsOnMoves) {
  const Stall stall = PlannedStall(absl::Now(), {"wet"}, Steward());
  ASSERT_TRUE(DoStall("OpenStall", stall.name(), OpenStallRequest(), Steward()).ok());
  MoveStallRequest move;
  move.set_reason_code("RAIN");
  *move.mutable_window()->mutable_start_time() = ToProto(absl::Now());
  *move.mutable_window()->mutable_end_time() = ToProto(absl::Now() + absl::Hours(1));
  const auto replacement = DoStall("MoveStall", stall.name(), move, Steward());
  ASSERT_TRUE(replacement.ok()) << replacement.status();
  EXPECT_EQ(replacement->replaces(), stall.name());
  // The team is free for the replacement.
  EXPECT_TRUE(DoStall("OpenStall", replacement->name(), OpenStallRequest(), Steward()).ok());
  ListStallsRequest list;
  list.set_area(kBuilding);
  list.add_states(STALL_STATE_MOVED);
  const auto moved = Ask<ListStallsResponse>("StallService.ListStalls", list, Resident("anybody"));
  ASSERT_TRUE(moved.ok()) << moved.status();
  ASSERT_EQ(moved->stalls_size(), 1);
  EXPECT_EQ(moved->stalls(0).replacement(), replacement->name());
}

}  // namespace
}  // namespace firstfloor::opinion
