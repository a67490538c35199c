// Petitions on the running service.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "firstfloor/opinion/v1/petition_service.pb.h"
#include "services/opinion/opinion_fixture.h"

namespace firstfloor::opinion {
namespace {

using calendar::FromProto;
using error::ReasonOf;
using testing::As;
using ::testing::Contains;
using testing::RequestId;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

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

}  // namespace
}  // namespace firstfloor::opinion
