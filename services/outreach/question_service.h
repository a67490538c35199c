// Handlers of QuestionService.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_QUESTION_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_QUESTION_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/events/v1/outreach.pb.h"
#include "firstfloor/outreach/v1/question_service.pb.h"
#include "services/outreach/enrolment_store.h"
#include "services/outreach/question_rules.h"
#include "services/outreach/question_store.h"
#include "services/outreach/session_store.h"

namespace firstfloor::outreach {

class QuestionHandlers {
 public:
  QuestionHandlers(const rpc::Environment& environment, const SessionStore& sessions,
                   const EnrolmentStore& enrolments, const QuestionStore& questions)
      : environment_(environment), sessions_(sessions), enrolments_(enrolments), questions_(questions) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Question> Ask(rpc::Call& call, db::Transaction& tx,
                                   const v1::AskQuestionRequest& request);
  absl::StatusOr<v1::Question> Get(rpc::Call& call, const v1::GetQuestionRequest& request);
  absl::StatusOr<v1::ListQuestionsResponse> List(rpc::Call& call, const v1::ListQuestionsRequest& request);
  absl::StatusOr<v1::Answer> Answer(rpc::Call& call, db::Transaction& tx,
                                    const v1::AnswerQuestionRequest& request);
  absl::StatusOr<v1::ListAnswersResponse> ListAnswers(rpc::Call& call, const v1::ListAnswersRequest& request);
  absl::StatusOr<v1::Question> Accept(rpc::Call& call, db::Transaction& tx,
                                      const v1::AcceptAnswerRequest& request);
  absl::StatusOr<v1::Question> Upvote(rpc::Call& call, db::Transaction& tx,
                                      const v1::UpvoteQuestionRequest& request);
  absl::StatusOr<v1::Question> Refer(rpc::Call& call, db::Transaction& tx,
                                     const v1::ReferQuestionRequest& request);

 private:
  absl::StatusOr<v1::Question> Lock(rpc::Call& call, db::Transaction& tx, const std::string& name,
                                    const std::string& etag);
  absl::StatusOr<rules::Presence> PresenceOf(rpc::Call& call, db::Transaction& tx, const v1::Session& session,
                                             const std::string& code);
  absl::StatusOr<v1::Question> Save(rpc::Call& call, db::Transaction& tx, v1::Question question,
                                    const events::v1::OutreachEvent& change);

  const rpc::Environment& environment_;
  const SessionStore& sessions_;
  const EnrolmentStore& enrolments_;
  const QuestionStore& questions_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_QUESTION_SERVICE_H_
