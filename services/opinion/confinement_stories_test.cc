// What only few may see, on the running service: matters about staff, children at risk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "firstfloor/opinion/v1/finding_service.pb.h"
#include "services/opinion/opinion_fixture.h"

namespace firstfloor::opinion {
namespace {

using error::ReasonOf;
using testing::As;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

TEST_F(OpinionStories, NobodyHidesAMatterFromEverybodyByNamingAPostWithNobodyAboveIt) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_about_staff(true);
  StaffConcerned& concerned = *request.mutable_opinion()->mutable_concerned();
  concerned.mutable_person()->set_subject("high-up");
  HeldPost* post = concerned.add_posts();
  post->set_role(api::v1::ROLE_DISTRICT_ADMIN);
  post->set_area("340111");
  // The registry of a district holds no city: the district decides itself, without whom it concerns.
  const std::string name = Submitted(request, Resident("h1")).opinion().name();
  As concerned_themself = OfTheDistrict();
  concerned_themself.subject = "high-up";
  const auto is_the_districts = [&] {
    EXPECT_TRUE(Get(name, OfTheDistrict()).ok());
    EXPECT_EQ(ReasonOf(Get(name, concerned_themself).status()), "DENIED");
    EXPECT_EQ(ReasonOf(Get(name, OfTheCommunity()).status()), "DENIED");
  };
  is_the_districts();
  // Whoever is named later is settled in the same way.
  ConfineOpinionRequest confine;
  confine.set_about_staff(true);
  confine.set_reason_code("NAMED");
  *confine.mutable_concerned() = concerned;
  Done("ConfineOpinion", name, confine, OfTheDistrict());
  is_the_districts();
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

TEST_F(OpinionStories, AClaimAboutTheCommunityIsExtendedAndReopenedByTheDistrict) {
  SubmitOpinionRequest request = Submission();
  request.mutable_opinion()->set_kind(OPINION_KIND_PETITION);
  request.mutable_opinion()->set_petition_type(PETITION_TYPE_CLAIM);
  request.mutable_opinion()->set_about_staff(true);
  HeldPost* post = request.mutable_opinion()->mutable_concerned()->add_posts();
  post->set_role(api::v1::ROLE_BRANCH_SECRETARY);
  post->set_area("340111400");
  const As petitioner = Resident("d1");
  const std::string name = Submitted(request, petitioner).opinion().name();
  Done("GiveNotice", name, GiveNoticeRequest(), OfTheDistrict());
  Triaged(name, OfTheDistrict());
  ExtendDeadlineRequest extend;
  extend.set_reason_code("EXPERT_OPINION");
  extend.set_calendar_days(30);
  extend.set_notified(true);
  EXPECT_EQ(Refused("ExtendDeadline", name, extend, Secretary()), "DENIED");
  EXPECT_TRUE(Done("ExtendDeadline", name, extend, OfTheDistrict()).extended());
  DecideReopenRequest accept;
  accept.set_accept(true);
  accept.set_reason_code("NEW_FACTS");
  ResolveOpinionRequest resolve;
  resolve.set_outcome(OPINION_OUTCOME_EXPLAINED);
  resolve.set_answer("已核查");
  GiveFeedbackRequest unsatisfied;
  unsatisfied.mutable_feedback()->set_satisfaction(SATISFACTION_UNSATISFIED);
  for (int reopenings = 1; reopenings <= 3; ++reopenings) {
    Done("StartOpinion", name, StartOpinionRequest(), OfTheDistrict());
    Done("ResolveOpinion", name, resolve, OfTheDistrict());
    Done("GiveFeedback", name, unsatisfied, petitioner);
    EXPECT_THAT(DueFor(OfTheDistrict(), kBuilding, "2100-01-01"),
                Contains(absl::StrCat(name, ": REOPENING")));
    EXPECT_EQ(Done("DecideReopen", name, accept, OfTheDistrict()).reopen_count(), reopenings);
  }
}

TEST_F(OpinionStories, WhatOnlyFewMayReadIsTakenBackFromDeliberation) {
  const std::string name = Said(Resident("e1"));
  Triaged(name, Steward());
  EscalateOpinionRequest escalate;
  escalate.set_case_kind(CASE_KIND_DISPUTE);
  Done("EscalateOpinion", name, escalate, Steward());
  ConfineOpinionRequest confine;
  confine.set_restriction(RESTRICTION_THREAT);
  confine.set_reason_code("THREATENED_AT_THE_DOOR");
  Done("ConfineOpinion", name, confine, Steward());
  const auto confined = Get(name, OfTheCommunity());
  ASSERT_TRUE(confined.ok()) << confined.status();
  EXPECT_EQ(confined->state(), OPINION_STATE_TRIAGED);
  EXPECT_EQ(confined->case_(), "");
  EXPECT_EQ(Refused("EscalateOpinion", name, escalate, OfTheCommunity()), "RESTRICTED");
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

}  // namespace
}  // namespace firstfloor::opinion
