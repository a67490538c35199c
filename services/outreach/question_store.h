// Questions, answers, upvotes and feedback in the database.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_QUESTION_STORE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_QUESTION_STORE_H_

#include <cstdint>
#include <string>

#include "common/resource/table.h"
#include "firstfloor/outreach/v1/feedback.pb.h"
#include "firstfloor/outreach/v1/question.pb.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::outreach {

class QuestionStore {
 public:
  explicit QuestionStore(program::House& house);

  const resource::Table<v1::Question>& questions() const { return questions_; }
  const resource::Table<v1::Answer>& answers() const { return answers_; }

  // ALREADY_EXISTS, reason ALREADY_UPVOTED, the second time.
  absl::Status Upvote(db::Transaction& tx, const v1::Question& question, const std::string& subject) const;

  static resource::Condition OfSession(const std::string& session);
  static resource::Condition OfQuestion(const std::string& question);

 private:
  const privacy::Keyring& keyring_;
  const resource::Table<v1::Question> questions_;
  const resource::Table<v1::Answer> answers_;
};

class FeedbackStore {
 public:
  explicit FeedbackStore(program::House& house);

  const resource::Table<v1::Feedback>& table() const { return table_; }

  // ALREADY_EXISTS, reason FEEDBACK_GIVEN, the second time.
  absl::Status Insert(db::Transaction& tx, v1::Feedback& feedback, const events::Origin& origin) const;

  struct Ratings {
    int64_t count = 0;
    int64_t sum = 0;
  };
  absl::StatusOr<Ratings> RatingsOf(db::Connection& connection, const std::string& session) const;

 private:
  const resource::Table<v1::Feedback> table_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_QUESTION_STORE_H_
