#include "services/outreach/question_rules.h"

#include <vector>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/transitions.h"

namespace firstfloor::outreach::rules {
namespace {

using v1::Question;
using v1::QuestionState;

constexpr resource::Transition<QuestionState, QuestionMove> kTransitions[] = {
    {v1::QUESTION_STATE_OPEN, QuestionMove::kAnswer, v1::QUESTION_STATE_OPEN},
    {v1::QUESTION_STATE_OPEN, QuestionMove::kUpvote, v1::QUESTION_STATE_OPEN},
    {v1::QUESTION_STATE_OPEN, QuestionMove::kAccept, v1::QUESTION_STATE_ANSWERED},
    {v1::QUESTION_STATE_OPEN, QuestionMove::kRefer, v1::QUESTION_STATE_REFERRED},
    {v1::QUESTION_STATE_ANSWERED, QuestionMove::kAnswer, v1::QUESTION_STATE_ANSWERED},
    {v1::QUESTION_STATE_ANSWERED, QuestionMove::kUpvote, v1::QUESTION_STATE_ANSWERED},
    {v1::QUESTION_STATE_ANSWERED, QuestionMove::kAccept, v1::QUESTION_STATE_ANSWERED},
    {v1::QUESTION_STATE_REFERRED, QuestionMove::kAnswer, v1::QUESTION_STATE_REFERRED},
    {v1::QUESTION_STATE_REFERRED, QuestionMove::kUpvote, v1::QUESTION_STATE_REFERRED},
    {v1::QUESTION_STATE_REFERRED, QuestionMove::kAccept, v1::QUESTION_STATE_ANSWERED},
};

absl::StatusOr<Question> Moved(Question question, QuestionMove move) {
  ASSIGN_OR_RETURN(const QuestionState to, After(question, move));
  question.set_state(to);
  return question;
}

}  // namespace

absl::StatusOr<QuestionState> After(const Question& question, QuestionMove move) {
  if (const auto to = resource::After(kTransitions, question.state(), move)) return *to;
  std::vector<std::string> allowed;
  for (const QuestionState state : resource::AllAfter(kTransitions, question.state())) {
    if (state != question.state()) allowed.push_back(v1::QuestionState_Name(state));
  }
  return error::WrongState("QUESTION_WRONG_STATE", question.name(), v1::QuestionState_Name(question.state()),
                           allowed);
}

absl::Status MayBeAsked(const v1::Session& session) {
  switch (session.state()) {
    case v1::SESSION_STATE_IN_PROGRESS:
    case v1::SESSION_STATE_COMPLETED:
      return absl::OkStatus();
    case v1::SESSION_STATE_CANCELLED:
      return error::Precondition("CANCELLED", "the session was called off", {{"name", session.name()}});
    default:
      return error::Precondition("NOT_OPEN", "the session has not begun", {{"name", session.name()}});
  }
}

absl::Status MustBePresent(const v1::Session& session, const Presence& presence) {
  const bool by_code = presence.shows_code && session.state() == v1::SESSION_STATE_IN_PROGRESS;
  if (presence.checked_in || presence.holds_classes || by_code) return absl::OkStatus();
  return error::Precondition("NOT_PRESENT", "only who is present may ask", {{"name", session.name()}});
}

absl::StatusOr<Question> Answer(Question question) {
  ASSIGN_OR_RETURN(question, Moved(std::move(question), QuestionMove::kAnswer));
  question.set_answers(question.answers() + 1);
  return question;
}

absl::StatusOr<Question> Upvote(Question question) {
  ASSIGN_OR_RETURN(question, Moved(std::move(question), QuestionMove::kUpvote));
  question.set_upvotes(question.upvotes() + 1);
  return question;
}

absl::StatusOr<Question> Accept(Question question, const v1::Answer& answer) {
  ASSIGN_OR_RETURN(question, Moved(std::move(question), QuestionMove::kAccept));
  if (answer.question() != question.name()) {
    return error::InvalidField("answer", "must be an answer to the question");
  }
  question.set_accepted_answer(answer.name());
  return question;
}

absl::StatusOr<Question> Refer(Question question, const std::string& opinion, opinion::v1::OpinionKind kind,
                               absl::Time now) {
  ASSIGN_OR_RETURN(question, Moved(std::move(question), QuestionMove::kRefer));
  if (kind == opinion::v1::OPINION_KIND_PETITION) {
    return error::InvalidField("kind", "must not be PETITION, which has a procedure of its own");
  }
  question.set_opinion(opinion);
  *question.mutable_refer_time() = calendar::ToProto(now);
  return question;
}

absl::Status MayGiveFeedback(const std::optional<v1::Enrolment>& enrolment) {
  if (enrolment && enrolment->state() == v1::ENROLMENT_STATE_ATTENDED) return absl::OkStatus();
  return error::Precondition("NOT_ATTENDED", "only attendees give feedback");
}

v1::FeedbackSummary SummaryOf(int64_t answers, int64_t sum_of_ratings) {
  v1::FeedbackSummary summary;
  summary.set_answers(static_cast<int32_t>(answers));
  if (answers >= kFewestForAverage) {
    summary.set_average_thousandths(static_cast<int32_t>((sum_of_ratings * 1000 + answers / 2) / answers));
  }
  return summary;
}

}  // namespace firstfloor::outreach::rules
