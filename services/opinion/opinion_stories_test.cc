// Stories of opinions, each told through the calls of those who take part, with the attempts to get round
// what holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "firstfloor/opinion/v1/finding_service.pb.h"
#include "firstfloor/opinion/v1/follow_service.pb.h"
#include "firstfloor/opinion/v1/ledger_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/petition_service.pb.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"
#include "services/opinion/stall_fixture.h"

namespace firstfloor::opinion {
namespace {

using calendar::FromProto;
using error::ReasonOf;
using testing::As;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RequestId;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kNextBuilding[] = "340111400001-CJ-08";
constexpr char kElsewhere[] = "340104400001-SL-01";

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
As OfTheCommunity(const std::string& subject = "of-the-community") {
  return {.role = api::v1::ROLE_COMMUNITY_STAFF, .area = "340111400", .subject = subject};
}
As Secretary() {
  return {.role = api::v1::ROLE_BRANCH_SECRETARY, .area = "340111400", .subject = "secretary"};
}
As OfTheDistrict() {
  return {.role = api::v1::ROLE_DISTRICT_ADMIN, .area = "340111", .subject = "of-the-district"};
}

class OpinionStories : public StallTest {
 protected:
  static SubmitOpinionRequest Submission(const std::string& area = kBuilding) {
    SubmitOpinionRequest request;
    request.set_request_id(RequestId());
    Opinion& opinion = *request.mutable_opinion();
    opinion.set_area(area);
    opinion.set_channel(OPINION_CHANNEL_APP);
    opinion.set_kind(OPINION_KIND_PROBLEM);
    opinion.set_category("SAFETY.FIRE");
    opinion.set_text("楼道里堆满了纸箱，我家老人下不了楼");
    return request;
  }
  static absl::StatusOr<SubmitOpinionResponse> Submit(const SubmitOpinionRequest& request, const As& as) {
    return Ask<SubmitOpinionResponse>("OpinionService.SubmitOpinion", request, as);
  }
  static SubmitOpinionResponse Submitted(const SubmitOpinionRequest& request, const As& as) {
    const auto response = Submit(request, as);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : SubmitOpinionResponse();
  }
  static std::string Said(const As& as) { return Submitted(Submission(as.area), as).opinion().name(); }

  // A change of one opinion: "TriageOpinion", "FollowService.FollowOpinion".
  template <typename Request>
  static absl::StatusOr<Opinion> Do(const std::string& method, const std::string& name, Request request,
                                    const As& as) {
    request.set_name(name);
    request.set_request_id(RequestId());
    return Ask<Opinion>(absl::StrContains(method, '.') ? method : absl::StrCat("OpinionService.", method),
                        request, as);
  }
  // It is done.
  template <typename Request>
  static Opinion Done(const std::string& method, const std::string& name, Request request, const As& as) {
    const auto done = Do(method, name, request, as);
    EXPECT_TRUE(done.ok()) << method << ": " << done.status();
    return done.ok() ? *done : Opinion();
  }
  // Why it is not.
  template <typename Request>
  static std::string Refused(const std::string& method, const std::string& name, Request request,
                             const As& as) {
    return ReasonOf(Do(method, name, request, as).status());
  }
  static Opinion Triaged(const std::string& name, const As& as) {
    TriageOpinionRequest request;
    request.set_category("ENVIRONMENT.CORRIDOR");
    request.set_public_summary("楼道堆物");
    return Done("TriageOpinion", name, request, as);
  }
  static AnswerOpinionRequest Answer() {
    AnswerOpinionRequest request;
    request.set_answer("已请物业当天清理");
    request.set_public_answer("当天清理完毕");
    return request;
  }
  static absl::StatusOr<Opinion> Get(const std::string& name, const As& as, bool unmask = false) {
    GetOpinionRequest request;
    request.set_name(name);
    request.set_unmask(unmask);
    return Ask<Opinion>("OpinionService.GetOpinion", request, Strong(as));
  }
  static absl::StatusOr<OpinionProgress> ByReceipt(const std::string& code) {
    GetOpinionByReceiptRequest request;
    request.set_receipt_code(code);
    return Ask<OpinionProgress>("OpinionService.GetOpinionByReceipt", request, As());
  }
  static absl::StatusOr<Timeline> TimelineOf(const std::string& name, const As& as) {
    GetTimelineRequest request;
    request.set_name(name);
    return Ask<Timeline>("FollowService.GetTimeline", request, as);
  }
  static std::vector<std::string> FollowedBy(const As& as) {
    const auto response = Ask<ListMyFollowedOpinionsResponse>("FollowService.ListMyFollowedOpinions",
                                                              ListMyFollowedOpinionsRequest(), as);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> names;
    if (response.ok()) {
      for (const Opinion& opinion : response->opinions()) names.push_back(opinion.name());
    }
    return names;
  }
  static std::vector<std::string> ListedFor(const As& as) {
    ListOpinionsRequest request;
    request.set_area(kBuilding);
    request.set_page_size(1000);
    const auto response = Ask<ListOpinionsResponse>("OpinionService.ListOpinions", request, as);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> names;
    if (response.ok()) {
      for (const Opinion& opinion : response->opinions()) names.push_back(opinion.name());
    }
    return names;
  }
  // "opinions/…: DUTY", the earliest first.
  static std::vector<std::string> DueFor(const As& as, const std::string& area, const std::string& day = "") {
    ListDueRequest request;
    request.set_area(area);
    request.set_day(day);
    request.set_page_size(2);
    std::vector<std::string> due;
    do {
      const auto page = Ask<ListDueResponse>("LedgerService.ListDue", request, as);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return due;
      for (const DueItem& item : page->items())
        due.push_back(absl::StrCat(item.opinion(), ": ", item.duty()));
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return due;
  }
  // What a watch tells until `enough`, from the cursor on; moves the cursor.
  static std::vector<std::string> Told(WatchOpinionsRequest& watch, const As& as,
                                       const std::function<bool(const std::vector<std::string>&)>& enough) {
    if (watch.cursor().empty()) EventsOf("");  // what was said before has its place in the log
    std::vector<std::string> names;
    WatchOpinionsResponse message;
    const absl::Status status = suite().client("opinion").Watch(
        "firstfloor.opinion.v1.OpinionService.WatchOpinions", watch, message,
        [&] {
          watch.set_cursor(message.cursor());
          if (!message.name().empty()) names.push_back(message.name());
          return !enough(names);
        },
        suite().Options(as));
    EXPECT_TRUE(status.ok()) << status;
    return names;
  }
  static bool AtOnce(const std::vector<std::string>&) { return true; }
};

TEST_F(OpinionStories, AnEmergencyIsAnsweredWithNumbersPagedAcknowledgedAndHandedOff) {
  WatchOpinionsRequest page;
  page.set_area("340111400001-CJ");
  page.set_emergencies(true);
  Told(page, Steward(), AtOnce);

  Said(Resident("e0"));
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_urgency(OPINION_URGENCY_EMERGENCY);
  const SubmitOpinionResponse response = Submitted(request, Resident("e1"));
  EXPECT_THAT(response.emergency_numbers(), ElementsAre("110", "119", "120"));
  const std::string name = response.opinion().name();
  // The duty post is paged by it, and by nothing else.
  EXPECT_THAT(Told(page, Steward(), [](const auto& names) { return !names.empty(); }), ElementsAre(name));
  EXPECT_THAT(DueFor(Steward(), kBuilding), Contains(absl::StrCat(name, ": ACKNOWLEDGE")));

  // Neither the reporter nor the steward of another compound has it in hand.
  for (const As& other : {Resident("e1"), Resident("e2"), Steward("340111400002-HY")}) {
    EXPECT_EQ(Refused("AcknowledgeEmergency", name, AcknowledgeEmergencyRequest(), other), "DENIED");
  }
  Done("AcknowledgeEmergency", name, AcknowledgeEmergencyRequest(), Steward());
  EXPECT_EQ(Refused("AcknowledgeEmergency", name, AcknowledgeEmergencyRequest(), Steward()),
            "ALREADY_ACKNOWLEDGED");
  HandOffEmergencyRequest hand_off;
  EXPECT_EQ(Refused("HandOffEmergency", name, hand_off, Steward()), "INVALID_FIELD");
  hand_off.mutable_hand_off()->set_body("119");
  hand_off.mutable_hand_off()->set_number("20231103-0042");
  Done("HandOffEmergency", name, hand_off, Steward());
  const auto handed = Get(name, Steward());
  ASSERT_TRUE(handed.ok()) << handed.status();
  EXPECT_EQ(handed->hand_offs(0).body(), "119");
  EXPECT_EQ(handed->hand_offs(0).number(), "20231103-0042");
  EXPECT_TRUE(handed->hand_offs(0).has_hand_off_time());
  EXPECT_THAT(DueFor(Steward(), kBuilding), Not(Contains(absl::StrCat(name, ": ACKNOWLEDGE"))));
}

TEST_F(OpinionStories, AnEmergencyThatNobodyAcknowledgesIsToldOfAfter15MinutesOfANight) {
  SubmitOpinionRequest request = Submission("340111400003");
  request.mutable_opinion()->set_urgency(OPINION_URGENCY_EMERGENCY);
  const absl::Time night = At("2023-01-22 03:00");
  const std::string name = Submitted(request, Then(Resident("n1", "340111400003"), night)).opinion().name();
  EXPECT_EQ(Advance("340111400003", night + absl::Minutes(14)), 0);
  EXPECT_EQ(Advance("340111400003", night + absl::Minutes(15)), 1);
  std::vector<std::string> told;
  for (const events::v1::Event& event : EventsOf(name)) {
    if (event.opinion().has_deadline_passed()) told.push_back(event.opinion().deadline_passed().deadline());
  }
  EXPECT_THAT(told, ElementsAre("ACKNOWLEDGE"));
}

TEST_F(OpinionStories, APetitionGoesItsWayAndNothingShortensIt) {
  const std::string area = "340111400002-HY-02";
  const As petitioner = Resident("petitioner", area);
  const auto at = [&](const As& as, const char* time) { return Then(as, At(time)); };
  SubmitOpinionRequest request = Submission(area);
  request.mutable_opinion()->set_kind(OPINION_KIND_PETITION);
  request.mutable_opinion()->set_petition_type(PETITION_TYPE_CLAIM);
  request.mutable_opinion()->set_category("GOVERNANCE");
  for (int i = 0; i < 6; ++i) {
    request.mutable_opinion()->add_representatives()->set_display_name("代表（虚构）");
  }
  // At most five representatives come to a joint visit.
  EXPECT_EQ(ReasonOf(Submit(request, petitioner).status()), "INVALID_FIELD");
  request.mutable_opinion()->mutable_representatives()->RemoveLast();
  const SubmitOpinionResponse response = Submitted(request, at(petitioner, "2023-03-01 10:00"));
  const std::string name = response.opinion().name();
  EXPECT_THAT(DueFor(OfTheCommunity(), area, "2023-03-16"), Contains(absl::StrCat(name, ": DUE")));

  RejectOpinionRequest reject;
  reject.set_reason(REJECT_REASON_IN_LEGAL_PROCEDURE);
  EXPECT_EQ(Refused("RejectOpinion", name, reject, at(OfTheCommunity(), "2023-03-02 09:00")),
            "PETITION_NOTICE_NEEDED");
  AskReporterRequest ask;
  ask.set_question("请补充材料");
  EXPECT_EQ(Refused("AskReporter", name, ask, at(OfTheCommunity(), "2023-03-02 09:00")),
            "PETITION_NEVER_PAUSED");
  MergeOpinionRequest merge;
  merge.set_into(Said(Resident("other", area)));
  EXPECT_EQ(Refused("MergeOpinion", name, merge, at(OfTheCommunity(), "2023-03-02 09:00")),
            "PETITION_NEVER_MERGED");

  GiveNoticeRequest notice;
  notice.set_official_number("皖信2023-0117");
  EXPECT_EQ(Refused("GiveNotice", name, notice, at(Steward("340111400002"), "2023-03-03 10:00")), "DENIED");
  const Opinion accepted = Done("GiveNotice", name, notice, at(OfTheCommunity(), "2023-03-03 10:00"));
  EXPECT_EQ(accepted.official_number(), "皖信2023-0117");
  EXPECT_EQ(FromProto(accepted.due_time()), At("2023-05-03 00:00"));

  Triaged(name, at(OfTheCommunity(), "2023-03-06 10:00"));
  Done("StartOpinion", name, StartOpinionRequest(), at(OfTheCommunity(), "2023-03-06 11:00"));
  ExtendDeadlineRequest extend;
  extend.set_reason_code("EXPERT_OPINION");
  extend.set_calendar_days(31);
  extend.set_notified(true);
  EXPECT_EQ(Refused("ExtendDeadline", name, extend, at(Secretary(), "2023-04-20 10:00")), "INVALID_FIELD");
  extend.set_calendar_days(30);
  EXPECT_EQ(Refused("ExtendDeadline", name, extend, at(OfTheCommunity(), "2023-04-20 10:00")),
            "EXTENSION_NEEDS_SECRETARY");
  Done("ExtendDeadline", name, extend, at(Secretary(), "2023-04-20 10:00"));

  ResolveOpinionRequest resolve;
  resolve.set_outcome(OPINION_OUTCOME_EXPLAINED);
  resolve.set_answer("收支明细见附件");
  Done("ResolveOpinion", name, resolve, at(OfTheCommunity(), "2023-05-20 10:00"));
  // Silence closes nothing here.
  Advance(area, At("2023-06-10 00:00"));
  EXPECT_EQ(Get(name, OfTheCommunity())->state(), OPINION_STATE_RESOLVED);

  RequestReviewRequest review;
  EXPECT_EQ(
      Refused("PetitionService.RequestReview", name, review, at(Resident("other", area), "2023-06-12 10:00")),
      "DENIED");
  review.set_receipt_code("2222-2222-2222-22");
  EXPECT_EQ(Refused("PetitionService.RequestReview", name, review, As()), "DENIED");
  review.clear_receipt_code();
  Done("PetitionService.RequestReview", name, review, at(petitioner, "2023-06-12 10:00"));
  CloseOpinionRequest close;
  close.set_reason_code("DONE");
  EXPECT_EQ(Refused("CloseOpinion", name, close, at(OfTheCommunity(), "2023-06-13 10:00")), "REVIEW_OPEN");
  EXPECT_THAT(DueFor(OfTheCommunity(), area, "2023-07-12"), Contains(absl::StrCat(name, ": REVIEW")));
  AnswerReviewRequest decision;
  decision.mutable_review()->set_body("区人民政府");
  decision.mutable_review()->set_answer("维持");
  decision.mutable_review()->set_upheld(true);
  Done("PetitionService.AnswerReview", name, decision, at(OfTheCommunity(), "2023-07-01 10:00"));
  EXPECT_EQ(Get(name, petitioner)->reviews(0).answer(), "维持");
  Done("CloseOpinion", name, close, at(OfTheCommunity(), "2023-07-02 10:00"));
}

TEST_F(OpinionStories, AForwardedPetitionIsObjectedToInTimeOrNotAtAll) {
  const std::string area = "340111400002-HY-02";
  SubmitOpinionRequest request = Submission(area);
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_HOTLINE);
  request.mutable_opinion()->set_kind(OPINION_KIND_PETITION);
  request.mutable_opinion()->set_petition_type(PETITION_TYPE_CLAIM);
  request.mutable_opinion()->set_forwarded_by("区信访局");
  const auto received = [&] {
    request.set_request_id(RequestId());
    return Submitted(request, Then(OfTheCommunity(), At("2023-03-01 10:00"))).opinion().name();
  };
  ObjectToPetitionRequest object;
  object.mutable_objection()->set_body("区人社局");
  object.mutable_objection()->set_reason_code("LABOUR_DISPUTE");
  const std::string late = received();
  EXPECT_EQ(Refused("PetitionService.ObjectToPetition", late, object,
                    Then(OfTheCommunity(), At("2023-03-09 09:00"))),
            "OBJECTION_TOO_LATE");
  const std::string in_time = received();
  EXPECT_EQ(
      Refused("PetitionService.ObjectToPetition", in_time, object, Then(Steward(), At("2023-03-08 09:00"))),
      "DENIED");
  EXPECT_EQ(Done("PetitionService.ObjectToPetition", in_time, object,
                 Then(OfTheCommunity(), At("2023-03-08 23:00")))
                .objection()
                .body(),
            "区人社局");
}

TEST_F(OpinionStories, AMatterAboutStaffIsKeptFromWhomItConcernsAndTheirPost) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_about_staff(true);
  request.mutable_opinion()->set_category("GOVERNANCE.STAFF");
  StaffConcerned& concerned = *request.mutable_opinion()->mutable_concerned();
  concerned.mutable_person()->set_subject("rude");
  HeldPost* post = concerned.add_posts();
  post->set_role(api::v1::ROLE_COMMUNITY_STAFF);
  post->set_area("340111400");
  WatchOpinionsRequest watch;
  watch.set_area("340111400");
  Told(watch, OfTheCommunity("rude"), AtOnce);
  const std::string name = Submitted(request, Resident("a1")).opinion().name();

  // Whoever it concerns tries every way in; so do colleagues of the same post, the steward, and a neighbour.
  TriageOpinionRequest triage;
  triage.set_category("GOVERNANCE.STAFF");
  triage.set_public_summary("投诉");
  RejectOpinionRequest reject;
  reject.set_reason(REJECT_REASON_SPAM);
  ConfineOpinionRequest lift;
  lift.set_reason_code("NOTHING_IN_IT");
  ReassignOpinionRequest reassign;
  reassign.set_area("340111400002");
  for (const As& who :
       {OfTheCommunity("rude"), OfTheCommunity("colleague"), Steward(), Resident("neighbour")}) {
    EXPECT_EQ(ReasonOf(Get(name, who).status()), "DENIED");
    EXPECT_EQ(ReasonOf(Get(name, who, true).status()), "DENIED");
    EXPECT_EQ(ReasonOf(TimelineOf(name, who).status()), "DENIED");
    EXPECT_EQ(Refused("TriageOpinion", name, triage, who), "DENIED");
    EXPECT_EQ(Refused("RejectOpinion", name, reject, who), "DENIED");
    EXPECT_EQ(Refused("ConfineOpinion", name, lift, who), "DENIED");
    EXPECT_EQ(Refused("ReassignOpinion", name, reassign, who), "DENIED");
    EXPECT_EQ(Refused("FollowService.FollowOpinion", name, FollowOpinionRequest(), who), "DENIED");
    EXPECT_EQ(Refused("SupportOpinion", name, SupportOpinionRequest(), who), "DENIED");
  }
  EXPECT_THAT(ListedFor(OfTheCommunity("rude")), Not(Contains(name)));
  EXPECT_THAT(DueFor(OfTheCommunity("rude"), kBuilding, "2100-01-01"),
              Not(Contains(absl::StrCat(name, ": DUE"))));
  const std::string after = Said(Resident("a2"));
  EXPECT_THAT(Told(watch, OfTheCommunity("rude"), [](const auto& names) { return !names.empty(); }),
              ElementsAre(after));

  // The district, one level up, reads and decides it.
  EXPECT_THAT(ListedFor(OfTheDistrict()), Contains(name));
  EXPECT_EQ(Get(name, OfTheDistrict())->concerned().person().subject(), "r*");
  Done("TriageOpinion", name, triage, OfTheDistrict());
  Done("StartOpinion", name, StartOpinionRequest(), OfTheDistrict());
  EXPECT_EQ(Refused("EscalateOpinion", Said(Resident("a3")), EscalateOpinionRequest(), OfTheDistrict()),
            "INVALID_FIELD");
  ResolveOpinionRequest resolve;
  resolve.set_outcome(OPINION_OUTCOME_EXPLAINED);
  resolve.set_answer("已批评教育");
  Done("ResolveOpinion", name, resolve, OfTheDistrict());
  EXPECT_EQ(Get(name, Resident("a1"))->answer(), "已批评教育");
  // It has a summary by now, and is still nobody else's business.
  EXPECT_EQ(ReasonOf(Get(name, Resident("neighbour")).status()), "DENIED");
}

TEST_F(OpinionStories, AStewardTakesAMatterOutOfTheirOwnSight) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_text("地下车库的充电桩夜里冒烟，值班员去拔插头时被车主堵在门口");
  const std::string name = Submitted(request, Resident("b1")).opinion().name();
  Triaged(name, Steward());
  Done("FollowService.FollowOpinion", name, FollowOpinionRequest(), Resident("b2", kNextBuilding));
  const auto similar = [&] {
    SuggestSimilarRequest like;
    like.set_area(kBuilding);
    like.set_text(request.opinion().text());
    const auto found = Ask<SuggestSimilarResponse>("FindingService.SuggestSimilar", like, Strong(Steward()));
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> names;
    if (!found.ok()) return names;
    for (const SimilarOpinion& one : found->opinions()) names.push_back(one.opinion());
    return names;
  };
  EXPECT_THAT(similar(), Contains(name));
  ConfineOpinionRequest confine;
  confine.set_restriction(RESTRICTION_THREAT);
  confine.set_reason_code("THREATENED_AT_THE_DOOR");
  EXPECT_EQ(Refused("ConfineOpinion", name, confine, Resident("b1")), "DENIED");
  Done("ConfineOpinion", name, confine, Steward());
  ConfineOpinionRequest lift;
  lift.set_reason_code("NOTHING_IN_IT");
  EXPECT_EQ(Refused("ConfineOpinion", name, lift, Steward()), "DENIED");
  EXPECT_EQ(ReasonOf(Get(name, Steward()).status()), "DENIED");
  // Whoever followed it is told nothing more, and may leave.
  EXPECT_EQ(ReasonOf(TimelineOf(name, Resident("b2", kNextBuilding)).status()), "DENIED");
  EXPECT_THAT(FollowedBy(Resident("b2", kNextBuilding)), IsEmpty());
  EXPECT_EQ(
      Done("FollowService.UnfollowOpinion", name, UnfollowOpinionRequest(), Resident("b2", kNextBuilding))
          .area(),
      "");
  EXPECT_TRUE(Get(name, OfTheCommunity()).ok());
  EXPECT_THAT(similar(), Not(Contains(name)));
  Done("ConfineOpinion", name, lift, OfTheCommunity());
  EXPECT_TRUE(Get(name, Steward()).ok());
  EXPECT_THAT(similar(), Contains(name));
}

TEST_F(OpinionStories, HarmToAChildIsReportedBeforeAnythingElse) {
  WatchOpinionsRequest page;
  page.set_area("340111400");
  page.set_emergencies(true);
  Told(page, OfTheCommunity(), AtOnce);
  WatchOpinionsRequest below;
  below.set_area(kBuilding);
  Told(below, Steward(), AtOnce);
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_restriction(RESTRICTION_CHILD_AT_RISK);
  const SubmitOpinionResponse response = Submitted(request, Resident("c1"));
  const std::string name = response.opinion().name();
  EXPECT_THAT(response.emergency_numbers(), ElementsAre("110", "119", "120"));
  // The community's staff is paged; the steward of the building hears nothing of it.
  EXPECT_THAT(Told(page, OfTheCommunity(), [](const auto& names) { return !names.empty(); }),
              ElementsAre(name));
  const std::string after = Said(Resident("c2"));
  EXPECT_THAT(Told(below, Steward(), [](const auto& names) { return !names.empty(); }), ElementsAre(after));
  EXPECT_EQ(ReasonOf(Get(name, Steward()).status()), "DENIED");
  EXPECT_THAT(DueFor(OfTheCommunity(), kBuilding), Contains(absl::StrCat(name, ": ACKNOWLEDGE")));

  // Nobody makes it go away: not by acknowledging it, nor the one who said it, nor an answer on the spot.
  Done("AcknowledgeEmergency", name, AcknowledgeEmergencyRequest(), OfTheCommunity());
  EXPECT_THAT(DueFor(OfTheCommunity(), kBuilding), Contains(absl::StrCat(name, ": REPORT")));
  WithdrawOpinionRequest withdraw;
  EXPECT_EQ(Refused("WithdrawOpinion", name, withdraw, Resident("c1")), "CHILD_HARM_NOT_REPORTED");
  withdraw.set_receipt_code(response.receipt_code());
  EXPECT_EQ(Refused("WithdrawOpinion", name, withdraw, As()), "CHILD_HARM_NOT_REPORTED");
  EXPECT_EQ(Refused("AnswerOpinion", name, Answer(), OfTheCommunity()), "CHILD_HARM_NOT_REPORTED");
  HandOffEmergencyRequest police;
  police.mutable_hand_off()->set_body("110");
  police.mutable_hand_off()->set_number("20231103-0043");
  EXPECT_EQ(Refused("HandOffEmergency", name, police, Steward()), "DENIED");
  const Opinion reported = Done("HandOffEmergency", name, police, OfTheCommunity());
  EXPECT_TRUE(reported.has_report_time());
  Done("AnswerOpinion", name, Answer(), OfTheCommunity());
}

TEST_F(OpinionStories, SomebodySpeaksForTheirGrandmotherWhoIsCalledBeforeTheEnd) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_contact_preference(CONTACT_PREFERENCE_PHONE);
  request.mutable_opinion()->set_language("wuu");
  type::v1::OnBehalfOf& behalf = *request.mutable_on_behalf_of();
  behalf.mutable_person()->set_subject("grandchild");
  behalf.mutable_person()->set_phone("+8613800000000");
  behalf.set_channel(type::v1::PROXY_CHANNEL_PHONE);
  behalf.set_reason("她不用手机");
  // Nobody speaks for themself, and a resident speaks for others through the app alone.
  EXPECT_EQ(ReasonOf(Submit(request, Resident("grandchild")).status()), "INVALID_FIELD");
  behalf.mutable_person()->set_subject("grandmother");
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_HOTLINE);
  EXPECT_EQ(ReasonOf(Submit(request, Resident("grandchild")).status()), "CHANNEL_NOT_ALLOWED");
  request.mutable_opinion()->set_channel(OPINION_CHANNEL_APP);
  const SubmitOpinionResponse response = Submitted(request, Resident("grandchild"));
  const std::string name = response.opinion().name();

  // Both are recorded, for those who may see them; it is the grandmother's.
  const auto plain = Get(name, OfTheCommunity(), true);
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->reporter().subject(), "grandmother");
  EXPECT_EQ(plain->entered_by().subject(), "grandchild");
  EXPECT_EQ(plain->on_behalf_of().channel(), type::v1::PROXY_CHANNEL_PHONE);
  EXPECT_EQ(plain->language(), "wuu");
  EXPECT_TRUE(Get(name, Resident("grandmother")).ok());
  EXPECT_EQ(ReasonOf(Get(name, Resident("grandchild")).status()), "DENIED");

  Done("AnswerOpinion", name, Answer(), Steward());
  EXPECT_THAT(DueFor(Steward(), kBuilding, "2100-01-01"), Contains(absl::StrCat(name, ": CALL")));
  CloseOpinionRequest close;
  close.set_reason_code("DONE");
  EXPECT_EQ(Refused("CloseOpinion", name, close, OfTheCommunity()), "REPORTER_NOT_CALLED");
  // To change how she wants to hear is not the same as to call her, but it is hers to say; it is told.
  EXPECT_EQ(Refused("RecordCall", name, RecordCallRequest(), Resident("grandchild")), "DENIED");
  Done("RecordCall", name, RecordCallRequest(), Steward());
  Done("CloseOpinion", name, close, OfTheCommunity());
}

TEST_F(OpinionStories, AReceiptCodeOpensOneOpinionAndNothingElse) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_anonymous(true);
  const SubmitOpinionResponse mine = Submitted(request, Resident("r1"));
  const std::string other = Said(Resident("r2"));
  // A code is nothing for another opinion, and a guess looks like any other refusal.
  WithdrawOpinionRequest withdraw;
  withdraw.set_receipt_code(mine.receipt_code());
  EXPECT_EQ(Refused("WithdrawOpinion", other, withdraw, As()), "DENIED");
  std::string guess = mine.receipt_code();
  guess.back() = guess.back() == '2' ? '3' : '2';
  EXPECT_EQ(ReasonOf(ByReceipt(guess).status()), "DENIED");
  withdraw.set_receipt_code(guess);
  EXPECT_EQ(Refused("WithdrawOpinion", mine.opinion().name(), withdraw, As()), "DENIED");

  // What was asked is seen and answered with the code alone.
  Triaged(mine.opinion().name(), Steward());
  AskReporterRequest ask;
  ask.set_question("几楼？");
  Done("AskReporter", mine.opinion().name(), ask, Steward());
  EXPECT_EQ(ByReceipt(mine.receipt_code())->question(), "几楼？");
  ReplyToQuestionRequest reply;
  reply.set_reply("七楼");
  reply.set_receipt_code(guess);
  EXPECT_EQ(Refused("ReplyToQuestion", mine.opinion().name(), reply, As()), "DENIED");
  reply.set_receipt_code(mine.receipt_code());
  Done("ReplyToQuestion", mine.opinion().name(), reply, As());
  const auto replied = Get(mine.opinion().name(), OfTheCommunity(), true);
  EXPECT_EQ(replied->reply(), "七楼");
  EXPECT_FALSE(replied->has_waiting_since_time());
  // Nothing of it says who.
  for (const events::v1::Event& event : EventsOf(mine.opinion().name())) {
    EXPECT_THAT(event.SerializeAsString(), Not(::testing::HasSubstr("七楼")));
  }
}

TEST_F(OpinionStories, FollowersSeeTheWayAndNeverTheWords) {
  const std::string name = Said(Resident("f1"));
  const As neighbour = Resident("f2", kNextBuilding);
  EXPECT_EQ(Refused("FollowService.FollowOpinion", name, FollowOpinionRequest(), neighbour), "DENIED");
  Triaged(name, Steward());
  EXPECT_EQ(ReasonOf(TimelineOf(name, neighbour).status()), "DENIED");
  EXPECT_EQ(Refused("FollowService.FollowOpinion", name, FollowOpinionRequest(), Resident("far", kElsewhere)),
            "DENIED");
  EXPECT_EQ(Refused("FollowService.FollowOpinion", name, FollowOpinionRequest(), Resident("f1")),
            "OWN_OPINION");

  WatchOpinionsRequest watch;
  watch.set_mine(true);
  watch.set_following(true);
  Told(watch, neighbour, AtOnce);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Done("FollowService.FollowOpinion", name, FollowOpinionRequest(), neighbour).followers(), 1);
  }
  Done("StartOpinion", name, StartOpinionRequest(), Steward());
  EXPECT_THAT(Told(watch, neighbour, [](const auto& names) { return names.size() == 2; }),
              ElementsAre(name, name));
  const auto timeline = TimelineOf(name, neighbour);
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  ASSERT_EQ(timeline->steps_size(), 3);
  EXPECT_EQ(timeline->steps(2).what(), "STARTED");
  EXPECT_EQ(TimelineOf(name, Resident("f1"))->steps_size(), 3);
  EXPECT_EQ(TimelineOf(name, Steward())->steps_size(), 3);
  EXPECT_EQ(Get(name, neighbour)->text(), "");
  EXPECT_THAT(FollowedBy(neighbour), ElementsAre(name));

  EXPECT_EQ(Done("FollowService.UnfollowOpinion", name, UnfollowOpinionRequest(), neighbour).followers(), 0);
  EXPECT_EQ(Done("FollowService.UnfollowOpinion", name, UnfollowOpinionRequest(), neighbour).followers(), 0);
  EXPECT_EQ(ReasonOf(TimelineOf(name, neighbour).status()), "DENIED");
  EXPECT_THAT(FollowedBy(neighbour), IsEmpty());
}

TEST_F(OpinionStories, MergingTellsEveryReporterAndUnmergingTakesItBack) {
  const std::string stays = Said(Resident("m1"));
  const std::string first = Said(Resident("m2"));
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_anonymous(true);
  const SubmitOpinionResponse unnamed = Submitted(request, Resident("m3"));
  const std::string second = Said(Resident("m4"));
  WatchOpinionsRequest watch;
  watch.set_mine(true);
  watch.set_following(true);
  Told(watch, Resident("m2"), AtOnce);

  MergeOpinionRequest into_first;
  into_first.set_into(first);
  Done("MergeOpinion", second, into_first, Steward());
  MergeOpinionRequest merge;
  merge.set_into(stays);
  Done("MergeOpinion", first, merge, Steward());
  Done("MergeOpinion", unnamed.opinion().name(), merge, Steward());
  // The reporters of both follow the one that stays, also the one whose own was merged before.
  EXPECT_THAT(FollowedBy(Resident("m2")), ElementsAre(stays));
  EXPECT_THAT(FollowedBy(Resident("m4")), ElementsAre(first, stays));
  EXPECT_EQ(Get(stays, Steward())->followers(), 2);
  Triaged(stays, Steward());
  EXPECT_THAT(
      Told(watch, Resident("m2"), [&](const auto& names) { return absl::c_count(names, stays) == 3; }),
      Contains(stays).Times(3));  // merged into twice, then triaged
  const auto timeline = TimelineOf(stays, Resident("m4"));
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_EQ(timeline->steps(timeline->steps_size() - 1).what(), "TRIAGED");
  // Whoever is anonymous sees by the code what is followed instead.
  const auto progress = ByReceipt(unnamed.receipt_code());
  ASSERT_TRUE(progress.ok()) << progress.status();
  EXPECT_EQ(progress->state(), OPINION_STATE_DUPLICATE);
  EXPECT_EQ(progress->followed_instead().name(), stays);
  EXPECT_EQ(progress->followed_instead().state(), OPINION_STATE_TRIAGED);
  EXPECT_EQ(progress->followed_instead().public_summary(), "楼道堆物");

  Done("UnmergeOpinion", first, UnmergeOpinionRequest(), Steward());
  EXPECT_THAT(FollowedBy(Resident("m2")), IsEmpty());
  EXPECT_THAT(FollowedBy(Resident("m4")), ElementsAre(first));
  EXPECT_EQ(ReasonOf(TimelineOf(stays, Resident("m2")).status()), "DENIED");
  EXPECT_EQ(Get(stays, Steward())->followers(), 0);
}

TEST_F(OpinionStories, EveryPostSeesWhatIsDueAndNothingTwice) {
  const std::string area = "340111400002-HY-01";
  const As resident = Resident("d1", area);
  const As steward = Steward("340111400002-HY");
  std::vector<std::string> expected;
  for (const char* when : {"2023-03-01 10:00", "2023-03-02 10:00", "2023-03-03 10:00"}) {
    expected.push_back(
        absl::StrCat(Submitted(Submission(area), Then(resident, At(when))).opinion().name(), ": DUE"));
  }
  // Two working days each: the end of 3, 6 and 7 March.
  EXPECT_THAT(DueFor(steward, area, "2023-03-02"), IsEmpty());
  EXPECT_THAT(DueFor(steward, area, "2023-03-03"), ElementsAre(expected[0]));
  EXPECT_THAT(DueFor(steward, area, "2023-03-06"), ElementsAre(expected[0], expected[1]));
  EXPECT_THAT(DueFor(steward, area), ElementsAre(expected[0], expected[1], expected[2]));
  ListDueRequest request;
  request.set_area(area);
  EXPECT_EQ(ReasonOf(Ask<ListDueResponse>("LedgerService.ListDue", request, resident).status()), "DENIED");
  EXPECT_EQ(ReasonOf(Ask<ListDueResponse>("LedgerService.ListDue", request, Steward()).status()), "DENIED");
  request.set_day("tomorrow");
  EXPECT_EQ(ReasonOf(Ask<ListDueResponse>("LedgerService.ListDue", request, steward).status()),
            "INVALID_FIELD");
  request.clear_day();
  request.set_post(api::v1::ROLE_BRANCH_SECRETARY);
  EXPECT_EQ(Must<ListDueResponse>("LedgerService.ListDue", request, steward).items_size(), 0);
  // After three times the days they are the branch's.
  Advance(area, At("2023-03-20 10:00"));
  EXPECT_EQ(Must<ListDueResponse>("LedgerService.ListDue", request, steward).items_size(), 3);
}

TEST_F(OpinionStories, TheLobbyReadsWhatItSaidAndWhatWasDone) {
  const std::string area = "340111400001-CJ-09";
  const auto said = [&](const char* when) {
    return Submitted(Submission(area), Then(Resident("y1", area), At(when))).opinion().name();
  };
  said("2023-04-30 23:59");
  const std::string done = said("2023-05-01 00:00");
  said("2023-05-20 10:00");
  Triaged(done, Then(Steward(), At("2023-05-02 10:00")));
  Done("StartOpinion", done, StartOpinionRequest(), Then(Steward(), At("2023-05-02 11:00")));
  ResolveOpinionRequest resolve;
  resolve.set_outcome(OPINION_OUTCOME_FIXED);
  resolve.set_answer("王师傅已来过您家");
  resolve.set_public_answer("当天清理完毕");
  Done("ResolveOpinion", done, resolve, Then(Steward(), At("2023-05-03 10:00")));
  GetYouSaidWeDidRequest request;
  request.set_area(area);
  request.set_month("2023-05");
  const auto sheet =
      Must<YouSaidWeDid>("LedgerService.GetYouSaidWeDid", request, Resident("anybody", kBuilding));
  EXPECT_EQ(sheet.received(), 2);
  EXPECT_EQ(sheet.resolved(), 1);
  ASSERT_EQ(sheet.entries_size(), 1);
  EXPECT_EQ(sheet.entries(0).said(), "楼道堆物");
  EXPECT_EQ(sheet.entries(0).did(), "当天清理完毕");
  EXPECT_EQ(sheet.entries(0).outcome(), OPINION_OUTCOME_FIXED);
  EXPECT_THAT(sheet.SerializeAsString(), Not(::testing::HasSubstr("王师傅")));
  EXPECT_EQ(
      ReasonOf(
          Ask<YouSaidWeDid>("LedgerService.GetYouSaidWeDid", request, Resident("far", kElsewhere)).status()),
      "DENIED");
  request.set_area("340111400001");
  EXPECT_EQ(ReasonOf(Ask<YouSaidWeDid>("LedgerService.GetYouSaidWeDid", request, OfTheCommunity()).status()),
            "INVALID_FIELD");
}

TEST_F(OpinionStories, TheHottestBuildingIsWhereMostWasSaidAndSupported) {
  const std::string cool = "340111400002-HY-01";
  const std::string hot = "340111400002-HY-02";
  const auto said = [&](const std::string& area, const char* when) {
    return Submitted(Submission(area), Then(Resident("h1", area), At(when))).opinion().name();
  };
  said(cool, "2022-05-03 10:00");
  said(cool, "2022-05-04 10:00");
  const std::string name = said(hot, "2022-05-04 23:59");
  Triaged(name, Then(Steward("340111400002"), At("2022-05-05 10:00")));
  for (const char* who : {"h2", "h3"}) {
    Done("SupportOpinion", name, SupportOpinionRequest(), Then(Resident(who, hot), At("2022-05-06 10:00")));
  }
  GetOpinionStatisticsRequest request;
  request.set_area("340111400002-HY");
  request.set_start_day("2022-05-01");
  request.set_end_day("2022-06-01");
  const auto figures = [&](OpinionDimension dimension, const std::string& key, const std::string& name_of) {
    request.set_group_by(dimension);
    const auto response = Ask<GetOpinionStatisticsResponse>("StatisticsService.GetOpinionStatistics", request,
                                                            Strong(Steward("340111400002")));
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> found;
    if (!response.ok()) return found;
    for (const type::v1::Figure& figure : response->figures()) {
      const auto of = figure.dimensions().find(name_of);
      if (figure.key() != key || of == figure.dimensions().end()) continue;
      found.push_back(absl::StrCat(of->second, ": ", figure.value()));
    }
    return found;
  };
  EXPECT_THAT(figures(OPINION_DIMENSION_BUILDING, "opinions.received", "building"),
              ElementsAre(hot + ": 1", cool + ": 2"));
  EXPECT_THAT(figures(OPINION_DIMENSION_BUILDING, "opinions.supported", "building"),
              ElementsAre(hot + ": 2", cool + ": 0"));
  EXPECT_THAT(figures(OPINION_DIMENSION_AREA, "opinions.received", "area"),
              ElementsAre(cool + ": 2", hot + ": 1"));
  EXPECT_THAT(figures(OPINION_DIMENSION_DAY, "opinions.received", "day"),
              ElementsAre("2022-05-03: 1", "2022-05-04: 2"));
}

TEST_F(OpinionStories, FeedbackReopensThreeTimesAndTheThirdIsTheSecretarys) {
  const std::string name = Said(Resident("g1"));
  Done("AnswerOpinion", name, Answer(), Steward());
  GiveFeedbackRequest unsatisfied;
  unsatisfied.mutable_feedback()->set_satisfaction(SATISFACTION_UNSATISFIED);
  unsatisfied.mutable_feedback()->set_text("第二天又堆上了");
  DecideReopenRequest accept;
  accept.set_accept(true);
  accept.set_reason_code("NEW_FACTS");
  ResolveOpinionRequest resolve;
  resolve.set_outcome(OPINION_OUTCOME_FIXED);
  resolve.set_answer("又清理了一次");
  EXPECT_EQ(Refused("GiveFeedback", name, unsatisfied, Resident("g2")), "DENIED");
  for (int i = 0; i < 3; ++i) {
    Done("GiveFeedback", name, unsatisfied, Resident("g1"));
    EXPECT_EQ(Refused("DecideReopen", name, accept, Steward()), "DENIED");
    if (i == 2) {
      EXPECT_EQ(Refused("DecideReopen", name, accept, OfTheCommunity()), "REOPEN_NEEDS_SECRETARY");
    }
    EXPECT_EQ(Done("DecideReopen", name, accept, i == 2 ? Secretary() : OfTheCommunity()).reopen_count(),
              i + 1);
    Done("StartOpinion", name, StartOpinionRequest(), Steward());
    Done("ResolveOpinion", name, resolve, Steward());
  }
  GiveFeedbackRequest satisfied;
  satisfied.mutable_feedback()->set_satisfaction(SATISFACTION_SATISFIED);
  Done("GiveFeedback", name, satisfied, Resident("g1"));
  EXPECT_EQ(Refused("GiveFeedback", name, satisfied, Resident("g1")), "OPINION_WRONG_STATE");
}

}  // namespace
}  // namespace firstfloor::opinion
