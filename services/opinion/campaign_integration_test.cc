// Campaigns on the running service: their stalls are made ahead, once each, whatever happens to the programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/program/house.h"
#include "common/testing/eventually.h"
#include "firstfloor/opinion/v1/campaign_service.pb.h"
#include "services/opinion/campaign_changes.h"
#include "services/opinion/campaign_store.h"
#include "services/opinion/stall_changes.h"
#include "services/opinion/stall_fixture.h"
#include "services/opinion/stall_store.h"

namespace firstfloor::opinion {
namespace {

using calendar::DayOf;
using calendar::FromProto;
using calendar::StartOf;
using testing::As;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::RequestId;
using ::testing::SizeIs;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

class Campaigns : public StallTest {
 protected:
  static CreateCampaignRequest Draft(const std::string& area, const std::string& code,
                                     const std::string& rule, absl::CivilDay first) {
    CreateCampaignRequest request;
    request.set_request_id(RequestId());
    Campaign& campaign = *request.mutable_campaign();
    campaign.set_area(area);
    campaign.set_code(code);
    campaign.set_kind(CAMPAIGN_KIND_RECEPTION);
    campaign.set_display_name("相约星期四 大家来说事");
    campaign.mutable_schedule()->set_rule(rule);
    campaign.mutable_schedule()->set_first_day(absl::FormatCivilTime(first));
    campaign.mutable_schedule()->set_start_minute(9 * 60);
    campaign.mutable_schedule()->set_end_minute(11 * 60);
    TeamMember* member = campaign.add_hosts()->add_members();
    member->set_organisation("STEWARD_TEAM");
    member->mutable_person()->set_subject("host");
    member->mutable_person()->set_display_name("王某某");
    return request;
  }

  template <typename Request>
  static absl::StatusOr<Campaign> Do(const std::string& method, const std::string& name, Request request,
                                     const As& as) {
    request.set_name(name);
    request.set_request_id(RequestId());
    return Ask<Campaign>(absl::StrCat("CampaignService.", method), request, as);
  }

  static Campaign Current(const std::string& name, const As& as = Strong(Staff())) {
    GetCampaignRequest get;
    get.set_name(name);
    return Must<Campaign>("CampaignService.GetCampaign", get, as);
  }

  // Days of the stalls with the code, planned or not.
  static std::vector<std::string> Days(const std::string& area, const std::string& code,
                                       StallState state = STALL_STATE_PLANNED) {
    std::vector<std::string> days;
    for (const Stall& stall : StallsIn(area)) {
      if (stall.campaign() != code || stall.state() != state) continue;
      days.push_back(absl::FormatCivilTime(DayOf(FromProto(stall.window().start_time()))));
    }
    std::sort(days.begin(), days.end());
    return days;
  }
};

TEST_F(Campaigns, MakeTheStallsOfAYearOneAfterTheOther) {
  const std::string area = "340111400001-CJ-01";
  const As then = Then(Staff(), StartOf(absl::CivilDay(2023, 1, 3)) + absl::Hours(8));
  const Campaign campaign =
      Must<Campaign>("CampaignService.CreateCampaign",
                     Draft(area, "THURSDAY_TALK", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;UNTIL=20230331",
                           absl::CivilDay(2023, 1, 3)),
                     then);
  EXPECT_EQ(campaign.state(), CAMPAIGN_STATE_ACTIVE);
  EXPECT_THAT(Days(area, "THURSDAY_TALK"), ElementsAre("2023-01-05"));
  Advance(area, StartOf(absl::CivilDay(2023, 2, 10)));
  EXPECT_THAT(Days(area, "THURSDAY_TALK"), ElementsAre("2023-02-16"));
  // Nobody opens them.
  EXPECT_THAT(Days(area, "THURSDAY_TALK", STALL_STATE_MISSED),
              ElementsAre("2023-01-05", "2023-01-19", "2023-02-02"));
  Advance(area, StartOf(absl::CivilDay(2023, 12, 31)));
  EXPECT_THAT(Days(area, "THURSDAY_TALK", STALL_STATE_MISSED),
              ElementsAre("2023-01-05", "2023-01-19", "2023-02-02", "2023-02-16", "2023-03-02", "2023-03-16",
                          "2023-03-30"));
  const Campaign over = Current(campaign.name());
  EXPECT_EQ(over.state(), CAMPAIGN_STATE_ENDED);
  EXPECT_EQ(over.stalls_made(), 7);
  const auto events = EventsOf(campaign.name());
  ASSERT_GE(events.size(), 2u);
  EXPECT_EQ(events.front().opinion().campaign_changed().state(), "ACTIVE");
  EXPECT_EQ(events.back().opinion().campaign_changed().state(), "ENDED");
  EXPECT_EQ(events.back().opinion().campaign_changed().code(), "THURSDAY_TALK");
  // Its code is free again.
  EXPECT_TRUE(Ask<Campaign>("CampaignService.CreateCampaign",
                            Draft(area, "THURSDAY_TALK", "FREQ=DAILY;COUNT=1", DayOf(absl::Now()) + 90),
                            Staff())
                  .ok());
}

TEST_F(Campaigns, HaveACodeOnceInAnAreaAndAreStartedOnce) {
  CreateCampaignRequest request =
      Draft("340111400001-CJ-02", "SECRETARY_DAY", "FREQ=MONTHLY;BYDAY=1TU", DayOf(absl::Now()));
  const auto first = Ask<Campaign>("CampaignService.CreateCampaign", request, Staff());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Ask<Campaign>("CampaignService.CreateCampaign", request, Staff())->name(), first->name());
  request.set_request_id(RequestId());
  EXPECT_EQ(error::ReasonOf(Ask<Campaign>("CampaignService.CreateCampaign", request, Staff()).status()),
            "CAMPAIGN_EXISTS");
  request = Draft("340111400001-CJ-02", "OVER", "FREQ=DAILY;UNTIL=20230101", absl::CivilDay(2023, 1, 1));
  EXPECT_TRUE(
      absl::IsInvalidArgument(Ask<Campaign>("CampaignService.CreateCampaign", request, Staff()).status()));
  request = Draft("340111400001-CJ-02", "WHO", "FREQ=DAILY;COUNT=1", DayOf(absl::Now()) + 1);
  request.mutable_campaign()->mutable_hosts(0)->mutable_members(0)->set_organisation("TAX_OFFICE");
  EXPECT_TRUE(
      absl::IsInvalidArgument(Ask<Campaign>("CampaignService.CreateCampaign", request, Staff()).status()));
}

TEST_F(Campaigns, CallOffWhatTheyHavePlannedWhenTheyRestAndMakeItAnew) {
  const std::string area = "340111400001-CJ-03";
  const absl::CivilDay today = DayOf(absl::Now());
  CreateCampaignRequest request = Draft(area, "STEWARD_ON_DUTY", "FREQ=DAILY;INTERVAL=2", today + 1);
  request.mutable_campaign()->set_days_ahead(8);
  const Campaign campaign = Must<Campaign>("CampaignService.CreateCampaign", request, Staff());
  const auto day = [&](int number) { return absl::FormatCivilTime(today + number); };
  EXPECT_THAT(Days(area, "STEWARD_ON_DUTY"), ElementsAre(day(1), day(3), day(5), day(7)));
  const auto paused = Do("PauseCampaign", campaign.name(), PauseCampaignRequest(), Staff());
  ASSERT_TRUE(paused.ok()) << paused.status();
  EXPECT_THAT(Days(area, "STEWARD_ON_DUTY"), IsEmpty());
  EXPECT_THAT(Days(area, "STEWARD_ON_DUTY", STALL_STATE_CANCELLED), SizeIs(4));
  EXPECT_EQ(error::ReasonOf(Do("PauseCampaign", campaign.name(), PauseCampaignRequest(), Staff()).status()),
            "CAMPAIGN_WRONG_STATE");
  ASSERT_TRUE(Do("ResumeCampaign", campaign.name(), ResumeCampaignRequest(), Staff()).ok());
  EXPECT_THAT(Days(area, "STEWARD_ON_DUTY"), ElementsAre(day(1), day(3), day(5), day(7)));
  // More days ahead: more stalls, at once, and none twice.
  UpdateCampaignRequest update;
  update.mutable_update_mask()->add_paths("days_ahead");
  update.set_days_ahead(12);
  ASSERT_TRUE(Do("UpdateCampaign", campaign.name(), update, Staff()).ok());
  EXPECT_THAT(Days(area, "STEWARD_ON_DUTY"), ElementsAre(day(1), day(3), day(5), day(7), day(9), day(11)));
  UpdateCampaignRequest wrong;
  wrong.mutable_update_mask()->add_paths("display_name");
  EXPECT_TRUE(absl::IsInvalidArgument(Do("UpdateCampaign", campaign.name(), wrong, Staff()).status()));
  ASSERT_TRUE(Do("EndCampaign", campaign.name(), EndCampaignRequest(), Staff()).ok());
  EXPECT_THAT(Days(area, "STEWARD_ON_DUTY"), IsEmpty());
  EXPECT_EQ(Count(absl::StrCat("SELECT COUNT(*) FROM timer WHERE subject = '", campaign.name(), "'")), 0);
  EXPECT_EQ(error::ReasonOf(Do("UpdateCampaign", campaign.name(), update, Staff()).status()),
            "CAMPAIGN_WRONG_STATE");
}

TEST_F(Campaigns, AreSeenByNeighboursWithoutTheNamesOfTheHosts) {
  const std::string area = "340111400001-CJ-04";
  const Campaign campaign =
      Must<Campaign>("CampaignService.CreateCampaign",
                     Draft(area, "THURSDAY_TALK", "FREQ=WEEKLY;BYDAY=TH", DayOf(absl::Now())), Staff());
  const As neighbour = {.role = api::v1::ROLE_RESIDENT, .area = "340111400001-CJ-05", .subject = "neighbour"};
  EXPECT_EQ(Current(campaign.name(), neighbour).hosts(0).members(0).person().display_name(), "王*");
  const As host = {.role = api::v1::ROLE_RESIDENT, .area = "340111400001-CJ-05", .subject = "host"};
  EXPECT_EQ(Current(campaign.name(), host).hosts(0).members(0).person().display_name(), "王某某");
  GetCampaignRequest plain;
  plain.set_name(campaign.name());
  plain.set_unmask(true);
  EXPECT_EQ(error::ReasonOf(Ask<Campaign>("CampaignService.GetCampaign", plain, neighbour).status()),
            "DENIED");
  EXPECT_EQ(Must<Campaign>("CampaignService.GetCampaign", plain, Staff())
                .hosts(0)
                .members(0)
                .person()
                .display_name(),
            "王某某");
  ListCampaignsRequest list;
  list.set_area(area);
  list.set_state(CAMPAIGN_STATE_ACTIVE);
  EXPECT_THAT(Must<ListCampaignsResponse>("CampaignService.ListCampaigns", list, neighbour).campaigns(),
              SizeIs(1));
  EXPECT_EQ(error::ReasonOf(Do("PauseCampaign", campaign.name(), PauseCampaignRequest(), neighbour).status()),
            "DENIED");
  const As far = {.role = api::v1::ROLE_RESIDENT, .area = "340104400001-SL-01", .subject = "far"};
  EXPECT_EQ(error::ReasonOf(Ask<ListCampaignsResponse>("CampaignService.ListCampaigns", list, far).status()),
            "DENIED");
}

// The clock's timers, with replicas that come and go while they fire.
TEST_F(Campaigns, MakeEachStallOnceWhateverIsRestartedOrReplicated) {
  constexpr int kCampaigns = 12;
  const std::string area = "340111400001-CJ-06";
  const absl::CivilDay today = DayOf(absl::Now());
  // Started ten days ago, and nothing has been made since: much is due at once.
  const As then = Then(Staff(), StartOf(today - 10));
  for (int i = 0; i < kCampaigns; ++i) {
    CreateCampaignRequest request = Draft(area, absl::StrCat("DUTY_", i), "FREQ=DAILY", today - 10);
    request.mutable_campaign()->set_days_ahead(5);
    Must<Campaign>("CampaignService.CreateCampaign", request, then);
  }
  db::Connection connection(suite().database("opinion"));
  const std::string ours = absl::StrCat("kind = 'MAKE' AND area = '", area, "'");
  ASSERT_EQ(Count("SELECT COUNT(*) FROM timer WHERE back_dated = 1 AND " + ours), kCampaigns);
  StartReplica();
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(
        connection.ExecuteText("UPDATE timer SET back_dated = 0, due_time = UTC_TIMESTAMP(6) WHERE " + ours)
            .ok());
    absl::SleepFor(absl::Milliseconds(round == 1 ? 0 : 250));
    if (round == 1) suite().Stop("opinion");
    StartReplica();
  }
  const std::string due =
      "SELECT COUNT(*) FROM timer WHERE (back_dated = 1 OR due_time <= UTC_TIMESTAMP(6)) AND " + ours;
  EXPECT_TRUE(testing::Eventually([&] { return Count(due) == 0; }));
  std::vector<std::string> ahead;
  for (int i = 1; i <= 5; ++i) ahead.push_back(absl::FormatCivilTime(today + i));
  for (int i = 0; i < kCampaigns; ++i) {
    std::vector<std::string> days = Days(area, absl::StrCat("DUTY_", i));
    EXPECT_EQ(std::set<std::string>(days.begin(), days.end()).size(), days.size()) << "twice on one day";
    days.erase(days.begin(), std::upper_bound(days.begin(), days.end(), absl::FormatCivilTime(today)));
    EXPECT_EQ(days, ahead);
  }
}

// Two that hold themselves for the one replica that may: whoever locks the campaign second finds it made.
TEST_F(Campaigns, MakeEachStallOnceThoughATimerFiresTwice) {
  const std::string area = "340111400001-CJ-08";
  const absl::CivilDay first(2023, 3, 1);
  const Campaign campaign =
      Must<Campaign>("CampaignService.CreateCampaign", Draft(area, "DAILY", "FREQ=DAILY;COUNT=40", first),
                     Then(Staff(), StartOf(first)));
  program::House& house = suite().house("opinion");
  const StallStore stalls(house);
  const CampaignStore campaigns(*house.environment().keyring);
  const StallChanges stall_changes(house, stalls);
  const CampaignChanges changes(house, campaigns, stalls, stall_changes);
  const absl::Time later = StartOf(first + 10);
  const timers::Timer timer = {campaign.name(), "MAKE", area, later, true};
  const events::Origin origin = {.subject = "opinion",
                                 .by_service = true,
                                 .on_behalf_of = "",
                                 .occur_time = later,
                                 .record_time = absl::Now(),
                                 .back_dated = true,
                                 .traceparent = ""};
  std::vector<absl::Status> fired(6);
  std::vector<std::thread> threads;
  for (absl::Status& status : fired) {
    threads.emplace_back([&] {
      db::Connection connection(suite().database("opinion"));
      status = db::RunInTransaction(connection, absl::Now() + absl::Seconds(30),
                                    [&](db::Transaction& tx) { return changes.Fire(tx, timer, origin); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : fired) EXPECT_TRUE(status.ok()) << status;
  const std::vector<std::string> days = Days(area, "DAILY");
  EXPECT_THAT(days, SizeIs(25));  // 1 to 25 March
  EXPECT_EQ(std::set<std::string>(days.begin(), days.end()).size(), days.size());
  EXPECT_EQ(Current(campaign.name()).stalls_made(), 25);
}

TEST_F(Campaigns, SeatPeopleOfTheKindsThatAreSet) {
  ListMemberKindsRequest list;
  list.set_area("340111400001-CJ-07");
  const As neighbour = {.role = api::v1::ROLE_RESIDENT, .area = "340111400001-CJ-05", .subject = "neighbour"};
  const auto kinds = Must<ListMemberKindsResponse>("StallService.ListMemberKinds", list, neighbour);
  ASSERT_THAT(kinds.kinds(), SizeIs(6));
  EXPECT_EQ(kinds.kinds(3).code(), "POLICE");
  EXPECT_EQ(kinds.kinds(3).display_name(), "民警");
  PlanStallRequest plan;
  plan.set_request_id(RequestId());
  Stall& stall = *plan.mutable_stall();
  stall.set_area("340111400001-CJ-07");
  *stall.mutable_window()->mutable_start_time() = calendar::ToProto(absl::Now());
  *stall.mutable_window()->mutable_end_time() = calendar::ToProto(absl::Now() + absl::Hours(1));
  TeamMember* member = stall.add_team();
  member->set_organisation("TAX_OFFICE");
  member->mutable_person()->set_subject("taxman");
  EXPECT_TRUE(absl::IsInvalidArgument(Ask<Stall>("StallService.PlanStall", plan, Staff()).status()));
  member->set_organisation("YOUNG_PIONEERS");
  EXPECT_TRUE(Ask<Stall>("StallService.PlanStall", plan, Staff()).ok());
}

}  // namespace
}  // namespace firstfloor::opinion
