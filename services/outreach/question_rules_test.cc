#include "services/outreach/question_rules.h"

#include <map>
#include <utility>

#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "gtest/gtest.h"

namespace firstfloor::outreach::rules {
namespace {

v1::Question In(v1::QuestionState state) {
  v1::Question question;
  question.set_name("questions/1");
  question.set_state(state);
  return question;
}

v1::Session Session(v1::SessionState state) {
  v1::Session session;
  session.set_name("sessions/1");
  session.set_state(state);
  return session;
}

std::string ReasonOf(const absl::Status& status) { return error::ReasonOf(status); }

TEST(QuestionRules, EveryStateAllowsJustItsMoves) {
  using State = v1::QuestionState;
  using Move = QuestionMove;
  const std::map<std::pair<State, Move>, State> allowed = {
      {{v1::QUESTION_STATE_OPEN, Move::kAnswer}, v1::QUESTION_STATE_OPEN},
      {{v1::QUESTION_STATE_OPEN, Move::kUpvote}, v1::QUESTION_STATE_OPEN},
      {{v1::QUESTION_STATE_OPEN, Move::kAccept}, v1::QUESTION_STATE_ANSWERED},
      {{v1::QUESTION_STATE_OPEN, Move::kRefer}, v1::QUESTION_STATE_REFERRED},
      {{v1::QUESTION_STATE_ANSWERED, Move::kAnswer}, v1::QUESTION_STATE_ANSWERED},
      {{v1::QUESTION_STATE_ANSWERED, Move::kUpvote}, v1::QUESTION_STATE_ANSWERED},
      {{v1::QUESTION_STATE_ANSWERED, Move::kAccept}, v1::QUESTION_STATE_ANSWERED},
      {{v1::QUESTION_STATE_REFERRED, Move::kAnswer}, v1::QUESTION_STATE_REFERRED},
      {{v1::QUESTION_STATE_REFERRED, Move::kUpvote}, v1::QUESTION_STATE_REFERRED},
      {{v1::QUESTION_STATE_REFERRED, Move::kAccept}, v1::QUESTION_STATE_ANSWERED},
  };
  for (int state = v1::QuestionState_MIN; state <= v1::QuestionState_MAX; ++state) {
    for (const Move move : {Move::kAnswer, Move::kUpvote, Move::kAccept, Move::kRefer}) {
      const absl::StatusOr<State> to = After(In(static_cast<State>(state)), move);
      const auto expected = allowed.find({static_cast<State>(state), move});
      if (expected != allowed.end()) {
        ASSERT_TRUE(to.ok()) << state << " " << static_cast<int>(move);
        EXPECT_EQ(*to, expected->second);
      } else {
        EXPECT_EQ(ReasonOf(to.status()), "QUESTION_WRONG_STATE") << state << " " << static_cast<int>(move);
      }
    }
  }
}

TEST(QuestionRules, QuestionsAreAskedWhileASessionGoesOnAndAfterwards) {
  EXPECT_EQ(ReasonOf(MayBeAsked(Session(v1::SESSION_STATE_DRAFT))), "NOT_OPEN");
  EXPECT_EQ(ReasonOf(MayBeAsked(Session(v1::SESSION_STATE_SCHEDULED))), "NOT_OPEN");
  EXPECT_EQ(ReasonOf(MayBeAsked(Session(v1::SESSION_STATE_CANCELLED))), "CANCELLED");
  EXPECT_TRUE(MayBeAsked(Session(v1::SESSION_STATE_IN_PROGRESS)).ok());
  EXPECT_TRUE(MayBeAsked(Session(v1::SESSION_STATE_COMPLETED)).ok());
}

TEST(QuestionRules, AnyonePresentAsks) {
  const v1::Session going = Session(v1::SESSION_STATE_IN_PROGRESS);
  EXPECT_EQ(ReasonOf(MustBePresent(going, {})), "NOT_PRESENT");
  EXPECT_TRUE(MustBePresent(going, {.checked_in = true}).ok());
  EXPECT_TRUE(MustBePresent(going, {.holds_classes = true}).ok());
  EXPECT_TRUE(MustBePresent(going, {.shows_code = true}).ok());
  const v1::Session over = Session(v1::SESSION_STATE_COMPLETED);
  EXPECT_TRUE(MustBePresent(over, {.checked_in = true}).ok());
  EXPECT_EQ(ReasonOf(MustBePresent(over, {.shows_code = true})), "NOT_PRESENT");
}

TEST(QuestionRules, AnswersAndUpvotesAreCounted) {
  const absl::StatusOr<v1::Question> answered = Answer(In(v1::QUESTION_STATE_OPEN));
  ASSERT_TRUE(answered.ok());
  EXPECT_EQ(answered->answers(), 1);
  const absl::StatusOr<v1::Question> upvoted = Upvote(*answered);
  ASSERT_TRUE(upvoted.ok());
  EXPECT_EQ(upvoted->upvotes(), 1);
  EXPECT_EQ(upvoted->state(), v1::QUESTION_STATE_OPEN);
}

TEST(QuestionRules, OnlyAnAnswerToTheQuestionIsAccepted) {
  v1::Answer answer;
  answer.set_name("answers/1");
  answer.set_question("questions/2");
  EXPECT_EQ(Accept(In(v1::QUESTION_STATE_OPEN), answer).status().code(), absl::StatusCode::kInvalidArgument);
  answer.set_question("questions/1");
  const absl::StatusOr<v1::Question> accepted = Accept(In(v1::QUESTION_STATE_OPEN), answer);
  ASSERT_TRUE(accepted.ok());
  EXPECT_EQ(accepted->accepted_answer(), "answers/1");
}

TEST(QuestionRules, AReferredQuestionKeepsTheNameOfItsOpinion) {
  const auto refer = [](const v1::Question& question, opinion::v1::OpinionKind kind) {
    return Refer(question, "opinions/1", kind, absl::FromUnixSeconds(5));
  };
  const absl::StatusOr<v1::Question> referred =
      refer(In(v1::QUESTION_STATE_OPEN), opinion::v1::OPINION_KIND_SUGGESTION);
  ASSERT_TRUE(referred.ok());
  EXPECT_EQ(referred->opinion(), "opinions/1");
  EXPECT_EQ(calendar::FromProto(referred->refer_time()), absl::FromUnixSeconds(5));
  EXPECT_EQ(ReasonOf(refer(*referred, opinion::v1::OPINION_KIND_SUGGESTION).status()),
            "QUESTION_WRONG_STATE");
  EXPECT_EQ(ReasonOf(refer(In(v1::QUESTION_STATE_OPEN), opinion::v1::OPINION_KIND_PETITION).status()),
            "INVALID_FIELD");
}

TEST(FeedbackRules, OnlyAttendeesGiveFeedback) {
  EXPECT_EQ(ReasonOf(MayGiveFeedback(std::nullopt)), "NOT_ATTENDED");
  v1::Enrolment enrolment;
  for (int state = v1::EnrolmentState_MIN; state <= v1::EnrolmentState_MAX; ++state) {
    enrolment.set_state(static_cast<v1::EnrolmentState>(state));
    EXPECT_EQ(MayGiveFeedback(enrolment).ok(), state == v1::ENROLMENT_STATE_ATTENDED) << state;
  }
}

TEST(FeedbackRules, TheAverageIsShownFromFiveAnswersOn) {
  EXPECT_FALSE(SummaryOf(0, 0).has_average_thousandths());
  EXPECT_FALSE(SummaryOf(4, 17).has_average_thousandths());
  EXPECT_EQ(SummaryOf(4, 17).answers(), 4);
  EXPECT_EQ(SummaryOf(5, 22).average_thousandths(), 4400);
  EXPECT_EQ(SummaryOf(6, 22).average_thousandths(), 3667);
}

}  // namespace
}  // namespace firstfloor::outreach::rules
