#include "services/outreach/feedback_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "common/error/macros.h"
#include "common/events/about.h"
#include "common/events/log.h"
#include "common/privacy/personal.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/outreach/question_rules.h"
#include "services/outreach/roles.h"

namespace firstfloor::outreach {
namespace {

using v1::Feedback;

bool IsOwn(const rpc::Call& call, const Feedback& feedback) {
  return !call.identity().is_service() && !call.subject().empty() &&
         feedback.author().subject() == call.subject();
}

Feedback ViewOf(const rpc::Call& call, Feedback feedback) {
  if (!IsOwn(call, feedback)) privacy::Mask(feedback);
  return feedback;
}

}  // namespace

void FeedbackHandlers::Register(rpc::Service& service) {
  service.Mutation("GiveFeedback", this, &FeedbackHandlers::Give);
  service.Read("GetFeedback", this, &FeedbackHandlers::Get);
  service.Read("ListFeedbacks", this, &FeedbackHandlers::List);
  service.Read("GetFeedbackSummary", this, &FeedbackHandlers::Summarize);
}

absl::StatusOr<v1::Session> FeedbackHandlers::Load(rpc::Call& call, const std::string& name) {
  ASSIGN_OR_RETURN(v1::Session session, rpc::HiddenIfMissing(sessions_.table().Load(call.db(), name)));
  RETURN_IF_ERROR(call.Authorize(session.area()));
  return session;
}

absl::StatusOr<Feedback> FeedbackHandlers::Give(rpc::Call& call, db::Transaction& tx,
                                                const v1::GiveFeedbackRequest& request) {
  ASSIGN_OR_RETURN(const v1::Session session,
                   rpc::HiddenIfMissing(sessions_.table().Load(tx, request.session())));
  RETURN_IF_ERROR(call.Authorize(session.area()));
  ASSIGN_OR_RETURN(const std::string name, enrolments_.LiveOf(tx, session, call.subject()));
  std::optional<v1::Enrolment> enrolment;
  if (!name.empty()) {
    ASSIGN_OR_RETURN(enrolment, enrolments_.table().Load(tx, name));
  }
  RETURN_IF_ERROR(rules::MayGiveFeedback(enrolment));
  Feedback feedback;
  feedback.set_name(resource::NewName("feedbacks", call.origin().record_time));
  feedback.set_session(session.name());
  feedback.set_area(session.area());
  feedback.set_rating(request.rating());
  feedback.set_text(request.text());
  feedback.mutable_author()->set_subject(call.subject());
  RETURN_IF_ERROR(feedbacks_.Insert(tx, feedback, call.origin()));
  events::v1::Event event = events::About(feedback);
  events::v1::FeedbackGiven* given = event.mutable_outreach()->mutable_feedback_given();
  given->set_session(session.name());
  given->set_rating(feedback.rating());
  RETURN_IF_ERROR(environment_.log->Append(tx, call.origin(), event));
  return feedback;
}

absl::StatusOr<Feedback> FeedbackHandlers::Get(rpc::Call& call, const v1::GetFeedbackRequest& request) {
  ASSIGN_OR_RETURN(Feedback feedback,
                   rpc::HiddenIfMissing(feedbacks_.table().Load(call.db(), request.name())));
  const bool own = IsOwn(call, feedback);
  RETURN_IF_ERROR(call.Authorize(feedback.area(), {.owner = own}));
  if (own || !request.unmask() || !IsStaff(call, feedback.area())) return ViewOf(call, std::move(feedback));
  call.RecordPersonalRead(feedback.name(), feedback.area());
  return feedback;
}

absl::StatusOr<v1::ListFeedbacksResponse> FeedbackHandlers::List(rpc::Call& call,
                                                                 const v1::ListFeedbacksRequest& request) {
  ASSIGN_OR_RETURN(const v1::Session session, Load(call, request.session()));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *environment_.keyring));
  ASSIGN_OR_RETURN(std::vector<Feedback> feedbacks,
                   feedbacks_.table().List(call.db(), {QuestionStore::OfSession(session.name())}, true,
                                           page.after, page.size + 1));
  v1::ListFeedbacksResponse response;
  response.set_next_page_token(rpc::TakePage(page, feedbacks, *environment_.keyring));
  for (Feedback& feedback : feedbacks) *response.add_feedbacks() = ViewOf(call, std::move(feedback));
  return response;
}

absl::StatusOr<v1::FeedbackSummary> FeedbackHandlers::Summarize(
    rpc::Call& call, const v1::GetFeedbackSummaryRequest& request) {
  ASSIGN_OR_RETURN(const v1::Session session, Load(call, request.session()));
  ASSIGN_OR_RETURN(const FeedbackStore::Ratings ratings, feedbacks_.RatingsOf(call.db(), session.name()));
  return rules::SummaryOf(ratings.count, ratings.sum);
}

}  // namespace firstfloor::outreach
