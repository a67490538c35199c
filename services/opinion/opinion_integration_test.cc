// The opinion service as it is served: real calls, MariaDB and Redis.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/db/schema/migrations.h"
#include "common/error/error.h"
#include "common/events/log.h"
#include "common/testing/suite.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/opinion/v1/operations_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"
#include "services/opinion/furnish.h"
#include "services/opinion/opinion_changes.h"
#include "services/opinion/opinion_flows.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/opinion_store.h"
#include "services/opinion/stall_store.h"

namespace firstfloor::opinion {
namespace {

using calendar::ToProto;
using firstfloor::testing::As;
using firstfloor::testing::RequestId;
using firstfloor::testing::Suite;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kOtherCommunity[] = "340104400001-SL-01";
constexpr char kText[] =
    "七楼消防通道堆满纸箱，老人下楼不便，请尽快派人来清理，谢谢各位的辛苦工作，"
    "我家住在七零二室，平时都在家";
constexpr char kOpinions[] = "firstfloor.opinion.v1.OpinionService.";

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, calendar::Shanghai(), &time, nullptr));
  return time;
}

As Resident(const std::string& subject, const std::string& area = kBuilding) {
  return {.role = api::v1::ROLE_RESIDENT, .area = area, .subject = subject};
}
As Steward(const std::string& area = "340111400001-CJ") {
  return {.role = api::v1::ROLE_STEWARD, .area = area, .subject = "steward"};
}
As Staff(const std::string& area = "340111400") {
  return {.role = api::v1::ROLE_COMMUNITY_STAFF, .area = area, .subject = "staff"};
}
As Then(As as, absl::Time time) {
  as.as_of = time;
  return as;
}
As Strong(As as) {
  as.strong = true;
  return as;
}

class OpinionService : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite_ = new Suite();
    suite_->Start({.name = "opinion", .migrations = schema::Migrations(), .furnish = Furnish});
  }
  static void TearDownTestSuite() { delete suite_; }

  template <typename Reply, typename Request>
  static absl::StatusOr<Reply> Ask(const std::string& method, const Request& request, const As& as) {
    return suite_->Call<Reply>(method, request, as);
  }

  static SubmitOpinionRequest Submission(const std::string& area = kBuilding) {
    SubmitOpinionRequest request;
    request.set_request_id(RequestId());
    request.mutable_opinion()->set_area(area);
    request.mutable_opinion()->set_channel(OPINION_CHANNEL_APP);
    request.mutable_opinion()->set_kind(OPINION_KIND_PROBLEM);
    request.mutable_opinion()->set_category("SAFETY.FIRE");
    request.mutable_opinion()->set_text(kText);
    return request;
  }
  static SubmitOpinionResponse Submitted(const SubmitOpinionRequest& request, const As& as) {
    auto response = Ask<SubmitOpinionResponse>(absl::StrCat(kOpinions, "SubmitOpinion"), request, as);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : SubmitOpinionResponse();
  }
  static SubmitOpinionResponse Submitted(const As& as) { return Submitted(Submission(as.area), as); }

  // A change of one opinion.
  template <typename Request>
  static absl::StatusOr<Opinion> Do(const std::string& method, const std::string& name, Request request,
                                    const As& as) {
    request.set_name(name);
    request.set_request_id(RequestId());
    return Ask<Opinion>(absl::StrCat(kOpinions, method), request, as);
  }
  static absl::StatusOr<Opinion> Triage(const std::string& name, const As& as,
                                        const std::string& summary = "消防通道堆物") {
    TriageOpinionRequest request;
    request.set_category("ENVIRONMENT.CORRIDOR");
    request.set_public_summary(summary);
    return Do("TriageOpinion", name, request, as);
  }
  static absl::StatusOr<Opinion> Get(const std::string& name, const As& as, bool unmask = false) {
    GetOpinionRequest request;
    request.set_name(name);
    request.set_unmask(unmask);
    return Ask<Opinion>(absl::StrCat(kOpinions, "GetOpinion"), request, as);
  }
  static absl::StatusOr<ListOpinionsResponse> List(const ListOpinionsRequest& request, const As& as) {
    return Ask<ListOpinionsResponse>(absl::StrCat(kOpinions, "ListOpinions"), request, as);
  }
  static absl::StatusOr<OpinionProgress> ByReceipt(const std::string& code) {
    GetOpinionByReceiptRequest request;
    request.set_receipt_code(code);
    return Ask<OpinionProgress>(absl::StrCat(kOpinions, "GetOpinionByReceipt"), request, As());
  }
  static int64_t Advance(const std::string& area, absl::Time as_of) {
    AdvanceTimersRequest request;
    request.set_area(area);
    *request.mutable_as_of_time() = ToProto(as_of);
    const auto response = Ask<AdvanceTimersResponse>("firstfloor.opinion.v1.OperationsService.AdvanceTimers",
                                                     request, Staff(area));
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->fired() : -1;
  }
  static GetOpinionStatisticsResponse Statistics(const std::string& area, OpinionDimension group_by) {
    GetOpinionStatisticsRequest request;
    request.set_area(area);
    request.set_start_day("2023-01-01");
    request.set_end_day("2100-01-01");
    request.set_group_by(group_by);
    const auto response = Ask<GetOpinionStatisticsResponse>(
        "firstfloor.opinion.v1.StatisticsService.GetOpinionStatistics", request, Strong(Staff(area)));
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : GetOpinionStatisticsResponse();
  }
  static int64_t FigureOf(const GetOpinionStatisticsResponse& figures, const std::string& key,
                          const std::string& dimension = "", const std::string& value = "") {
    for (const type::v1::Figure& figure : figures.figures()) {
      if (figure.key() != key) continue;
      if (dimension.empty()
              ? figure.dimensions().empty()
              : figure.dimensions().count(dimension) != 0 && figure.dimensions().at(dimension) == value) {
        return figure.value();
      }
    }
    return 0;
  }
  // Every event that has been appended so far.
  static std::vector<events::v1::Event> Events() {
    db::Connection connection(suite_->database("opinion"));
    EXPECT_TRUE(events::AwaitCaughtUp(connection, "", absl::Now() + absl::Seconds(10)).ok());
    std::vector<events::v1::Event> all;
    while (true) {
      const auto page = events::ReadAfter(connection, all.empty() ? 0 : all.back().seq(), 1000);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok() || page->empty()) return all;
      all.insert(all.end(), page->begin(), page->end());
    }
  }

  static Suite* suite_;
};

Suite* OpinionService::suite_ = nullptr;

TEST_F(OpinionService, ShowsTheReporterTheirOwnAndMasksItForTheSteward) {
  const SubmitOpinionResponse response = Submitted(Resident("r1"));
  EXPECT_EQ(response.opinion().text(), kText);
  EXPECT_EQ(Get(response.opinion().name(), Resident("r1"))->text(), kText);
  const absl::StatusOr<Opinion> masked = Get(response.opinion().name(), Steward());
  ASSERT_TRUE(masked.ok()) << masked.status();
  EXPECT_EQ(masked->text(), "");
  EXPECT_EQ(masked->reporter().subject(), "r*");
  EXPECT_EQ(masked->state(), OPINION_STATE_RECEIVED);
}

TEST_F(OpinionService, RecordsWhoReadsInPlain) {
  const std::string name = Submitted(Resident("r2")).opinion().name();
  const auto plain = Get(name, Steward(), true);
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->text(), kText);
  int reads = 0;
  for (const events::v1::Event& event : Events()) {
    if (!event.access().has_personal_data_read()) continue;
    const auto& names = event.access().personal_data_read().names();
    reads += static_cast<int>(std::count(names.begin(), names.end(), name));
  }
  EXPECT_EQ(reads, 1);
}

TEST_F(OpinionService, ShowsTheNeighboursThePublicSideFromTriageOn) {
  const std::string name = Submitted(Resident("r3")).opinion().name();
  const As neighbour = Resident("neighbour", "340111400001-CJ-08");
  EXPECT_EQ(error::ReasonOf(Get(name, neighbour).status()), "DENIED");
  ASSERT_TRUE(Triage(name, Steward()).ok());
  const auto side = Get(name, neighbour);
  ASSERT_TRUE(side.ok()) << side.status();
  EXPECT_EQ(side->public_summary(), "消防通道堆物");
  EXPECT_FALSE(side->has_reporter());
  EXPECT_EQ(side->text(), "");
  EXPECT_EQ(side->timeline_size(), 0);
  EXPECT_EQ(error::ReasonOf(Get(name, neighbour, true).status()), "DENIED");
  EXPECT_EQ(error::ReasonOf(Get(name, Resident("far", kOtherCommunity)).status()), "DENIED");
  EXPECT_EQ(error::ReasonOf(Get("opinions/01900000-0000-7000-8000-000000000000", Steward()).status()),
            "DENIED");
}

TEST_F(OpinionService, TellsWhoeverHoldsTheReceiptHowItGoes) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_anonymous(true);
  const SubmitOpinionResponse response = Submitted(request, Resident("r4"));
  EXPECT_FALSE(response.opinion().has_reporter());
  const std::string name = response.opinion().name();
  EXPECT_EQ(ByReceipt(response.receipt_code())->state(), OPINION_STATE_RECEIVED);

  AnswerOpinionRequest answer;
  answer.set_answer("已请物业当天清理");
  ASSERT_TRUE(Do("AnswerOpinion", name, answer, Steward()).ok());
  const auto progress = ByReceipt(absl::AsciiStrToLower(response.receipt_code()));
  ASSERT_TRUE(progress.ok()) << progress.status();
  EXPECT_EQ(progress->state(), OPINION_STATE_ANSWERED);
  EXPECT_EQ(progress->answer(), "已请物业当天清理");
  EXPECT_EQ(progress->timeline_size(), 2);
  EXPECT_TRUE(progress->feedback_wanted());
  EXPECT_FALSE(absl::StrContains(progress->SerializeAsString(), "消防通道"));
  EXPECT_EQ(error::ReasonOf(ByReceipt("2222-2222-2222-22").status()), "DENIED");

  GiveFeedbackRequest feedback;
  feedback.mutable_feedback()->set_satisfaction(SATISFACTION_SATISFIED);
  EXPECT_EQ(error::ReasonOf(Do("GiveFeedback", name, feedback, As()).status()), "DENIED");
  feedback.set_receipt_code("2222-2222-2222-22");
  EXPECT_EQ(error::ReasonOf(Do("GiveFeedback", name, feedback, As()).status()), "DENIED");
  feedback.set_receipt_code(response.receipt_code());
  EXPECT_EQ(Do("GiveFeedback", name, feedback, As())->state(), OPINION_STATE_CLOSED);
  EXPECT_EQ(error::ReasonOf(Do("GiveFeedback", name, feedback, As()).status()), "OPINION_WRONG_STATE");
}

TEST_F(OpinionService, AnswersAnEmergencyWithTheNumbersFirst) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_urgency(OPINION_URGENCY_EMERGENCY);
  const SubmitOpinionResponse response = Submitted(request, Resident("r5"));
  EXPECT_THAT(response.emergency_numbers(), ElementsAre("110", "119", "120"));
}

TEST_F(OpinionService, DoesNothingTwice) {
  const SubmitOpinionRequest request = Submission();
  const SubmitOpinionResponse first = Submitted(request, Resident("r6"));
  const SubmitOpinionResponse again = Submitted(request, Resident("r6"));
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  SubmitOpinionRequest other = request;
  other.mutable_opinion()->set_category("SAFETY.EBIKE");
  EXPECT_EQ(error::ReasonOf(
                Ask<SubmitOpinionResponse>(absl::StrCat(kOpinions, "SubmitOpinion"), other, Resident("r6"))
                    .status()),
            "REQUEST_ID_REUSED");
  ListOpinionsRequest mine;
  mine.set_mine(true);
  EXPECT_EQ(List(mine, Resident("r6"))->opinions_size(), 1);
}

TEST_F(OpinionService, LetsOneOfThoseWhoRaceWithTheSameEtagWin) {
  for (int round = 0; round < 10; ++round) {
    const Opinion opinion = Submitted(Resident("r7")).opinion();
    std::atomic<int> won{0};
    std::atomic<int> lost{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        UpdateOpinionRequest request;
        request.set_etag(opinion.etag());
        request.set_public_summary("消防通道堆物");
        request.mutable_update_mask()->add_paths("public_summary");
        const auto updated = Do("UpdateOpinion", opinion.name(), request, Steward());
        if (updated.ok()) ++won;
        if (absl::IsAborted(updated.status())) ++lost;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(lost, 3);
  }
}

TEST_F(OpinionService, ListsByPagesTheNewestFirst) {
  const As resident = Resident("lister", "340111400002-HY");
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.insert(names.begin(), Submitted(resident).opinion().name());
  ListOpinionsRequest request;
  request.set_area("340111400002-HY");
  request.set_page_size(2);
  std::vector<std::string> listed;
  do {
    const auto page = List(request, Steward("340111400002"));
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->opinions_size(), 2);
    for (const Opinion& opinion : page->opinions()) {
      listed.push_back(opinion.name());
      EXPECT_EQ(opinion.text(), "");
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, names);

  request.set_page_token("altered");
  EXPECT_TRUE(absl::IsInvalidArgument(List(request, Steward("340111400002")).status()));
  EXPECT_EQ(error::ReasonOf(List(request, Steward("340111400001")).status()), "DENIED");
  EXPECT_EQ(error::ReasonOf(List(request, resident).status()), "DENIED");
}

TEST_F(OpinionService, ListsWhatTheFiltersAskFor) {
  const As resident = Resident("filter", "340111400002-HY-01");
  const std::string triaged = Submitted(resident).opinion().name();
  const std::string received = Submitted(resident).opinion().name();
  ASSERT_TRUE(Triage(triaged, Steward("340111400002")).ok());
  const auto names = [&](const std::function<void(ListOpinionsRequest&)>& filter) {
    ListOpinionsRequest request;
    request.set_area("340111400002-HY-01");
    filter(request);
    const auto response = List(request, Steward("340111400002"));
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> found;
    for (const Opinion& opinion : response->opinions()) found.push_back(opinion.name());
    return found;
  };
  EXPECT_THAT(names([](ListOpinionsRequest& r) { r.add_states(OPINION_STATE_TRIAGED); }),
              ElementsAre(triaged));
  EXPECT_THAT(names([](ListOpinionsRequest& r) { r.set_category("SAFETY"); }), ElementsAre(received));
  EXPECT_THAT(names([](ListOpinionsRequest& r) { r.set_category("ENVIRONMENT.CORRIDOR"); }),
              ElementsAre(triaged));
  EXPECT_THAT(names([](ListOpinionsRequest& r) { r.set_channel(OPINION_CHANNEL_HOTLINE); }), IsEmpty());
  EXPECT_THAT(names([](ListOpinionsRequest& r) { *r.mutable_due_before_time() = ToProto(absl::Now()); }),
              IsEmpty());
  EXPECT_THAT(names([](ListOpinionsRequest& r) {
                *r.mutable_due_before_time() = ToProto(absl::Now() + absl::Hours(24 * 60));
              }),
              ElementsAre(received, triaged));

  BatchGetOpinionsRequest batch;
  batch.add_names(received);
  batch.add_names(triaged);
  const auto both =
      Ask<BatchGetOpinionsResponse>(absl::StrCat(kOpinions, "BatchGetOpinions"), batch, resident);
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(both->opinions(0).name(), received);
  EXPECT_EQ(both->opinions(1).text(), kText);
}

TEST_F(OpinionService, KeepsWhatIsAboutStaffToTheCommunity) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_about_staff(true);
  const std::string name = Submitted(request, Resident("r8")).opinion().name();
  As branch = Steward();
  branch.role = api::v1::ROLE_BRANCH_SECRETARY;
  for (const As& below : {Steward(), branch, Staff("340111400001")}) {
    EXPECT_EQ(error::ReasonOf(Get(name, below).status()), "DENIED");
    EXPECT_EQ(error::ReasonOf(Triage(name, below).status()), "DENIED");
    ListOpinionsRequest list;
    list.set_area(kBuilding);
    const absl::StatusOr<ListOpinionsResponse> listed = List(list, below);
    ASSERT_TRUE(listed.ok()) << listed.status();
    for (const Opinion& opinion : listed->opinions()) EXPECT_NE(opinion.name(), name);
  }
  EXPECT_TRUE(Get(name, Resident("r8")).ok());
  EXPECT_TRUE(Triage(name, Staff()).ok());
  // It has a summary now, and is still nobody else's business.
  EXPECT_EQ(error::ReasonOf(Get(name, Resident("neighbour")).status()), "DENIED");
}

TEST_F(OpinionService, LeavesNoTraceOfWhoIsAnonymous) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_anonymous(true);
  request.mutable_on_behalf_of()->mutable_person()->set_subject("grandmother");
  request.mutable_on_behalf_of()->set_channel(type::v1::PROXY_CHANNEL_VISIT);
  request.mutable_on_behalf_of()->set_reason("她不用手机");
  const SubmitOpinionResponse submitted = Submitted(request, Resident("unnamed"));
  WithdrawOpinionRequest withdraw;
  withdraw.set_receipt_code(submitted.receipt_code());
  ASSERT_TRUE(Do("WithdrawOpinion", submitted.opinion().name(), withdraw, Resident("unnamed")).ok());
  int told = 0;
  for (const events::v1::Event& event : Events()) {
    if (event.subject() != submitted.opinion().name()) continue;
    ++told;
    EXPECT_EQ(event.actor(), "services/anonymous") << event.DebugString();
    EXPECT_EQ(event.on_behalf_of(), "");
    EXPECT_EQ(event.traceparent(), "");
  }
  EXPECT_EQ(told, 2);
}

TEST_F(OpinionService, LinksToNoEarlierOpinionThatTheCallerMayNotSee) {
  const std::string elsewhere =
      Submitted(Submission(kOtherCommunity), Resident("r12", kOtherCommunity)).opinion().name();
  const std::string here = Submitted(Resident("r13")).opinion().name();
  const std::string again = Submitted(Resident("r13")).opinion().name();
  RejectOpinionRequest request;
  request.set_reason(REJECT_REASON_ALREADY_DECIDED);
  request.set_earlier_opinion(elsewhere);
  EXPECT_EQ(error::ReasonOf(Do("RejectOpinion", again, request, Staff()).status()), "INVALID_FIELD");
  request.set_earlier_opinion(here);
  EXPECT_EQ(error::ReasonOf(Do("RejectOpinion", again, request, Staff()).status()), "EARLIER_NOT_ANSWERED");
  AnswerOpinionRequest answer;
  answer.set_answer("已办");
  ASSERT_TRUE(Do("AnswerOpinion", here, answer, Staff()).ok());
  const auto rejected = Do("RejectOpinion", again, request, Staff());
  ASSERT_TRUE(rejected.ok()) << rejected.status();
  EXPECT_EQ(rejected->earlier_opinion(), here);
}

TEST_F(OpinionService, CountsEverySupporterOnce) {
  const std::string name = Submitted(Resident("r9")).opinion().name();
  EXPECT_EQ(error::ReasonOf(Do("SupportOpinion", name, SupportOpinionRequest(), Resident("n1")).status()),
            "DENIED");
  ASSERT_TRUE(Triage(name, Steward()).ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] {
      const As as = Resident(absl::StrCat("n", i % 3), "340111400001-CJ-08");
      EXPECT_TRUE(Do("SupportOpinion", name, SupportOpinionRequest(), as).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Get(name, Strong(Steward()))->supports(), 3);
  EXPECT_EQ(error::ReasonOf(Do("SupportOpinion", name, SupportOpinionRequest(), Resident("r9")).status()),
            "OWN_OPINION");
}

TEST_F(OpinionService, MergesBothWaysAndBack) {
  const std::string first = Submitted(Resident("r10")).opinion().name();
  const std::string second = Submitted(Resident("r11")).opinion().name();
  MergeOpinionRequest request;
  request.set_into(first);
  const auto merged = Do("MergeOpinion", second, request, Steward());
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(merged->state(), OPINION_STATE_DUPLICATE);
  EXPECT_THAT(Get(first, Strong(Steward()))->merged_from(), ElementsAre(second));
  ASSERT_TRUE(Do("UnmergeOpinion", second, UnmergeOpinionRequest(), Steward()).ok());
  EXPECT_EQ(Get(first, Strong(Steward()))->merged_from_size(), 0);
  EXPECT_EQ(Get(second, Strong(Steward()))->state(), OPINION_STATE_RECEIVED);
}

TEST_F(OpinionService, LetsDeadlinesOfDatedBackWorkPassWhenTimeIsAdvanced) {
  // Due at the end of Friday 20 January; the branch is told after three times the working days.
  const std::string area = kOtherCommunity;
  const As staff = Staff("340104400");
  const absl::Time received = At("2023-01-18 10:00");
  const std::string name = Submitted(Then(Resident("d1", area), received)).opinion().name();
  EXPECT_EQ(Advance("340104400", At("2023-01-19 23:00")), 0);
  EXPECT_EQ(Advance("340104400", At("2023-01-20 09:00")), 1);
  EXPECT_THAT(Get(name, Strong(staff))->lapsed_deadlines(), ElementsAre("REMINDER"));
  EXPECT_EQ(Advance("340104400", At("2023-01-27 12:00")), 1);
  EXPECT_THAT(Get(name, Strong(staff))->lapsed_deadlines(), ElementsAre("REMINDER", "DUE"));
  EXPECT_EQ(Advance("340104400", At("2023-02-28 12:00")), 1);
  EXPECT_THAT(Get(name, Strong(staff))->lapsed_deadlines(), ElementsAre("REMINDER", "DUE", "ESCALATED"));
  std::vector<std::string> told;
  for (const events::v1::Event& event : Events()) {
    if (event.subject() == name && event.opinion().has_deadline_passed()) {
      told.push_back(event.opinion().deadline_passed().deadline());
      EXPECT_TRUE(event.back_dated());
    }
  }
  EXPECT_THAT(told, ElementsAre("REMINDER", "DUE", "ESCALATED"));

  // 14 days of silence after the answer.
  AnswerOpinionRequest answer;
  answer.set_answer("已办");
  ASSERT_TRUE(Do("AnswerOpinion", name, answer, Then(staff, At("2023-03-01 10:00"))).ok());
  EXPECT_EQ(Advance("340104400", At("2023-03-15 09:59")), 0);
  EXPECT_EQ(Get(name, Strong(staff))->state(), OPINION_STATE_ANSWERED);
  EXPECT_EQ(Advance("340104400", At("2023-03-15 10:00")), 1);
  const auto closed = Get(name, Strong(staff));
  EXPECT_EQ(closed->state(), OPINION_STATE_CLOSED);
  EXPECT_EQ(calendar::FromProto(closed->close_time()), At("2023-03-15 10:00"));
  // Nothing is left to pass.
  EXPECT_EQ(Advance("340104400", At("2030-01-01 00:00")), 0);
}

TEST_F(OpinionService, CountsWhatARecountOfTheRowsCounts) {
  const std::string area = "340111400003";
  const As resident = Then(Resident("s1", area), At("2023-04-03 09:00"));
  const As staff = Staff(area);
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i) {
    SubmitOpinionRequest request = Submission(area);
    request.mutable_opinion()->set_kind(i % 2 == 0 ? OPINION_KIND_PROBLEM : OPINION_KIND_SUGGESTION);
    request.mutable_opinion()->set_category(i % 3 == 0   ? "SAFETY.FIRE"
                                            : i % 3 == 1 ? "ENVIRONMENT.GREENING"
                                                         : "");
    names.push_back(Submitted(request, resident).opinion().name());
  }
  absl::Time time = At("2023-04-04 09:00");
  const auto later = [&] { return Then(staff, time += absl::Hours(1)); };
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(Triage(names[i], later()).ok());
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(Do("StartOpinion", names[i], StartOpinionRequest(), later()).ok());
    ResolveOpinionRequest resolve;
    resolve.set_outcome(OPINION_OUTCOME_FIXED);
    resolve.set_answer("已办");
    // The last two are late: all are due by 12 April or before.
    const As as = i < 2 ? later() : Then(staff, At("2023-05-08 09:00") + absl::Hours(i));
    ASSERT_TRUE(Do("ResolveOpinion", names[i], resolve, as).ok());
  }
  GiveFeedbackRequest feedback;
  feedback.mutable_feedback()->set_satisfaction(SATISFACTION_SATISFIED);
  const absl::Time may = At("2023-05-20 09:00");
  ASSERT_TRUE(Do("GiveFeedback", names[0], feedback, Then(resident, may)).ok());
  feedback.mutable_feedback()->set_satisfaction(SATISFACTION_UNSATISFIED);
  ASSERT_TRUE(Do("GiveFeedback", names[1], feedback, Then(resident, may)).ok());
  ReassignOpinionRequest reassign;
  reassign.set_area("340111400002-HY-02");
  ASSERT_TRUE(Do("ReassignOpinion", names[7], reassign, Then(Staff(), may)).ok());

  for (const std::string& where : {area, std::string("340111400002-HY-02")}) {
    std::map<std::string, int64_t> by_category;
    std::map<std::string, int64_t> by_state;
    std::map<std::string, int64_t> by_kind;
    ListOpinionsRequest all;
    all.set_area(where);
    all.set_page_size(1000);
    const auto rows = List(all, Staff(where));
    ASSERT_TRUE(rows.ok()) << rows.status();
    for (const Opinion& row : rows->opinions()) {
      ++by_category[row.category().empty() ? "NONE" : row.category()];
      ++by_state[rules::NameOf(row.state())];
      ++by_kind[OpinionKind_Name(row.kind()).substr(sizeof("OPINION_KIND_") - 1)];
    }
    const auto compare = [&](OpinionDimension dimension, const std::string& name,
                             const std::map<std::string, int64_t>& counted) {
      std::map<std::string, int64_t> figures;
      const GetOpinionStatisticsResponse response = Statistics(where, dimension);
      for (const type::v1::Figure& figure : response.figures()) {
        if (figure.dimensions().count(name) != 0) figures[figure.dimensions().at(name)] = figure.value();
      }
      EXPECT_EQ(figures, counted) << where << " by " << name;
      EXPECT_EQ(FigureOf(response, "opinions.received"), rows->opinions_size());
    };
    compare(OPINION_DIMENSION_CATEGORY, "category", by_category);
    compare(OPINION_DIMENSION_STATE, "state", by_state);
    compare(OPINION_DIMENSION_KIND, "kind", by_kind);
  }
  const GetOpinionStatisticsResponse figures = Statistics(area, OPINION_DIMENSION_MONTH);
  EXPECT_EQ(FigureOf(figures, "opinions.received", "month", "2023-04"), 11);
  EXPECT_EQ(FigureOf(figures, "opinions.resolved"), 4);
  EXPECT_EQ(FigureOf(figures, "opinions.resolved", "month", "2023-05"), 2);
  EXPECT_EQ(FigureOf(figures, "opinions.on_time_share"), 500);
  EXPECT_EQ(FigureOf(figures, "opinions.satisfied_share"), 500);
  // Triaged 25 to 32 hours after they came.
  EXPECT_NEAR(static_cast<double>(FigureOf(figures, "opinions.triage_median")), 28 * 3600, 0.06 * 28 * 3600);
  EXPECT_NEAR(static_cast<double>(FigureOf(figures, "opinions.triage_p90")), 32 * 3600, 0.06 * 32 * 3600);
}

TEST_F(OpinionService, FollowsItsOrderToTheEndAndAsksNobodyTwice) {
  const Opinion submitted = Submitted(Resident("f1")).opinion();
  ASSERT_TRUE(Triage(submitted.name(), Steward()).ok());
  const auto dispatched = Do("DispatchOpinion", submitted.name(), DispatchOpinionRequest(), Steward());
  ASSERT_TRUE(dispatched.ok()) << dispatched.status();
  ASSERT_TRUE(absl::StartsWith(dispatched->order(), "orders/"));

  StallStore stalls(suite_->house("opinion"));
  OpinionStore opinions(suite_->house("opinion"));
  FindingStore extracts(suite_->house("opinion"));
  OpinionChanges changes(suite_->house("opinion"), opinions, extracts);
  const events::Effect effect = DeliberationEffect(opinions, changes, stalls);
  events::v1::Event closed;
  closed.set_subject(dispatched->order());
  *closed.mutable_occur_time() = ToProto(absl::Now());
  closed.mutable_deliberation()->set_opinion(submitted.name());
  closed.mutable_deliberation()->mutable_order_closed()->set_rating(5);
  db::Connection connection(suite_->database("opinion"));
  // The second time it has moved on already, and nothing happens.
  for (int i = 0; i < 2; ++i) {
    const absl::Status applied =
        db::RunInTransaction(connection, absl::InfiniteFuture(),
                             [&](db::Transaction& tx) { return effect.apply(tx, closed, ""); });
    EXPECT_TRUE(applied.ok()) << applied;
  }
  const auto over = Get(submitted.name(), Strong(Resident("f1")));
  EXPECT_EQ(over->state(), OPINION_STATE_CLOSED);
  EXPECT_EQ(over->feedback().satisfaction(), SATISFACTION_SATISFIED);
  GiveFeedbackRequest feedback;
  feedback.mutable_feedback()->set_satisfaction(SATISFACTION_PARTLY);
  EXPECT_EQ(error::ReasonOf(Do("GiveFeedback", submitted.name(), feedback, Resident("f1")).status()),
            "OPINION_WRONG_STATE");
}

TEST_F(OpinionService, KeepsTheTextOutOfTheEvents) {
  Submitted(Resident("canary"));
  for (const events::v1::Event& event : Events()) {
    EXPECT_FALSE(absl::StrContains(event.SerializeAsString(), "消防通道"));
    EXPECT_FALSE(absl::StrContains(event.SerializeAsString(), "canary"));
  }
}

}  // namespace
}  // namespace firstfloor::opinion
