// Questions and feedback on a real database.
#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "firstfloor/outreach/v1/feedback_service.pb.h"
#include "firstfloor/outreach/v1/question_service.pb.h"
#include "services/outreach/outreach_fixture.h"

namespace firstfloor::outreach {
namespace {

using testing::As;
using testing::RequestId;

class OutreachQuestions : public OutreachTest {
 protected:
  // A session that goes on, on 20 May at 10, with these people in it.
  static std::string Going(const std::vector<std::string>& attendees = {}) {
    const std::string session = NewScheduled(30, May(20, 10)).name();
    std::vector<std::string> enrolments;
    for (const std::string& subject : attendees) {
      const absl::StatusOr<v1::Enrolment> enrolment = Enrol(session, subject, 1, May(2, 9));
      EXPECT_TRUE(enrolment.ok()) << enrolment.status();
      if (enrolment.ok()) enrolments.push_back(enrolment->name());
    }
    EXPECT_TRUE(Start(session, May(20, 10)).ok());
    for (const std::string& enrolment : enrolments) {
      v1::CheckInRequest request;
      request.set_request_id(RequestId());
      request.set_name(enrolment);
      Must<v1::Enrolment>("EnrolmentService.CheckIn", request, Staff(May(20, 10)));
    }
    return session;
  }

  static absl::StatusOr<v1::Question> AskIn(const std::string& session, const As& as,
                                            const std::string& code = "") {
    v1::AskQuestionRequest request;
    request.set_request_id(RequestId());
    request.set_session(session);
    request.set_text("Where does the earth wire go?");
    request.set_code(code);
    return Ask<v1::Question>("QuestionService.AskQuestion", request, as);
  }

  static absl::StatusOr<v1::Answer> Answer(const std::string& question, const As& as) {
    v1::AnswerQuestionRequest request;
    request.set_request_id(RequestId());
    request.set_name(question);
    request.set_text("Into the ground.");
    return Ask<v1::Answer>("QuestionService.AnswerQuestion", request, as);
  }

  static absl::StatusOr<v1::Question> Accept(const std::string& question, const std::string& answer,
                                             const As& as) {
    v1::AcceptAnswerRequest request;
    request.set_request_id(RequestId());
    request.set_name(question);
    request.set_answer(answer);
    return Ask<v1::Question>("QuestionService.AcceptAnswer", request, as);
  }

  static absl::StatusOr<v1::Question> Upvote(const std::string& question, const std::string& subject) {
    v1::UpvoteQuestionRequest request;
    request.set_request_id(RequestId());
    request.set_name(question);
    return Ask<v1::Question>("QuestionService.UpvoteQuestion", request, Resident(subject, May(20, 11)));
  }

  static absl::StatusOr<v1::Feedback> Rate(const std::string& session, const std::string& subject,
                                           int rating) {
    v1::GiveFeedbackRequest request;
    request.set_request_id(RequestId());
    request.set_session(session);
    request.set_rating(rating);
    request.set_text("Zhang spoke well");
    return Ask<v1::Feedback>("FeedbackService.GiveFeedback", request, Resident(subject, May(20, 12)));
  }

  static v1::FeedbackSummary SummaryOf(const std::string& session) {
    v1::GetFeedbackSummaryRequest request;
    request.set_session(session);
    return Must<v1::FeedbackSummary>("FeedbackService.GetFeedbackSummary", request,
                                     Resident("reader", absl::InfinitePast()));
  }
};

TEST_F(OutreachQuestions, WhoIsPresentAsksAnybodyAnswersTheAskerAccepts) {
  const std::string session = Going({"asker"});
  const As asker = Resident("asker", May(20, 10, 5));
  const As other = Resident("other", May(20, 10, 6));
  EXPECT_EQ(error::ReasonOf(AskIn(session, other).status()), "NOT_PRESENT");
  const absl::StatusOr<v1::Question> question = AskIn(session, asker);
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->asker().subject(), "asker");
  const absl::StatusOr<v1::Answer> answer = Answer(question->name(), other);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(Accept(question->name(), answer->name(), other).status().code(),
            absl::StatusCode::kPermissionDenied);
  const absl::StatusOr<v1::Question> accepted =
      Accept(question->name(), answer->name(), Resident("asker", May(20, 10, 8)));
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->state(), v1::QUESTION_STATE_ANSWERED);
  EXPECT_EQ(accepted->accepted_answer(), answer->name());
  EXPECT_EQ(accepted->answers(), 1);

  v1::ListQuestionsRequest list;
  list.set_session(session);
  const auto questions = Must<v1::ListQuestionsResponse>("QuestionService.ListQuestions", list, other);
  ASSERT_EQ(questions.questions_size(), 1);
  EXPECT_EQ(questions.questions(0).text(), "Where does the earth wire go?");
  EXPECT_NE(questions.questions(0).asker().subject(), "asker");
  v1::ListAnswersRequest answers;
  answers.set_question(question->name());
  const auto found = Must<v1::ListAnswersResponse>("QuestionService.ListAnswers", answers, asker);
  ASSERT_EQ(found.answers_size(), 1);
  EXPECT_NE(found.answers(0).author().subject(), "other");
}

TEST_F(OutreachQuestions, WhoWalkedInShowsTheCode) {
  const std::string session = Going();
  v1::GetCheckInCodeRequest show;
  show.set_session(session);
  const auto code = Must<v1::CheckInCode>("EnrolmentService.GetCheckInCode", show, Staff(May(20, 10, 5)));
  EXPECT_TRUE(AskIn(session, Resident("walked-in", May(20, 10, 5)), code.code()).ok());
  EXPECT_EQ(error::ReasonOf(AskIn(session, Resident("walked-in", May(20, 10, 5)), "00000000").status()),
            "CODE_WRONG");
  EXPECT_EQ(error::ReasonOf(AskIn(session, Resident("walked-in", May(20, 10, 7)), code.code()).status()),
            "CODE_EXPIRED");
}

TEST_F(OutreachQuestions, AnUpvoteCountsOnceAPersonAlsoAtOnce) {
  const absl::StatusOr<v1::Question> question = AskIn(Going(), Staff(May(20, 10, 5)));
  ASSERT_TRUE(question.ok()) << question.status();
  std::atomic<int> counted{0};
  std::vector<std::thread> voters;
  for (int i = 0; i < 12; ++i) {
    voters.emplace_back([&, i] {
      const absl::Status status = Upvote(question->name(), absl::StrCat("voter-", i % 3)).status();
      counted += status.ok();
      EXPECT_TRUE(status.ok() || error::ReasonOf(status) == "ALREADY_UPVOTED") << status;
    });
  }
  for (std::thread& voter : voters) voter.join();
  EXPECT_EQ(counted, 3);
  v1::GetQuestionRequest get;
  get.set_name(question->name());
  EXPECT_EQ(Must<v1::Question>("QuestionService.GetQuestion", get, Staff(absl::InfinitePast())).upvotes(), 3);
}

TEST_F(OutreachQuestions, AReferredQuestionKeepsTheNameOfItsOpinion) {
  const absl::StatusOr<v1::Question> question = AskIn(Going(), Staff(May(20, 10, 5)));
  ASSERT_TRUE(question.ok()) << question.status();
  v1::ReferQuestionRequest refer;
  refer.set_request_id(RequestId());
  refer.set_name(question->name());
  EXPECT_EQ(Ask<v1::Question>("QuestionService.ReferQuestion", refer, Resident("somebody", May(20, 11)))
                .status()
                .code(),
            absl::StatusCode::kPermissionDenied);
  const auto referred = Must<v1::Question>("QuestionService.ReferQuestion", refer, Staff(May(20, 11)));
  EXPECT_EQ(referred.state(), v1::QUESTION_STATE_REFERRED);
  EXPECT_EQ(referred.opinion().substr(0, 9), "opinions/");
  EXPECT_EQ(Must<v1::Question>("QuestionService.ReferQuestion", refer, Staff(May(20, 11))).opinion(),
            referred.opinion());
  refer.set_request_id(RequestId());
  EXPECT_EQ(
      error::ReasonOf(Ask<v1::Question>("QuestionService.ReferQuestion", refer, Staff(May(20, 11))).status()),
      "QUESTION_WRONG_STATE");
}

TEST_F(OutreachQuestions, AttendeesRateOnceAndTheAverageIsShownFromFiveOn) {
  const std::string session = Going({"rater-1", "rater-2", "rater-3", "rater-4", "rater-5"});
  EXPECT_EQ(error::ReasonOf(Rate(session, "somebody-else", 5).status()), "NOT_ATTENDED");
  for (int i = 1; i <= 5; ++i) {
    const std::string subject = absl::StrCat("rater-", i);
    EXPECT_FALSE(SummaryOf(session).has_average_thousandths());
    const absl::StatusOr<v1::Feedback> feedback = Rate(session, subject, i);
    ASSERT_TRUE(feedback.ok()) << feedback.status();
    EXPECT_EQ(error::ReasonOf(Rate(session, subject, 1).status()), "FEEDBACK_GIVEN");
  }
  EXPECT_EQ(SummaryOf(session).answers(), 5);
  EXPECT_EQ(SummaryOf(session).average_thousandths(), 3000);

  v1::ListFeedbacksRequest list;
  list.set_session(session);
  const auto all = Must<v1::ListFeedbacksResponse>("FeedbackService.ListFeedbacks", list, Staff(May(20, 13)));
  ASSERT_EQ(all.feedbacks_size(), 5);
  EXPECT_NE(all.feedbacks(0).text(), "Zhang spoke well");
  v1::GetFeedbackRequest get;
  get.set_name(all.feedbacks(0).name());
  get.set_unmask(true);
  EXPECT_EQ(Must<v1::Feedback>("FeedbackService.GetFeedback", get, Staff(May(20, 13))).text(),
            "Zhang spoke well");
  EXPECT_EQ(
      Ask<v1::ListFeedbacksResponse>("FeedbackService.ListFeedbacks", list, Resident("rater-1", May(20, 13)))
          .status()
          .code(),
      absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace firstfloor::outreach
