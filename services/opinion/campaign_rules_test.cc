#include "services/opinion/campaign_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"

namespace firstfloor::opinion::campaign_rules {
namespace {

using calendar::DayOf;
using calendar::FromProto;
using calendar::StartOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

const absl::CivilDay kTuesday(2023, 1, 3);

absl::Time At(absl::CivilDay day, int hour) { return StartOf(day) + absl::Hours(hour); }

CampaignHosts Hosts(const std::string& subject) {
  CampaignHosts hosts;
  TeamMember* member = hosts.add_members();
  member->set_organisation("STEWARD_TEAM");
  member->mutable_person()->set_subject(subject);
  return hosts;
}

// 相约星期四: every other Thursday from nine to eleven, in the compound.
Campaign Thursdays() {
  Campaign campaign;
  campaign.set_name("campaigns/01900000-0000-7000-8000-000000000001");
  campaign.set_area("340111400001-CJ");
  campaign.set_code("THURSDAY_TALK");
  campaign.set_kind(CAMPAIGN_KIND_RECEPTION);
  campaign.set_display_name("相约星期四 大家来说事");
  campaign.mutable_schedule()->set_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH");
  campaign.mutable_schedule()->set_first_day("2023-01-03");
  campaign.mutable_schedule()->set_start_minute(9 * 60);
  campaign.mutable_schedule()->set_end_minute(11 * 60);
  *campaign.add_hosts() = Hosts("secretary");
  campaign.set_state(CAMPAIGN_STATE_ACTIVE);
  return campaign;
}

std::vector<std::string> DaysOf(const std::vector<Stall>& stalls) {
  std::vector<std::string> days;
  for (const Stall& stall : stalls) {
    days.push_back(absl::FormatCivilTime(DayOf(FromProto(stall.window().start_time()))));
  }
  return days;
}

TEST(CampaignStates, EveryMoveIsDoneOrRefusedInEveryState) {
  const std::map<Act, std::function<absl::StatusOr<Campaign>(const Campaign&)>> functions = {
      {Act::kPause, Pause}, {Act::kResume, Resume}, {Act::kEnd, End}};
  const std::set<std::pair<CampaignState, CampaignState>> design = {
      {CAMPAIGN_STATE_ACTIVE, CAMPAIGN_STATE_PAUSED},
      {CAMPAIGN_STATE_PAUSED, CAMPAIGN_STATE_ACTIVE},
      {CAMPAIGN_STATE_ACTIVE, CAMPAIGN_STATE_ENDED},
      {CAMPAIGN_STATE_PAUSED, CAMPAIGN_STATE_ENDED}};
  std::set<std::pair<CampaignState, CampaignState>> done;
  for (const auto& [act, function] : functions) {
    for (int number = CampaignState_MIN; number <= CampaignState_MAX; ++number) {
      Campaign campaign = Thursdays();
      campaign.set_state(static_cast<CampaignState>(number));
      const absl::StatusOr<Campaign> moved = function(campaign);
      if (moved.ok()) {
        done.emplace(campaign.state(), moved->state());
      } else {
        EXPECT_EQ(error::ReasonOf(moved.status()), "CAMPAIGN_WRONG_STATE");
      }
    }
  }
  EXPECT_EQ(done, design);
  Campaign ended = Thursdays();
  EXPECT_TRUE(CheckChangeable(ended).ok());
  ended.set_state(CAMPAIGN_STATE_ENDED);
  EXPECT_EQ(error::ReasonOf(CheckChangeable(ended)), "CAMPAIGN_WRONG_STATE");
}

TEST(Campaign, MakesTheStallsOfTheDaysAheadAndSaysWhenToAskAgain) {
  const Step step = Make(Thursdays(), At(kTuesday, 8));
  EXPECT_THAT(DaysOf(step.stalls), ElementsAre("2023-01-05"));
  EXPECT_EQ(step.campaign.made_until_day(), "2023-01-05");
  EXPECT_EQ(step.campaign.stalls_made(), 1);
  EXPECT_EQ(step.next, StartOf(absl::CivilDay(2023, 1, 5)));  // 14 days before the next one, on the 19th
  const Stall& stall = step.stalls[0];
  EXPECT_EQ(stall.area(), "340111400001-CJ");
  EXPECT_EQ(stall.campaign(), "THURSDAY_TALK");
  EXPECT_EQ(stall.state(), STALL_STATE_PLANNED);
  EXPECT_EQ(stall.team(0).person().subject(), "secretary");
  EXPECT_EQ(FromProto(stall.window().end_time()), At(absl::CivilDay(2023, 1, 5), 11));
}

TEST(Campaign, MakesEachStallOnceHoweverOftenItIsAsked) {
  Campaign campaign = Thursdays();
  std::vector<std::string> days;
  std::set<std::string> names;
  for (int hour = 0; hour < 24 * 60; hour += 7) {
    Step step = Make(campaign, StartOf(kTuesday) + absl::Hours(hour));
    for (const std::string& day : DaysOf(step.stalls)) days.push_back(day);
    for (const Stall& stall : step.stalls) EXPECT_TRUE(names.insert(stall.name()).second);
    campaign = step.campaign;
  }
  EXPECT_THAT(
      days, ElementsAre("2023-01-05", "2023-01-19", "2023-02-02", "2023-02-16", "2023-03-02", "2023-03-16"));
  // From the beginning again, they would be the same ones.
  for (const Stall& stall : Make(Thursdays(), At(kTuesday, 8)).stalls)
    EXPECT_EQ(names.count(stall.name()), 1u);
}

TEST(Campaign, DoesNotMakeUpForDaysThatAreOver) {
  // Nobody asked for half a year; on the day itself it is too late after nine.
  EXPECT_THAT(DaysOf(Make(Thursdays(), At(absl::CivilDay(2023, 6, 22), 8)).stalls),
              ElementsAre("2023-06-22", "2023-07-06"));
  EXPECT_THAT(DaysOf(Make(Thursdays(), At(absl::CivilDay(2023, 6, 22), 10)).stalls),
              ElementsAre("2023-07-06"));
}

TEST(Campaign, EndsWhenItsLastDayIsOver) {
  Campaign campaign = Thursdays();
  campaign.mutable_schedule()->set_rule("FREQ=DAILY;COUNT=2");
  Step step = Make(campaign, At(kTuesday, 8));
  EXPECT_THAT(DaysOf(step.stalls), ElementsAre("2023-01-03", "2023-01-04"));
  EXPECT_EQ(step.campaign.state(), CAMPAIGN_STATE_ACTIVE);
  EXPECT_EQ(step.next, At(kTuesday + 1, 11));
  step = Make(step.campaign, step.next);
  EXPECT_THAT(step.stalls, IsEmpty());
  EXPECT_EQ(step.campaign.state(), CAMPAIGN_STATE_ENDED);
  EXPECT_EQ(step.next, absl::InfiniteFuture());
}

TEST(Campaign, MakesNothingWhileItRestsAndGoesOnFromWhereItIs) {
  const Step first = Make(Thursdays(), At(kTuesday, 8));
  const Campaign paused = *Pause(first.campaign);
  EXPECT_THAT(Make(paused, At(kTuesday, 9)).stalls, IsEmpty());
  EXPECT_EQ(Make(paused, At(kTuesday, 9)).next, absl::InfiniteFuture());
  // What it had planned is called off by name, and made anew under another one.
  EXPECT_THAT(MadeAhead(paused, At(kTuesday, 9)), ::testing::Contains(first.stalls[0].name()));
  const Step second = Make(*Resume(paused), At(kTuesday, 10));
  ASSERT_THAT(DaysOf(second.stalls), ElementsAre("2023-01-05"));
  EXPECT_NE(second.stalls[0].name(), first.stalls[0].name());
  EXPECT_THAT(MadeAhead(second.campaign, At(kTuesday, 11)), ::testing::Contains(second.stalls[0].name()));
  EXPECT_THAT(MadeAhead(second.campaign, At(absl::CivilDay(2023, 1, 5), 10)), IsEmpty())
      << "it goes on already";
}

// 六情大走访: two tables a day, which go from building to building.
TEST(Campaign, LetsPlacesTakeTurns) {
  Campaign campaign = Thursdays();
  campaign.set_kind(CAMPAIGN_KIND_DRIVE);
  campaign.mutable_schedule()->set_rule("FREQ=DAILY;COUNT=4");
  *campaign.add_hosts() = Hosts("steward");
  for (int i = 1; i <= 3; ++i) campaign.add_places(absl::StrCat("340111400001-CJ-0", i));
  ASSERT_TRUE(Start(campaign).ok()) << Start(campaign).status();
  const Step step = Make(campaign, At(kTuesday, 8));
  std::map<std::string, int> visits;
  for (const Stall& stall : step.stalls) ++visits[stall.area()];
  ASSERT_THAT(step.stalls, SizeIs(8));
  for (size_t i = 0; i < 8; i += 2) EXPECT_NE(step.stalls[i].area(), step.stalls[i + 1].area());
  for (const auto& [place, count] : visits) EXPECT_NEAR(count, 8 / 3.0, 1) << place;
  EXPECT_EQ(step.stalls[1].team(0).person().subject(), "steward");
  // Also where some days were not made, the turn is the same.
  Campaign late = campaign;
  const Step rest = Make(late, At(kTuesday + 2, 8));
  ASSERT_THAT(rest.stalls, SizeIs(4));
  EXPECT_EQ(rest.stalls[0].name(), step.stalls[4].name());
  EXPECT_EQ(rest.stalls[0].area(), step.stalls[4].area());
}

TEST(Campaign, MakesNoMoreAtOnceThanATransactionShouldHold) {
  Campaign campaign = Thursdays();
  campaign.mutable_schedule()->set_rule("FREQ=DAILY");
  campaign.set_days_ahead(60);
  campaign.clear_hosts();
  for (int i = 0; i < 10; ++i) {
    *campaign.add_hosts() = Hosts(absl::StrCat("host-", i));
    campaign.add_places(absl::StrCat("340111400001-CJ-0", i));
  }
  Step step = Make(campaign, At(kTuesday, 8));
  EXPECT_THAT(step.stalls, SizeIs(kMostAtOnce));
  EXPECT_EQ(step.next, At(kTuesday, 8));
  size_t made = step.stalls.size();
  while (step.next == At(kTuesday, 8)) {
    step = Make(step.campaign, step.next);
    made += step.stalls.size();
  }
  EXPECT_EQ(made, 610u);  // today and 60 days
}

TEST(Campaign, IsRefusedWithEveryViolation) {
  Campaign campaign = Thursdays();
  campaign.mutable_schedule()->set_rule("FREQ=YEARLY");
  EXPECT_EQ(error::ReasonOf(Start(campaign).status()), "RECURRENCE_INVALID");
  campaign = Thursdays();
  campaign.mutable_schedule()->set_first_day("soon");
  campaign.mutable_schedule()->set_end_minute(9 * 60);
  campaign.add_places("340111400001-CJ2-01");
  campaign.add_places("340111400001-CJ-01");
  campaign.add_places("340111400001-CJ-01");
  *campaign.add_hosts() = Hosts("secretary");
  const std::string all = Start(campaign).status().ToString();
  for (const char* field : {"schedule.first_day", "schedule.end_minute", "must be in the area",
                            "stands there twice", "hosts already"}) {
    EXPECT_THAT(all, HasSubstr(field));
  }
  campaign = Thursdays();
  *campaign.add_hosts() = Hosts("another");
  EXPECT_THAT(Start(campaign).status().ToString(), HasSubstr("are more than there are places"));
}

}  // namespace
}  // namespace firstfloor::opinion::campaign_rules
