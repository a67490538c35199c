#include "services/outreach/question_service.h"

#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "common/error/macros.h"
#include "common/events/about.h"
#include "common/events/log.h"
#include "common/privacy/personal.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/outreach/check_in_code.h"
#include "services/outreach/roles.h"

namespace firstfloor::outreach {
namespace {

using events::v1::OutreachEvent;
using v1::Question;

// The caller is who asked.
bool IsOwn(const rpc::Call& call, const Question& question) {
  return !call.identity().is_service() && !call.subject().empty() &&
         question.asker().subject() == call.subject();
}

Question ViewOf(const rpc::Call& call, Question question) {
  if (!IsOwn(call, question)) privacy::Mask(question);
  return question;
}

v1::Answer ViewOf(const rpc::Call& call, v1::Answer answer) {
  if (answer.author().subject() != call.subject()) privacy::Mask(answer);
  return answer;
}

}  // namespace

void QuestionHandlers::Register(rpc::Service& service) {
  service.Mutation("AskQuestion", this, &QuestionHandlers::Ask);
  service.Read("GetQuestion", this, &QuestionHandlers::Get);
  service.Read("ListQuestions", this, &QuestionHandlers::List);
  service.Mutation("AnswerQuestion", this, &QuestionHandlers::Answer);
  service.Read("ListAnswers", this, &QuestionHandlers::ListAnswers);
  service.Mutation("AcceptAnswer", this, &QuestionHandlers::Accept);
  service.Mutation("UpvoteQuestion", this, &QuestionHandlers::Upvote);
  service.Mutation("ReferQuestion", this, &QuestionHandlers::Refer);
}

absl::StatusOr<Question> QuestionHandlers::Lock(rpc::Call& call, db::Transaction& tx, const std::string& name,
                                                const std::string& etag) {
  ASSIGN_OR_RETURN(Question question, rpc::HiddenIfMissing(questions_.questions().Lock(tx, name)));
  RETURN_IF_ERROR(call.Authorize(question.area(), {.owner = IsOwn(call, question)}));
  RETURN_IF_ERROR(rpc::CheckEtag(etag, question));
  return question;
}

absl::StatusOr<rules::Presence> QuestionHandlers::PresenceOf(rpc::Call& call, db::Transaction& tx,
                                                             const v1::Session& session,
                                                             const std::string& code) {
  rules::Presence presence;
  presence.holds_classes = HoldsClasses(call, session.area());
  ASSIGN_OR_RETURN(const std::string name, enrolments_.LiveOf(tx, session, call.subject()));
  if (!name.empty()) {
    ASSIGN_OR_RETURN(const v1::Enrolment enrolment, enrolments_.table().Load(tx, name));
    presence.checked_in = enrolment.state() == v1::ENROLMENT_STATE_ATTENDED;
  }
  if (!code.empty() && !presence.checked_in) {
    RETURN_IF_ERROR(check_in_code::Check(*environment_.keyring, session.name(), code, call.now()));
    presence.shows_code = true;
  }
  return presence;
}

absl::StatusOr<Question> QuestionHandlers::Save(rpc::Call& call, db::Transaction& tx, Question question,
                                                const OutreachEvent& change) {
  RETURN_IF_ERROR(questions_.questions().Save(tx, question, call.origin()));
  events::v1::Event event = events::About(question);
  *event.mutable_outreach() = change;
  RETURN_IF_ERROR(environment_.log->Append(tx, call.origin(), event));
  return ViewOf(call, std::move(question));
}

absl::StatusOr<Question> QuestionHandlers::Ask(rpc::Call& call, db::Transaction& tx,
                                               const v1::AskQuestionRequest& request) {
  ASSIGN_OR_RETURN(const v1::Session session,
                   rpc::HiddenIfMissing(sessions_.table().Load(tx, request.session())));
  RETURN_IF_ERROR(call.Authorize(session.area()));
  RETURN_IF_ERROR(rules::MayBeAsked(session));
  ASSIGN_OR_RETURN(const rules::Presence presence, PresenceOf(call, tx, session, request.code()));
  RETURN_IF_ERROR(rules::MustBePresent(session, presence));
  Question question;
  question.set_name(resource::NewName("questions", call.origin().record_time));
  question.set_session(session.name());
  question.set_area(session.area());
  question.set_text(request.text());
  question.mutable_asker()->set_subject(call.subject());
  question.set_state(v1::QUESTION_STATE_OPEN);
  RETURN_IF_ERROR(questions_.questions().Insert(tx, question, call.origin()));
  events::v1::Event event = events::About(question);
  event.mutable_outreach()->mutable_question_asked()->set_session(session.name());
  RETURN_IF_ERROR(environment_.log->Append(tx, call.origin(), event));
  return question;
}

absl::StatusOr<Question> QuestionHandlers::Get(rpc::Call& call, const v1::GetQuestionRequest& request) {
  ASSIGN_OR_RETURN(Question question,
                   rpc::HiddenIfMissing(questions_.questions().Load(call.db(), request.name())));
  RETURN_IF_ERROR(call.Authorize(question.area(), {.owner = IsOwn(call, question)}));
  // A service that it was handed on to follows it for who asked.
  if (call.identity().is_service()) return question;
  return ViewOf(call, std::move(question));
}

absl::StatusOr<v1::ListQuestionsResponse> QuestionHandlers::List(rpc::Call& call,
                                                                 const v1::ListQuestionsRequest& request) {
  ASSIGN_OR_RETURN(const v1::Session session,
                   rpc::HiddenIfMissing(sessions_.table().Load(call.db(), request.session())));
  RETURN_IF_ERROR(call.Authorize(session.area()));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *environment_.keyring));
  ASSIGN_OR_RETURN(std::vector<Question> questions,
                   questions_.questions().List(call.db(), {QuestionStore::OfSession(session.name())}, true,
                                               page.after, page.size + 1));
  v1::ListQuestionsResponse response;
  response.set_next_page_token(rpc::TakePage(page, questions, *environment_.keyring));
  for (Question& question : questions) *response.add_questions() = ViewOf(call, std::move(question));
  return response;
}

absl::StatusOr<v1::Answer> QuestionHandlers::Answer(rpc::Call& call, db::Transaction& tx,
                                                    const v1::AnswerQuestionRequest& request) {
  ASSIGN_OR_RETURN(Question question, Lock(call, tx, request.name(), ""));
  ASSIGN_OR_RETURN(question, rules::Answer(std::move(question)));
  v1::Answer answer;
  answer.set_name(resource::NewName("answers", call.origin().record_time));
  answer.set_question(question.name());
  answer.set_area(question.area());
  answer.set_text(request.text());
  answer.mutable_author()->set_subject(call.subject());
  RETURN_IF_ERROR(questions_.answers().Insert(tx, answer, call.origin()));
  OutreachEvent change;
  change.mutable_question_answered()->set_answer(answer.name());
  RETURN_IF_ERROR(Save(call, tx, std::move(question), change).status());
  return answer;
}

absl::StatusOr<v1::ListAnswersResponse> QuestionHandlers::ListAnswers(rpc::Call& call,
                                                                      const v1::ListAnswersRequest& request) {
  ASSIGN_OR_RETURN(const Question question,
                   rpc::HiddenIfMissing(questions_.questions().Load(call.db(), request.question())));
  RETURN_IF_ERROR(call.Authorize(question.area()));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *environment_.keyring));
  ASSIGN_OR_RETURN(std::vector<v1::Answer> answers,
                   questions_.answers().List(call.db(), {QuestionStore::OfQuestion(question.name())}, false,
                                             page.after, page.size + 1));
  v1::ListAnswersResponse response;
  response.set_next_page_token(rpc::TakePage(page, answers, *environment_.keyring));
  for (v1::Answer& answer : answers) *response.add_answers() = ViewOf(call, std::move(answer));
  return response;
}

absl::StatusOr<Question> QuestionHandlers::Accept(rpc::Call& call, db::Transaction& tx,
                                                  const v1::AcceptAnswerRequest& request) {
  ASSIGN_OR_RETURN(Question question, Lock(call, tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const v1::Answer answer,
                   rpc::HiddenIfMissing(questions_.answers().Load(tx, request.answer())));
  ASSIGN_OR_RETURN(question, rules::Accept(std::move(question), answer));
  OutreachEvent change;
  change.mutable_answer_accepted()->set_answer(answer.name());
  return Save(call, tx, std::move(question), change);
}

absl::StatusOr<Question> QuestionHandlers::Upvote(rpc::Call& call, db::Transaction& tx,
                                                  const v1::UpvoteQuestionRequest& request) {
  ASSIGN_OR_RETURN(Question question, Lock(call, tx, request.name(), ""));
  ASSIGN_OR_RETURN(question, rules::Upvote(std::move(question)));
  RETURN_IF_ERROR(questions_.Upvote(tx, question, call.subject()));
  OutreachEvent change;
  change.mutable_question_upvoted()->set_upvotes(question.upvotes());
  return Save(call, tx, std::move(question), change);
}

absl::StatusOr<Question> QuestionHandlers::Refer(rpc::Call& call, db::Transaction& tx,
                                                 const v1::ReferQuestionRequest& request) {
  ASSIGN_OR_RETURN(Question question, Lock(call, tx, request.name(), request.etag()));
  // The receiver makes the opinion under this name, so that the link holds both ways from now on.
  const std::string opinion = resource::NewName("opinions", call.origin().record_time);
  const opinion::v1::OpinionKind kind = request.kind() == opinion::v1::OPINION_KIND_UNSPECIFIED
                                            ? opinion::v1::OPINION_KIND_PROBLEM
                                            : request.kind();
  ASSIGN_OR_RETURN(question, rules::Refer(std::move(question), opinion, kind, call.now()));
  OutreachEvent change;
  events::v1::QuestionReferred& referred = *change.mutable_question_referred();
  referred.set_opinion(opinion);
  referred.set_session(question.session());
  referred.set_kind(std::string(absl::StripPrefix(opinion::v1::OpinionKind_Name(kind), "OPINION_KIND_")));
  return Save(call, tx, std::move(question), change);
}

}  // namespace firstfloor::outreach
