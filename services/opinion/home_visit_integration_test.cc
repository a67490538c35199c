// Home visits as they are served: real calls, MariaDB and Redis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/db/schema/migrations.h"
#include "common/error/error.h"
#include "common/testing/suite.h"
#include "firstfloor/opinion/v1/campaign_service.pb.h"
#include "firstfloor/opinion/v1/home_visit_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"
#include "services/opinion/furnish.h"

namespace firstfloor::opinion {
namespace {

using firstfloor::testing::As;
using firstfloor::testing::RequestId;
using firstfloor::testing::Suite;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kVisits[] = "firstfloor.opinion.v1.HomeVisitService.";

As Person(const std::string& subject, api::v1::Role role, const std::string& area = "340111400") {
  return {.role = role, .area = area, .subject = subject};
}
As Staff() { return Person("staff", api::v1::ROLE_COMMUNITY_STAFF); }
As Steward() { return Person("steward", api::v1::ROLE_STEWARD); }
As Helper() { return Person("helper", api::v1::ROLE_VOLUNTEER); }

class HomeVisits : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite_ = new Suite();
    suite_->Start({.name = "opinion", .migrations = schema::Migrations(), .furnish = Furnish});
  }
  static void TearDownTestSuite() { delete suite_; }

  template <typename Reply>
  static Reply Must(const absl::StatusOr<Reply>& reply) {
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.ok() ? *reply : Reply();
  }
  static std::string Reason(const absl::Status& status) { return error::ReasonOf(status); }

  static PlanHomeVisitRequest Planning(const std::string& door) {
    PlanHomeVisitRequest request;
    request.set_request_id(RequestId());
    HomeVisit& visit = *request.mutable_home_visit();
    visit.set_area(kBuilding);
    visit.mutable_household()->set_door(door);
    visit.mutable_household()->mutable_contact()->set_display_name("孙虚和");
    for (const auto& [subject, age] :
         {std::pair("steward", VISITOR_AGE_ADULT), std::pair("helper", VISITOR_AGE_MINOR)}) {
      Visitor* visitor = visit.add_visitors();
      visitor->set_organisation("STEWARD_TEAM");
      visitor->mutable_person()->set_subject(subject);
      visitor->mutable_person()->set_display_name("李虚文");
      visitor->set_age(age);
    }
    visit.add_topics("HEALTH");
    visit.set_campaign("SIX_SENTIMENTS");
    return request;
  }
  static absl::StatusOr<HomeVisit> Plan(const PlanHomeVisitRequest& request, const As& as = Steward()) {
    return suite_->Call<HomeVisit>(absl::StrCat(kVisits, "PlanHomeVisit"), request, as);
  }
  static HomeVisit Planned(const std::string& door) { return Must(Plan(Planning(door))); }
  static absl::StatusOr<HomeVisit> Record(const std::string& name, HomeVisitOutcome outcome,
                                          const As& as = Steward()) {
    RecordHomeVisitRequest request;
    request.set_request_id(RequestId());
    request.set_name(name);
    request.set_outcome(outcome);
    request.set_note("有老人独居");
    return suite_->Call<HomeVisit>(absl::StrCat(kVisits, "RecordHomeVisit"), request, as);
  }
  static absl::StatusOr<HomeVisit> Get(const std::string& name, const As& as, bool unmask = false) {
    GetHomeVisitRequest request;
    request.set_name(name);
    request.set_unmask(unmask);
    return suite_->Call<HomeVisit>(absl::StrCat(kVisits, "GetHomeVisit"), request, as);
  }
  static absl::StatusOr<SubmitOpinionResponse> Say(const std::string& visit, const As& as = Steward()) {
    SubmitOpinionRequest request;
    request.set_request_id(RequestId());
    Opinion& opinion = *request.mutable_opinion();
    opinion.set_area(kBuilding);
    opinion.set_channel(OPINION_CHANNEL_HOME_VISIT);
    opinion.set_kind(OPINION_KIND_PROBLEM);
    opinion.set_text("楼道的灯不亮");
    opinion.set_home_visit(visit);
    return suite_->Call<SubmitOpinionResponse>("firstfloor.opinion.v1.OpinionService.SubmitOpinion", request,
                                               as);
  }
  static int64_t Figure(const std::string& key, OpinionDimension group_by = OPINION_DIMENSION_UNSPECIFIED,
                        const std::string& dimension = "", const std::string& of = "") {
    GetOpinionStatisticsRequest request;
    request.set_area("340111400");
    request.set_start_day("2023-01-01");
    request.set_end_day("2100-01-01");
    request.set_group_by(group_by);
    As as = Staff();
    as.strong = true;
    const auto response = Must(suite_->Call<GetOpinionStatisticsResponse>(
        "firstfloor.opinion.v1.StatisticsService.GetOpinionStatistics", request, as));
    for (const type::v1::Figure& figure : response.figures()) {
      if (figure.key() != key) continue;
      if (dimension.empty()
              ? figure.dimensions().empty()
              : figure.dimensions().count(dimension) && figure.dimensions().at(dimension) == of) {
        return figure.value();
      }
    }
    return 0;
  }

  static Suite* suite_;
};

Suite* HomeVisits::suite_ = nullptr;

TEST_F(HomeVisits, AreMadeAndNamedByWhatIsSaidAtThem) {
  const int64_t made = Figure("visits.made");
  const int64_t met = Figure("visits.met");
  const HomeVisit visit = Planned("1-101");
  EXPECT_EQ(Must(Say(visit.name())).opinion().home_visit(), visit.name());
  EXPECT_EQ(Must(Record(visit.name(), HOME_VISIT_OUTCOME_MET, Helper())).state(), HOME_VISIT_STATE_MADE);
  EXPECT_TRUE(Say(visit.name()).ok()) << "written up at home";
  EXPECT_EQ(Figure("visits.made"), made + 1);
  EXPECT_EQ(Figure("visits.met"), met + 1);
  EXPECT_GE(Figure("visits.made", OPINION_DIMENSION_VISIT_TOPIC, "topic", "HEALTH"), 1);
  EXPECT_GE(Figure("visits.made", OPINION_DIMENSION_VISIT_OUTCOME, "outcome", "MET"), 1);
  EXPECT_GE(Figure("opinions.received", OPINION_DIMENSION_CHANNEL, "channel", "HOME_VISIT"), 2);
}

TEST_F(HomeVisits, TakeNoOpinionsWhereNobodySpokeAndOfNobodyElse) {
  const HomeVisit refused = Planned("1-102");
  Must(Record(refused.name(), HOME_VISIT_OUTCOME_REFUSED));
  EXPECT_EQ(Reason(Say(refused.name()).status()), "HOME_VISIT_NOT_OPEN");
  EXPECT_EQ(Reason(Say("homeVisits/01900000-0000-7000-8000-000000000009").status()), "HOME_VISIT_NOT_OPEN");
  EXPECT_EQ(Reason(Say("").status()), "INVALID_FIELD");
  const HomeVisit visit = Planned("1-103");
  EXPECT_EQ(Reason(Say(visit.name(), Person("stranger", api::v1::ROLE_VOLUNTEER)).status()),
            "HOME_VISIT_NOT_OPEN");
  EXPECT_TRUE(Say(visit.name(), Helper()).ok());
}

TEST_F(HomeVisits, LeaveWhoeverRefusedInPeaceHoweverTheirDoorIsWritten) {
  const HomeVisit waiting = Planned("2单元201室");
  PlanHomeVisitRequest asked = Planning("2-201");
  asked.mutable_home_visit()->set_asked_for(true);
  const HomeVisit wanted = Must(Plan(asked));
  const HomeVisit refused = Planned("2-201");
  Must(Record(refused.name(), HOME_VISIT_OUTCOME_REFUSED));
  EXPECT_EQ(Must(Get(waiting.name(), Staff())).state(), HOME_VISIT_STATE_CANCELLED);
  EXPECT_EQ(Must(Get(waiting.name(), Staff())).reason_code(), "HOUSEHOLD_REFUSED");
  EXPECT_EQ(Must(Get(wanted.name(), Staff())).state(), HOME_VISIT_STATE_PLANNED);
  PlanHomeVisitRequest other_way = Planning("201");
  other_way.mutable_home_visit()->set_area("340111400001-CJ-07-2");
  // The registry may know no such unit; then it is refused for that.
  const std::string reason = Reason(Plan(other_way).status());
  EXPECT_TRUE(reason == "HOUSEHOLD_REFUSED" || reason == "INVALID_FIELD") << reason;
  EXPECT_EQ(Reason(Plan(Planning("2-0201")).status()), "HOUSEHOLD_REFUSED");
  EXPECT_TRUE(Plan(Planning("2-202")).ok()) << "the neighbours have refused nothing";
  Must(Record(wanted.name(), HOME_VISIT_OUTCOME_MET));
}

TEST_F(HomeVisits, DoNotSlipThroughWhileTheHouseholdIsRefusing) {
  for (int round = 0; round < 5; ++round) {
    const std::string door = absl::StrCat("3-", 301 + round);
    const HomeVisit refusing = Planned(door);
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] {
        const auto planned = Plan(Planning(door));
        if (!planned.ok()) {
          EXPECT_EQ(Reason(planned.status()), "HOUSEHOLD_REFUSED") << planned.status();
        }
      });
    }
    Must(Record(refusing.name(), HOME_VISIT_OUTCOME_REFUSED));
    for (std::thread& thread : threads) thread.join();
    ListHomeVisitsRequest request;
    request.set_area(kBuilding);
    request.add_states(HOME_VISIT_STATE_PLANNED);
    request.set_same_household_as(refusing.name());
    const auto list =
        Must(suite_->Call<ListHomeVisitsResponse>(absl::StrCat(kVisits, "ListHomeVisits"), request, Staff()));
    EXPECT_EQ(list.home_visits_size(), 0) << "somebody is still sent to " << door;
  }
}

TEST_F(HomeVisits, SendNobodyUnder18Alone) {
  PlanHomeVisitRequest request = Planning("1-104");
  request.mutable_home_visit()->mutable_visitors()->DeleteSubrange(0, 1);
  EXPECT_EQ(Reason(Plan(request).status()), "MINORS_ALONE");
  request.mutable_home_visit()->mutable_visitors(0)->clear_age();
  EXPECT_EQ(Reason(Plan(request).status()), "INVALID_FIELD") << "it is said of everybody";
}

TEST_F(HomeVisits, AreAboutTopicsThatAreSet) {
  PlanHomeVisitRequest request = Planning("1-105");
  request.mutable_home_visit()->add_topics("WEATHER");
  EXPECT_EQ(Reason(Plan(request).status()), "INVALID_FIELD");
}

TEST_F(HomeVisits, OfADriveAreAboutItsTopics) {
  CreateCampaignRequest drive;
  drive.set_request_id(RequestId());
  Campaign& campaign = *drive.mutable_campaign();
  campaign.set_area("340111400001-CJ");
  campaign.set_code("WARM_WINTER");
  campaign.set_kind(CAMPAIGN_KIND_DRIVE);
  campaign.set_display_name("暖冬走访");
  campaign.add_topics("HEATING");
  campaign.mutable_schedule()->set_rule("FREQ=DAILY;COUNT=3");
  campaign.mutable_schedule()->set_first_day("2090-01-01");
  campaign.mutable_schedule()->set_start_minute(9 * 60);
  campaign.mutable_schedule()->set_end_minute(11 * 60);
  TeamMember* member = campaign.add_hosts()->add_members();
  member->set_organisation("STEWARD_TEAM");
  member->mutable_person()->set_subject("host");
  Must(suite_->Call<Campaign>("firstfloor.opinion.v1.CampaignService.CreateCampaign", drive, Staff()));
  PlanHomeVisitRequest request = Planning("1-108");
  request.mutable_home_visit()->set_campaign("WARM_WINTER");
  EXPECT_EQ(Reason(Plan(request).status()), "INVALID_FIELD") << "HEALTH is none of its topics";
  request.mutable_home_visit()->set_topics(0, "HEATING");
  EXPECT_TRUE(Plan(request).ok());
  request.set_request_id(RequestId());
  request.mutable_home_visit()->clear_campaign();
  EXPECT_EQ(Reason(Plan(request).status()), "INVALID_FIELD") << "and it is one of its own alone";
}

TEST_F(HomeVisits, NameHouseholdsToVisitorsAndToStaffWhoAskWhichIsRecorded) {
  const HomeVisit visit = Planned("1-106");
  Must(Record(visit.name(), HOME_VISIT_OUTCOME_MET));
  EXPECT_EQ(Must(Get(visit.name(), Helper())).household().door(), "1-106");
  EXPECT_EQ(Must(Get(visit.name(), Helper())).household().note(), "有老人独居");
  EXPECT_EQ(Must(Get(visit.name(), Staff())).household().door(), "1*");
  EXPECT_EQ(Must(Get(visit.name(), Staff())).visitors(0).person().display_name(), "李*");
  EXPECT_EQ(Must(Get(visit.name(), Staff(), true)).household().contact().display_name(), "孙虚和");
  EXPECT_TRUE(
      absl::IsPermissionDenied(Get(visit.name(), Person("stranger", api::v1::ROLE_VOLUNTEER)).status()));
  EXPECT_TRUE(
      absl::IsPermissionDenied(Get(visit.name(), Person("resident", api::v1::ROLE_RESIDENT)).status()));
  db::Connection connection(suite_->database("opinion"));
  const auto reads = connection.Query(
      "SELECT COUNT(*) FROM event_log WHERE type = 'firstfloor.events.v1.PersonalDataRead' AND INSTR(body, "
      "?) > 0",
      {{visit.name()}});
  ASSERT_TRUE(reads.ok()) << reads.status();
  EXPECT_EQ(reads->front().Int(0), 1);
}

TEST_F(HomeVisits, AreCalledOffByTheirVisitors) {
  const HomeVisit visit = Planned("1-107");
  CancelHomeVisitRequest request;
  request.set_request_id(RequestId());
  request.set_name(visit.name());
  request.set_reason_code("ILL");
  EXPECT_EQ(
      Must(suite_->Call<HomeVisit>(absl::StrCat(kVisits, "CancelHomeVisit"), request, Helper())).state(),
      HOME_VISIT_STATE_CANCELLED);
  EXPECT_EQ(Reason(Record(visit.name(), HOME_VISIT_OUTCOME_MET).status()), "HOME_VISIT_WRONG_STATE");
}

}  // namespace
}  // namespace firstfloor::opinion
