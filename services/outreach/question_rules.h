// Questions and answers (互问互答), and feedback: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_QUESTION_RULES_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_QUESTION_RULES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "firstfloor/outreach/v1/enrolment.pb.h"
#include "firstfloor/outreach/v1/feedback_service.pb.h"
#include "firstfloor/outreach/v1/question.pb.h"
#include "firstfloor/outreach/v1/session.pb.h"

namespace firstfloor::outreach::rules {

enum class QuestionMove { kAnswer, kUpvote, kAccept, kRefer };

// Where `move` leads from `question`; FAILED_PRECONDITION, reason QUESTION_WRONG_STATE, if nowhere.
absl::StatusOr<v1::QuestionState> After(const v1::Question& question, QuestionMove move);

// Whether there may be questions in the session: FAILED_PRECONDITION with NOT_OPEN or CANCELLED.
absl::Status MayBeAsked(const v1::Session& session);

// How somebody is known to be present.
struct Presence {
  bool checked_in = false;     // by an enrolment
  bool holds_classes = false;  // teaches, or helps
  bool shows_code = false;     // of the session, while it goes on
};
// FAILED_PRECONDITION, reason NOT_PRESENT.
absl::Status MustBePresent(const v1::Session& session, const Presence& presence);

absl::StatusOr<v1::Question> Answer(v1::Question question);
absl::StatusOr<v1::Question> Upvote(v1::Question question);
// INVALID_ARGUMENT if it is an answer to another question.
absl::StatusOr<v1::Question> Accept(v1::Question question, const v1::Answer& answer);
// Handed on as `opinion`, of `kind`. INVALID_ARGUMENT if that is a petition, which asks for more.
absl::StatusOr<v1::Question> Refer(v1::Question question, const std::string& opinion,
                                   opinion::v1::OpinionKind kind, absl::Time now);

// ---- feedback ----

// Below so many answers no average is shown.
inline constexpr int kFewestForAverage = 5;

// FAILED_PRECONDITION, reason NOT_ATTENDED, unless it is the enrolment of somebody who came.
absl::Status MayGiveFeedback(const std::optional<v1::Enrolment>& enrolment);

v1::FeedbackSummary SummaryOf(int64_t answers, int64_t sum_of_ratings);

}  // namespace firstfloor::outreach::rules

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_QUESTION_RULES_H_
