#include "services/opinion/petition_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "services/opinion/opinion_clock.h"
#include "services/opinion/opinion_rules.h"

namespace firstfloor::opinion::petitions {
namespace {

using calendar::FromProto;
using rules::Change;
using v1::Opinion;

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, calendar::Shanghai(), &time, nullptr));
  return time;
}

constexpr char kReceived[] = "2023-03-01 10:00";  // a Wednesday

Opinion Petition(v1::PetitionType type = v1::PETITION_TYPE_CLAIM, const std::string& forwarded_by = "") {
  v1::SubmitOpinionRequest request;
  Opinion& opinion = *request.mutable_opinion();
  opinion.set_area("340111400001-CJ-07");
  opinion.set_channel(v1::OPINION_CHANNEL_RECEPTION_DAY);
  opinion.set_kind(v1::OPINION_KIND_PETITION);
  opinion.set_petition_type(type);
  opinion.set_forwarded_by(forwarded_by);
  opinion.set_category("GOVERNANCE");
  opinion.set_text("要求说明维修资金的使用");
  opinion.mutable_reporter()->set_subject("petitioner");
  auth::Identity staff;
  staff.kind = auth::Identity::Kind::kPerson;
  staff.subject = "staff";
  staff.roles = {{api::v1::ROLE_COMMUNITY_STAFF, "340111400"}};
  const absl::StatusOr<Change> change = rules::Receive(request, staff, At(kReceived));
  EXPECT_TRUE(change.ok()) << change.status();
  Opinion received = change->opinion;
  received.set_name("opinions/01900000-0000-7000-8000-000000000001");
  return received;
}

Opinion Noticed(const Opinion& opinion, const char* when, bool declined = false) {
  v1::GiveNoticeRequest request;
  request.set_official_number("皖信2023-0117");
  request.set_declined(declined);
  const absl::StatusOr<Change> change = GiveNotice(opinion, request, At(when));
  EXPECT_TRUE(change.ok()) << change.status();
  return change->opinion;
}

Opinion Answered(const Opinion& opinion, const char* when) {
  v1::AnswerOpinionRequest request;
  request.set_answer("收支明细见附件");
  return rules::Answer(opinion, request, At(when))->opinion;
}

std::map<std::string, absl::Time> DeadlinesOf(const Opinion& opinion) {
  std::map<std::string, absl::Time> deadlines;
  for (const clock::Deadline& deadline : clock::Deadlines(opinion)) deadlines[deadline.kind] = deadline.time;
  return deadlines;
}

std::string ReasonOf(const absl::StatusOr<Change>& change) { return error::ReasonOf(change.status()); }

v1::ExtendDeadlineRequest Extension(int calendar_days, bool notified = true) {
  v1::ExtendDeadlineRequest request;
  request.set_reason_code("EXPERT_OPINION");
  request.set_calendar_days(calendar_days);
  request.set_notified(notified);
  return request;
}

TEST(Petitions, GetAWrittenNoticeWithin15CalendarDaysOfReceipt) {
  const Opinion petition = Petition();
  EXPECT_EQ(DeadlinesOf(petition)["NOTICE"], At("2023-03-17 00:00"));
  EXPECT_FALSE(rules::Lapse(petition, "NOTICE", At("2023-03-16 23:59")).has_value());
  EXPECT_TRUE(rules::Lapse(petition, "NOTICE", At("2023-03-17 00:00")).has_value());
  EXPECT_EQ(DeadlinesOf(Noticed(petition, "2023-03-16 23:59")).count("NOTICE"), 0u);
  EXPECT_EQ(ReasonOf(GiveNotice(Noticed(petition, kReceived), {}, At(kReceived))), "NOTICE_GIVEN");
  Opinion problem = petition;
  problem.set_kind(v1::OPINION_KIND_PROBLEM);
  EXPECT_EQ(ReasonOf(GiveNotice(problem, {}, At(kReceived))), "NOT_A_PETITION");
}

TEST(Petitions, KeepTheOfficialNumber) {
  EXPECT_EQ(Noticed(Petition(), "2023-03-03 10:00").official_number(), "皖信2023-0117");
}

TEST(Petitions, AreNotRefusedWithoutNotice) {
  const Opinion petition = Petition();
  v1::RejectOpinionRequest request;
  request.set_reason(v1::REJECT_REASON_IN_LEGAL_PROCEDURE);
  EXPECT_EQ(ReasonOf(rules::Reject(petition, request, At(kReceived))), "PETITION_NOTICE_NEEDED");
  const Opinion declined = Noticed(petition, "2023-03-03 10:00", true);
  EXPECT_FALSE(declined.has_accept_time());
  EXPECT_TRUE(rules::Reject(declined, request, At("2023-03-03 11:00")).ok());
}

v1::AnswerOpinionRequest SomeAnswer() {
  v1::AnswerOpinionRequest answer;
  answer.set_answer("收支明细见附件");
  return answer;
}

Opinion Triaged(const Opinion& petition, const char* when) {
  v1::TriageOpinionRequest triage;
  triage.set_category("GOVERNANCE");
  return rules::Triage(petition, triage, At(when))->opinion;
}

TEST(Petitions, AreNeitherAnsweredNorSentAwayWithoutNotice) {
  constexpr char kNeeded[] = "PETITION_NOTICE_NEEDED";
  const absl::Time now = At("2023-03-02 10:00");
  const Opinion petition = Petition();
  EXPECT_EQ(ReasonOf(rules::Answer(petition, SomeAnswer(), now)), kNeeded);
  const Opinion triaged = Triaged(petition, "2023-03-02 09:00");
  EXPECT_EQ(ReasonOf(rules::Refer(triaged, {}, now)), kNeeded);
  EXPECT_EQ(ReasonOf(rules::Transfer(triaged, "340104", now)), kNeeded);
  const Opinion started = rules::Start(triaged, now)->opinion;
  EXPECT_EQ(ReasonOf(rules::Resolve(started, v1::OPINION_OUTCOME_EXPLAINED, {"见附件", "", ""}, now)),
            kNeeded);
  // The duty is there until it is given, and after that nothing stands in the way.
  EXPECT_EQ(DeadlinesOf(started).count("NOTICE"), 1u);
  EXPECT_TRUE(rules::Answer(Noticed(petition, kReceived), SomeAnswer(), now).ok());
  EXPECT_TRUE(rules::Refer(Noticed(triaged, "2023-03-02 09:30"), {}, now).ok());
  EXPECT_TRUE(rules::Transfer(Noticed(triaged, "2023-03-02 09:30"), "340104", now).ok());
  EXPECT_TRUE(
      rules::Resolve(Noticed(started, "2023-03-02 10:30"), v1::OPINION_OUTCOME_EXPLAINED, {}, now).ok());
  // The petitioner may take it back at any time.
  EXPECT_TRUE(rules::Withdraw(petition, now).ok());
}

TEST(Petitions, GetTheirNoticeWhileTheyAreInHand) {
  const absl::Time now = At("2023-03-02 10:00");
  EXPECT_EQ(ReasonOf(GiveNotice(rules::Withdraw(Petition(), now)->opinion, {}, now)), "OPINION_WRONG_STATE");
}

TEST(Petitions, UnderReviewAreNotSentAwayByReopeningThem) {
  Opinion claim = Noticed(Petition(), "2023-03-03 10:00");
  claim = rules::Answer(claim, SomeAnswer(), At("2023-03-20 10:00"))->opinion;
  claim = RequestReview(claim, At("2023-04-03 10:00"))->opinion;
  const absl::Time now = At("2023-04-05 10:00");
  claim = rules::GiveFeedback(claim, v1::SATISFACTION_UNSATISFIED, "", now)->opinion;
  claim = rules::Reopen(claim, "NEW_FACTS", now)->opinion;
  v1::RejectOpinionRequest reject;
  reject.set_reason(v1::REJECT_REASON_IN_LEGAL_PROCEDURE);
  EXPECT_EQ(ReasonOf(rules::Reject(claim, reject, now)), "REVIEW_OPEN");
  EXPECT_EQ(ReasonOf(rules::Refer(claim, {}, now)), "REVIEW_OPEN");
  EXPECT_EQ(ReasonOf(rules::Transfer(claim, "340104", now)), "REVIEW_OPEN");
}

TEST(Petitions, AreNeverPaused) {
  EXPECT_EQ(ReasonOf(rules::AskReporter(Petition(), "几楼？", At(kReceived))), "PETITION_NEVER_PAUSED");
}

TEST(Petitions, AreNeverMergedEitherWay) {
  const Opinion petition = Petition();
  Opinion other = petition;
  other.set_name("opinions/01900000-0000-7000-8000-000000000002");
  other.set_kind(v1::OPINION_KIND_PROBLEM);
  EXPECT_EQ(error::ReasonOf(rules::Merge(petition, other, At(kReceived)).status()), "PETITION_NEVER_MERGED");
  EXPECT_EQ(error::ReasonOf(rules::Merge(other, petition, At(kReceived)).status()), "PETITION_NEVER_MERGED");
}

TEST(Petitions, AreNeverClosedBySilence) {
  const Opinion answered = Answered(Noticed(Petition(), "2023-03-03 10:00"), "2023-03-20 10:00");
  EXPECT_EQ(DeadlinesOf(answered).count("SILENCE"), 0u);
  EXPECT_FALSE(rules::Lapse(answered, "SILENCE", At("2024-03-20 10:00")).has_value());
}

TEST(Forwarded, PetitionsOutsideOurRemitAreObjectedToWithin5WorkingDays) {
  const Opinion petition = Petition(v1::PETITION_TYPE_CLAIM, "区信访局");
  // 1 March is a Wednesday: the fifth working day after it is Wednesday 8.
  EXPECT_EQ(DeadlinesOf(petition)["OBJECTION"], At("2023-03-09 00:00"));
  v1::Objection objection;
  objection.set_body("区人社局");
  objection.set_reason_code("LABOUR_DISPUTE");
  EXPECT_EQ(ReasonOf(Object(petition, objection, At("2023-03-09 00:00"))), "OBJECTION_TOO_LATE");
  const absl::StatusOr<Change> objected = Object(petition, objection, At("2023-03-08 23:59"));
  ASSERT_TRUE(objected.ok()) << objected.status();
  EXPECT_EQ(objected->opinion.objection().body(), "区人社局");
  EXPECT_EQ(FromProto(objected->opinion.objection().objection_time()), At("2023-03-08 23:59"));
  EXPECT_EQ(DeadlinesOf(objected->opinion).count("OBJECTION"), 0u);
  EXPECT_EQ(ReasonOf(Object(objected->opinion, objection, At("2023-03-08 23:59"))), "ALREADY_OBJECTED");
}

TEST(Forwarded, PetitionsThatCameFromThePetitionerOrWereAcceptedAreNotObjectedTo) {
  EXPECT_EQ(ReasonOf(Object(Petition(), {}, At(kReceived))), "NOT_FORWARDED");
  const Opinion accepted = Noticed(Petition(v1::PETITION_TYPE_CLAIM, "区信访局"), "2023-03-02 10:00");
  EXPECT_EQ(ReasonOf(Object(accepted, {}, At("2023-03-02 11:00"))), "NOTICE_GIVEN");
  EXPECT_EQ(DeadlinesOf(accepted).count("OBJECTION"), 0u);
}

TEST(Claims, EndWithin60DaysOfAcceptance) {
  const Opinion claim = Noticed(Petition(), "2023-03-03 23:59");
  EXPECT_EQ(FromProto(claim.accept_time()), At("2023-03-03 23:59"));
  // Calendar days, holidays included: the sixtieth is Tuesday 2 May, on which nobody works.
  EXPECT_EQ(FromProto(claim.due_time()), At("2023-05-03 00:00"));
  EXPECT_EQ(FromProto(Noticed(Petition(), "2023-03-04 00:00").due_time()), At("2023-05-04 00:00"));
  EXPECT_EQ(DeadlinesOf(claim)["DUE"], At("2023-05-03 00:00"));
  EXPECT_EQ(DeadlinesOf(claim)["REMINDER"], At("2023-05-02 00:00"));
}

TEST(Claims, ThatAreDeclinedAndOtherPetitionsKeepTheDaysOfTheirCategory) {
  const absl::Time due = At("2023-03-16 00:00");  // 10 working days
  EXPECT_EQ(FromProto(Petition().due_time()), due);
  EXPECT_EQ(FromProto(Noticed(Petition(), "2023-03-03 10:00", true).due_time()), due);
  EXPECT_EQ(FromProto(Noticed(Petition(v1::PETITION_TYPE_ACCUSATION), "2023-03-03 10:00").due_time()), due);
}

TEST(Claims, HaveOneApprovedExtensionOfAtMost30DaysThatThePetitionerIsToldOf) {
  const absl::Time now = At("2023-04-20 10:00");
  EXPECT_EQ(ReasonOf(rules::ExtendDeadline(Petition(), Extension(10), true, now)), "PETITION_NOT_ACCEPTED");
  const Opinion claim = Noticed(Petition(), "2023-03-03 10:00");
  EXPECT_EQ(ReasonOf(rules::ExtendDeadline(claim, Extension(10), false, now)), "EXTENSION_NEEDS_SECRETARY");
  EXPECT_EQ(ReasonOf(rules::ExtendDeadline(claim, Extension(10, false), true, now)),
            "EXTENSION_NOT_NOTIFIED");
  v1::ExtendDeadlineRequest by_working_days = Extension(0);
  by_working_days.set_working_days(30);
  EXPECT_EQ(ReasonOf(rules::ExtendDeadline(claim, by_working_days, true, now)), "INVALID_FIELD");
  const absl::StatusOr<Change> extended = rules::ExtendDeadline(claim, Extension(30), true, now);
  ASSERT_TRUE(extended.ok()) << extended.status();
  EXPECT_EQ(FromProto(extended->opinion.due_time()), At("2023-06-02 00:00"));
  EXPECT_EQ(FromProto(extended->opinion.extension_notice_time()), now);
  EXPECT_EQ(ReasonOf(rules::ExtendDeadline(extended->opinion, Extension(1), true, now)), "ALREADY_EXTENDED");
}

TEST(Claims, AreOnTimeUntilTheEndOfTheLastOfTheirDays) {
  v1::TriageOpinionRequest triage;
  triage.set_category("GOVERNANCE");
  const Opinion triaged =
      rules::Triage(Noticed(Petition(), "2023-03-03 10:00"), triage, At("2023-03-03 11:00"))->opinion;
  const Opinion started = rules::Start(triaged, At("2023-03-03 12:00"))->opinion;
  const auto on_time = [&](const char* when) {
    return rules::Resolve(started, v1::OPINION_OUTCOME_EXPLAINED, {"见附件", "", ""}, At(when))
        ->steps[0]
        .resolved()
        .on_time();
  };
  EXPECT_TRUE(on_time("2023-05-02 23:59"));
  EXPECT_FALSE(on_time("2023-05-03 00:01"));
}

TEST(Reviews, AreAskedForAndAnsweredWithin30DaysEachAndThereIsNoThird) {
  Opinion claim = Noticed(Petition(), "2023-03-03 10:00");
  EXPECT_EQ(ReasonOf(RequestReview(claim, At("2023-03-04 10:00"))), "OPINION_WRONG_STATE");
  claim = Answered(claim, "2023-03-20 10:00");
  // The thirtieth day after the answer is 19 April.
  EXPECT_EQ(ReasonOf(RequestReview(claim, At("2023-04-20 00:00"))), "REVIEW_TOO_LATE");
  EXPECT_EQ(ReasonOf(AnswerReview(claim, {}, At("2023-04-01 10:00"))), "NO_REVIEW_OPEN");
  claim = RequestReview(claim, At("2023-04-19 23:59"))->opinion;
  EXPECT_EQ(DeadlinesOf(claim)["REVIEW"], At("2023-05-20 00:00"));
  EXPECT_EQ(ReasonOf(RequestReview(claim, At("2023-04-19 23:59"))), "REVIEW_OPEN");
  EXPECT_EQ(ReasonOf(rules::Close(claim, "DONE", At("2023-04-20 10:00"))), "REVIEW_OPEN");
  claim = rules::Lapse(claim, "REVIEW", At("2023-05-20 00:00"))->opinion;

  v1::Review decision;
  decision.set_body("区人民政府");
  decision.set_number("复查2023-3");
  decision.set_upheld(true);
  decision.set_answer("维持");
  claim = AnswerReview(claim, decision, At("2023-05-22 10:00"))->opinion;
  EXPECT_EQ(claim.reviews(0).number(), "复查2023-3");
  EXPECT_EQ(DeadlinesOf(claim).count("REVIEW"), 0u);

  EXPECT_EQ(ReasonOf(RequestReview(claim, At("2023-06-22 00:00"))), "REVIEW_TOO_LATE");
  claim = RequestReview(claim, At("2023-06-21 23:59"))->opinion;
  // The second one may lapse again.
  EXPECT_EQ(DeadlinesOf(claim)["REVIEW"], At("2023-07-22 00:00"));
  claim = AnswerReview(claim, decision, At("2023-07-01 10:00"))->opinion;
  EXPECT_EQ(ReasonOf(RequestReview(claim, At("2023-07-02 10:00"))), "REVIEWS_EXHAUSTED");
  EXPECT_TRUE(rules::Close(claim, "DONE", At("2023-07-02 10:00")).ok());
}

v1::Review Revised() {
  v1::Review decision;
  decision.set_body("区人民政府");
  decision.set_answer("撤销，责令重新办理");
  return decision;
}

TEST(Reviews, ThatDoNotUpholdTheAnswerHaveTheClaimTakenUpAnew) {
  Opinion claim = Answered(Noticed(Petition(), "2023-03-03 10:00"), "2023-03-20 10:00");
  claim.set_extended(true);
  claim = RequestReview(claim, At("2023-04-03 10:00"))->opinion;
  const absl::StatusOr<Change> revised = AnswerReview(claim, Revised(), At("2023-04-10 10:00"));
  ASSERT_TRUE(revised.ok()) << revised.status();
  EXPECT_EQ(revised->opinion.state(), v1::OPINION_STATE_TRIAGED);
  EXPECT_EQ(revised->opinion.outcome(), v1::OPINION_OUTCOME_UNSPECIFIED);
  EXPECT_EQ(revised->opinion.reopen_count(), 1);
  // Ten working days from Monday 10 April on; Sunday 23 April is worked.
  EXPECT_EQ(DeadlinesOf(revised->opinion)["DUE"], At("2023-04-24 00:00"));
  // Every move on the way is one that opinions may make, and is told of.
  std::vector<std::string> told;
  for (const auto& step : revised->steps) told.push_back(step.from() + " → " + step.to());
  EXPECT_THAT(told, ::testing::ElementsAre("ANSWERED → ANSWERED", "ANSWERED → REOPEN_REQUESTED",
                                           "REOPEN_REQUESTED → TRIAGED"));
  EXPECT_EQ(revised->steps.back().moved().reason_code(), "REVIEW_REVISED");
  // The one extension was had.
  EXPECT_EQ(ReasonOf(rules::ExtendDeadline(revised->opinion, Extension(10), true, At("2023-04-11 10:00"))),
            "ALREADY_EXTENDED");
}

TEST(Reviews, AreAskedForAgainOfWhatIsAnsweredAnewWithin30DaysOfThat) {
  Opinion claim = Answered(Noticed(Petition(), "2023-03-03 10:00"), "2023-03-20 10:00");
  claim = RequestReview(claim, At("2023-04-03 10:00"))->opinion;
  claim = AnswerReview(claim, Revised(), At("2023-04-10 10:00"))->opinion;
  EXPECT_EQ(ReasonOf(RequestReview(claim, At("2023-04-11 10:00"))), "OPINION_WRONG_STATE");
  claim = rules::Start(claim, At("2023-04-11 10:00"))->opinion;
  claim = rules::Resolve(claim, v1::OPINION_OUTCOME_FIXED, {"已重新说明", "", ""}, At("2023-05-20 10:00"))
              ->opinion;
  EXPECT_EQ(ReasonOf(RequestReview(claim, At("2023-06-20 00:00"))), "REVIEW_TOO_LATE");
  claim = RequestReview(claim, At("2023-06-19 23:59"))->opinion;
  claim = AnswerReview(claim, Revised(), At("2023-06-25 10:00"))->opinion;
  EXPECT_EQ(claim.state(), v1::OPINION_STATE_TRIAGED);
  claim = rules::Start(claim, At("2023-06-26 10:00"))->opinion;
  claim =
      rules::Resolve(claim, v1::OPINION_OUTCOME_FIXED, {"已更正", "", ""}, At("2023-06-27 10:00"))->opinion;
  EXPECT_EQ(ReasonOf(RequestReview(claim, At("2023-06-28 10:00"))), "REVIEWS_EXHAUSTED");
}

TEST(Reviews, DisturbNothingThatIsInHandAlreadyOrClosed) {
  Opinion claim = Answered(Noticed(Petition(), "2023-03-03 10:00"), "2023-03-20 10:00");
  claim = RequestReview(claim, At("2023-04-03 10:00"))->opinion;
  Opinion objected =
      rules::GiveFeedback(claim, v1::SATISFACTION_UNSATISFIED, "", At("2023-04-04 10:00"))->opinion;
  // What the petitioner asked for is decided by that.
  EXPECT_EQ(AnswerReview(objected, Revised(), At("2023-04-10 10:00"))->opinion.state(),
            v1::OPINION_STATE_TRIAGED);
  // Nor can anybody close it meanwhile by refusing to reopen it.
  v1::DecideReopenRequest refuse;
  refuse.set_reason_code("NO_NEW_FACTS");
  EXPECT_EQ(ReasonOf(rules::DecideReopen(objected, refuse, true, At("2023-04-05 09:00"))), "REVIEW_OPEN");
  objected = rules::Reopen(objected, "NEW_FACTS", At("2023-04-05 10:00"))->opinion;
  const Opinion started = rules::Start(objected, At("2023-04-06 10:00"))->opinion;
  EXPECT_EQ(AnswerReview(started, Revised(), At("2023-04-10 10:00"))->opinion.state(),
            v1::OPINION_STATE_IN_PROGRESS);
  const Opinion closed =
      rules::GiveFeedback(claim, v1::SATISFACTION_SATISFIED, "", At("2023-04-04 10:00"))->opinion;
  EXPECT_EQ(AnswerReview(closed, Revised(), At("2023-04-10 10:00"))->opinion.state(),
            v1::OPINION_STATE_CLOSED);
}

TEST(Reviews, AreOfClaimsAlone) {
  const Opinion suggestion =
      Answered(Noticed(Petition(v1::PETITION_TYPE_SUGGESTION), "2023-03-03 10:00"), "2023-03-10 10:00");
  EXPECT_EQ(ReasonOf(RequestReview(suggestion, At("2023-03-11 10:00"))), "NOT_A_CLAIM");
}

}  // namespace
}  // namespace firstfloor::opinion::petitions
