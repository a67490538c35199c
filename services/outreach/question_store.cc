#include "services/outreach/question_store.h"

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/program/house.h"

namespace firstfloor::outreach {
namespace {

using google::protobuf::Message;

db::Value SessionId(const std::string& session) { return db::Value(*resource::IdOf("sessions", session)); }
db::Value QuestionId(const std::string& question) {
  return db::Value(*resource::IdOf("questions", question));
}

resource::Spec QuestionSpec() {
  const auto as = [](const Message& m) -> const v1::Question& { return static_cast<const v1::Question&>(m); };
  return {.table = "question",
          .collection = "questions",
          .type = "Question",
          .columns = {{"session", [as](const Message& m) { return SessionId(as(m).session()); }},
                      {"state", [as](const Message& m) { return db::Value(as(m).state()); }}}};
}

resource::Spec AnswerSpec() {
  const auto as = [](const Message& m) -> const v1::Answer& { return static_cast<const v1::Answer&>(m); };
  return {.table = "answer",
          .collection = "answers",
          .type = "Answer",
          .columns = {{"question", [as](const Message& m) { return QuestionId(as(m).question()); }}}};
}

resource::Spec FeedbackSpec(const privacy::Keyring& keyring) {
  const auto as = [](const Message& m) -> const v1::Feedback& { return static_cast<const v1::Feedback&>(m); };
  return {.table = "feedback",
          .collection = "feedbacks",
          .type = "Feedback",
          .columns = {{"session", [as](const Message& m) { return SessionId(as(m).session()); }},
                      {"person",
                       [as, &keyring](const Message& m) {
                         // Whose author was erased is nobody's, and no two are the same nobody's.
                         const std::string& subject = as(m).author().subject();
                         return db::Value(subject.empty() ? *resource::IdOf("feedbacks", as(m).name())
                                                          : keyring.BlindIndex("subject", subject));
                       }},
                      {"rating", [as](const Message& m) { return db::Value(as(m).rating()); }}}};
}

}  // namespace

QuestionStore::QuestionStore(program::House& house)
    : keyring_(*house.environment().keyring),
      questions_(QuestionSpec(), keyring_),
      answers_(AnswerSpec(), keyring_) {}

absl::Status QuestionStore::Upvote(db::Transaction& tx, const v1::Question& question,
                                   const std::string& subject) const {
  const absl::Status status =
      tx.Execute("INSERT INTO question_upvote (question, person) VALUES (?, ?)",
                 {QuestionId(question.name()), db::Value(keyring_.BlindIndex("subject", subject))})
          .status();
  if (!absl::IsAlreadyExists(status)) return status;
  return error::Make(absl::StatusCode::kAlreadyExists, "ALREADY_UPVOTED", "the person has done so before",
                     {{"name", question.name()}});
}

resource::Condition QuestionStore::OfSession(const std::string& session) {
  return resource::Equals("session", SessionId(session));
}

resource::Condition QuestionStore::OfQuestion(const std::string& question) {
  return resource::Equals("question", QuestionId(question));
}

FeedbackStore::FeedbackStore(program::House& house)
    : table_(FeedbackSpec(*house.environment().keyring), *house.environment().keyring) {}

absl::Status FeedbackStore::Insert(db::Transaction& tx, v1::Feedback& feedback,
                                   const events::Origin& origin) const {
  const absl::Status status = table_.Insert(tx, feedback, origin);
  if (!absl::IsAlreadyExists(status)) return status;
  return error::Make(absl::StatusCode::kAlreadyExists, "FEEDBACK_GIVEN",
                     "the person has given feedback before", {{"session", feedback.session()}});
}

absl::StatusOr<FeedbackStore::Ratings> FeedbackStore::RatingsOf(db::Connection& connection,
                                                                const std::string& session) const {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT COUNT(*), CAST(COALESCE(SUM(rating), 0) AS SIGNED) "
                                    "FROM feedback WHERE session = ?",
                                    {SessionId(session)}));
  return Ratings{rows.front().Int(0), rows.front().Int(1)};
}

}  // namespace firstfloor::outreach
