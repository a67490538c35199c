// Handlers of FeedbackService.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_FEEDBACK_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_FEEDBACK_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/outreach/v1/feedback_service.pb.h"
#include "services/outreach/enrolment_store.h"
#include "services/outreach/question_store.h"
#include "services/outreach/session_store.h"

namespace firstfloor::outreach {

class FeedbackHandlers {
 public:
  FeedbackHandlers(const rpc::Environment& environment, const SessionStore& sessions,
                   const EnrolmentStore& enrolments, const FeedbackStore& feedbacks)
      : environment_(environment), sessions_(sessions), enrolments_(enrolments), feedbacks_(feedbacks) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Feedback> Give(rpc::Call& call, db::Transaction& tx,
                                    const v1::GiveFeedbackRequest& request);
  absl::StatusOr<v1::Feedback> Get(rpc::Call& call, const v1::GetFeedbackRequest& request);
  absl::StatusOr<v1::ListFeedbacksResponse> List(rpc::Call& call, const v1::ListFeedbacksRequest& request);
  absl::StatusOr<v1::FeedbackSummary> Summarize(rpc::Call& call,
                                                const v1::GetFeedbackSummaryRequest& request);

 private:
  // The session, which the caller may see.
  absl::StatusOr<v1::Session> Load(rpc::Call& call, const std::string& session);

  const rpc::Environment& environment_;
  const SessionStore& sessions_;
  const EnrolmentStore& enrolments_;
  const FeedbackStore& feedbacks_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_FEEDBACK_SERVICE_H_
