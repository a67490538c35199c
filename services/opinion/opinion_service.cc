#include "services/opinion/opinion_service.h"

#include <utility>

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/origin.h"
#include "common/program/house.h"
#include "common/resource/table.h"
#include "common/rpc/row.h"
#include "services/opinion/category_model.h"
#include "services/opinion/confinement.h"
#include "services/opinion/opinion_view.h"
#include "services/opinion/petition_rules.h"
#include "services/opinion/receipt.h"

namespace firstfloor::opinion {
namespace {

constexpr int kImportChunk = 400;  // of the longest that rows may be, they fit into one

}  // namespace

using v1::Opinion;

void OpinionHandlers::Register(rpc::Service& service) {
  service.Mutation("SubmitOpinion", this, &OpinionHandlers::Submit);
  service.Read("GetOpinion", this, &OpinionHandlers::Get);
  service.Recall("GetOpinion", this, &OpinionHandlers::GetFromMemory);
  service.Read("BatchGetOpinions", this, &OpinionHandlers::BatchGet);
  service.Read("ListOpinions", this, &OpinionHandlers::List);
  service.Read("GetOpinionByReceipt", this, &OpinionHandlers::GetByReceipt);
  service.Stream("WatchOpinions", this, &OpinionHandlers::Watch);
  service.Mutation("TriageOpinion", this, &OpinionHandlers::Triage);
  service.Mutation("AnswerOpinion", this, &OpinionHandlers::Answer);
  service.Mutation("RejectOpinion", this, &OpinionHandlers::Reject);
  service.Mutation("WithdrawOpinion", this, &OpinionHandlers::Withdraw);
  service.Mutation("StartOpinion", this, &OpinionHandlers::Start);
  service.Mutation("EscalateOpinion", this, &OpinionHandlers::Escalate);
  service.Mutation("DispatchOpinion", this, &OpinionHandlers::Dispatch);
  service.Mutation("ReferOpinion", this, &OpinionHandlers::Refer);
  service.Mutation("TransferOpinion", this, &OpinionHandlers::Transfer);
  service.Mutation("ResolveOpinion", this, &OpinionHandlers::Resolve);
  service.Mutation("ReturnOpinion", this, &OpinionHandlers::Return);
  service.Mutation("GiveFeedback", this, &OpinionHandlers::GiveFeedback);
  service.Mutation("RecordCall", this, &OpinionHandlers::RecordCall);
  service.Mutation("CloseOpinion", this, &OpinionHandlers::Close);
  service.Mutation("DecideReopen", this, &OpinionHandlers::DecideReopen);
  service.Mutation("ReassignOpinion", this, &OpinionHandlers::Reassign);
  service.Mutation("MergeOpinion", this, &OpinionHandlers::Merge);
  service.Mutation("UnmergeOpinion", this, &OpinionHandlers::Unmerge);
  service.Mutation("SupportOpinion", this, &OpinionHandlers::Support);
  service.Mutation("AskReporter", this, &OpinionHandlers::AskReporter);
  service.Mutation("ResumeClock", this, &OpinionHandlers::ResumeClock);
  service.Mutation("ReplyToQuestion", this, &OpinionHandlers::ReplyToQuestion);
  service.Mutation("ExtendDeadline", this, &OpinionHandlers::ExtendDeadline);
  service.Mutation("AcknowledgeEmergency", this, &OpinionHandlers::Acknowledge);
  service.Mutation("HandOffEmergency", this, &OpinionHandlers::HandOff);
  service.Mutation("GiveNotice", this, &OpinionHandlers::GiveNotice);
  service.Mutation("ConfineOpinion", this, &OpinionHandlers::Confine);
  service.Mutation("UpdateOpinion", this, &OpinionHandlers::Update);
  service.Import("ImportOpinions", this, &OpinionHandlers::Import, kImportChunk);
}

// ---- taking in ----

absl::Status OpinionHandlers::EnterAt(Call& call, Tx& tx, const Opinion& opinion) const {
  if (!opinion.stall().empty()) {
    RETURN_IF_ERROR(places_.stalls.CheckOpen(tx, opinion.stall(), opinion.area()));
  }
  if (!opinion.home_visit().empty()) {
    RETURN_IF_ERROR(places_.visits.CheckTakesOpinions(tx, call.identity(), opinion.home_visit()));
  }
  if (opinion.box_opening().empty()) return absl::OkStatus();
  return places_.boxes.EnterSlip(tx, call.origin(), call.identity(), opinion.box_opening());
}

absl::StatusOr<v1::SubmitOpinionResponse> OpinionHandlers::Submit(Call& call, Tx& tx,
                                                                  const v1::SubmitOpinionRequest& request) {
  const std::string& area = request.opinion().area();
  RETURN_IF_ERROR(call.Authorize(area, {.participant = view::IsNeighbour(call.identity(), area)}));
  ASSIGN_OR_RETURN(rules::Change change, rules::Receive(request, call.identity(), call.now()));
  Opinion& opinion = change.opinion;
  confinement::SettleDecidingArea(opinion, *call.environment().areas);
  opinion.set_name(resource::NewName("opinions", call.origin().record_time));
  RETURN_IF_ERROR(EnterAt(call, tx, opinion));
  const bool by_the_unnamed = opinion.anonymous() && opinion.channel() == v1::OPINION_CHANNEL_APP;
  events::Origin origin = by_the_unnamed ? Unnamed(call.origin()) : call.origin();
  if (opinion.anonymous()) origin.on_behalf_of.clear();
  if (opinion.has_entered_by() && origin.on_behalf_of.empty()) {
    origin.on_behalf_of = opinion.reporter().subject();
  }
  const Extract text = finding_.extractor().OfText(opinion.text());
  RETURN_IF_ERROR(changes_.Insert(tx, origin, change, text));
  v1::SubmitOpinionResponse response;
  response.set_receipt_code(receipt::NewCode());
  RETURN_IF_ERROR(opinions_.KeepReceipt(
      tx, receipt::IndexOf(response.receipt_code(), *call.environment().keyring), opinion.name()));
  if (opinion.urgency() == v1::OPINION_URGENCY_EMERGENCY) {
    for (const char* number : rules::EmergencyNumbers()) response.add_emergency_numbers(number);
  }
  *response.mutable_opinion() = view::Of(opinion, call.identity());
  Suggest(call, opinion, text, response);
  return response;
}

void OpinionHandlers::Suggest(Call& call, const Opinion& opinion, const Extract& text,
                              v1::SubmitOpinionResponse& response) const {
  if (opinion.category().empty()) {
    for (v1::CategorySuggestion& suggestion : SuggestCategories(categories_, opinion.text())) {
      *response.add_category_suggestions() = std::move(suggestion);
    }
  }
  if (!rules::IsComparable(opinion)) return;
  for (v1::SimilarOpinion& similar :
       finding_.SimilarTo({.text = text,
       .area = opinion.area(),
       .time = call.now(),
       .reporter = finding_.extractor().ReporterOf(opinion.reporter().subject())},
                          call.identity())) {
    *response.add_similar() = std::move(similar);
  }
}

// ---- moves ----

OpinionHandlers::Result OpinionHandlers::Triage(Call& call, Tx& tx, const v1::TriageOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(),
                      [&](const Opinion& opinion) { return rules::Triage(opinion, request, call.now()); });
}

OpinionHandlers::Result OpinionHandlers::Answer(Call& call, Tx& tx, const v1::AnswerOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(),
                      [&](const Opinion& opinion) { return rules::Answer(opinion, request, call.now()); });
}

OpinionHandlers::Result OpinionHandlers::Reject(Call& call, Tx& tx, const v1::RejectOpinionRequest& request) {
  return desk_.Change(
      call, tx, request.name(), request.etag(), [&](const Opinion& opinion) -> absl::StatusOr<rules::Change> {
        ASSIGN_OR_RETURN(rules::Change change, rules::Reject(opinion, request, call.now()));
        if (request.earlier_opinion().empty()) return change;
        const Result earlier = opinions_.table().Load(tx, request.earlier_opinion());
        const bool hidden =
            absl::IsNotFound(earlier.status()) || (earlier.ok() && !desk_.Admit(call, *earlier).ok());
        if (hidden) return error::InvalidField("earlier_opinion", "does not exist, or is not yours");
        RETURN_IF_ERROR(earlier.status());
        RETURN_IF_ERROR(rules::CheckEarlier(opinion, *earlier));
        return change;
      });
}

OpinionHandlers::Result OpinionHandlers::Withdraw(Call& call, Tx& tx,
                                                  const v1::WithdrawOpinionRequest& request) {
  return desk_.ChangeByHolder(call, tx, request.name(), request.etag(), request.receipt_code(),
                              [&](const Opinion& opinion) { return rules::Withdraw(opinion, call.now()); });
}

OpinionHandlers::Result OpinionHandlers::Start(Call& call, Tx& tx, const v1::StartOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(),
                      [&](const Opinion& opinion) { return rules::Start(opinion, call.now()); });
}

OpinionHandlers::Result OpinionHandlers::Escalate(Call& call, Tx& tx,
                                                  const v1::EscalateOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return rules::Escalate(opinion, request, resource::NewName("cases", call.origin().record_time),
                           call.now());
  });
}

OpinionHandlers::Result OpinionHandlers::Dispatch(Call& call, Tx& tx,
                                                  const v1::DispatchOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return rules::Dispatch(opinion, request, resource::NewName("orders", call.origin().record_time),
                           call.now());
  });
}

OpinionHandlers::Result OpinionHandlers::Refer(Call& call, Tx& tx, const v1::ReferOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(),
                      [&](const Opinion& opinion) { return rules::Refer(opinion, request, call.now()); });
}

OpinionHandlers::Result OpinionHandlers::Transfer(Call& call, Tx& tx,
                                                  const v1::TransferOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return rules::Transfer(opinion, request.district(), call.now());
  });
}

OpinionHandlers::Result OpinionHandlers::Resolve(Call& call, Tx& tx,
                                                 const v1::ResolveOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return rules::Resolve(opinion, request.outcome(),
                          {request.answer(), request.public_summary(), request.public_answer()}, call.now());
  });
}

OpinionHandlers::Result OpinionHandlers::Return(Call& call, Tx& tx, const v1::ReturnOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return rules::Return(opinion, request.reason_code(), call.now());
  });
}

OpinionHandlers::Result OpinionHandlers::GiveFeedback(Call& call, Tx& tx,
                                                      const v1::GiveFeedbackRequest& request) {
  return desk_.ChangeByHolder(call, tx, request.name(), request.etag(), request.receipt_code(),
                              [&](const Opinion& opinion) {
                                return rules::GiveFeedback(opinion, request.feedback().satisfaction(),
                                                           request.feedback().text(), call.now());
                              });
}

OpinionHandlers::Result OpinionHandlers::RecordCall(Call& call, Tx& tx,
                                                    const v1::RecordCallRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(),
                      [&](const Opinion& opinion) { return rules::RecordCall(opinion, call.now()); });
}

OpinionHandlers::Result OpinionHandlers::Close(Call& call, Tx& tx, const v1::CloseOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return rules::Close(opinion, request.reason_code(), call.now());
  });
}

OpinionHandlers::Result OpinionHandlers::DecideReopen(Call& call, Tx& tx,
                                                      const v1::DecideReopenRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return rules::DecideReopen(opinion, request, confinement::DecidesAsSecretary(opinion, call.identity()),
                               call.now());
  });
}

OpinionHandlers::Result OpinionHandlers::Reassign(Call& call, Tx& tx,
                                                  const v1::ReassignOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return rules::Reassign(opinion, request.area(), request.reason_code(), call.now());
  });
}

// ---- merging ----

absl::Status OpinionHandlers::LockBoth(Call& call, Tx& tx, const std::string& first,
                                       const std::string& second, Opinion& first_row,
                                       Opinion& second_row) const {
  if (first < second) {
    ASSIGN_OR_RETURN(first_row, desk_.Lock(call, tx, first));
    ASSIGN_OR_RETURN(second_row, desk_.Lock(call, tx, second));
  } else {
    ASSIGN_OR_RETURN(second_row, desk_.Lock(call, tx, second));
    ASSIGN_OR_RETURN(first_row, desk_.Lock(call, tx, first));
  }
  return absl::OkStatus();
}

OpinionHandlers::Result OpinionHandlers::CarryPair(Call& call, Tx& tx, const Opinion& opinion,
                                                   const Opinion& into, rules::Pair pair) const {
  RETURN_IF_ERROR(changes_.Save(tx, call.origin(), opinion, pair.merged));
  RETURN_IF_ERROR(changes_.Save(tx, call.origin(), into, pair.stays));
  return view::Of(pair.merged.opinion, call.identity());
}

OpinionHandlers::Result OpinionHandlers::Merge(Call& call, Tx& tx, const v1::MergeOpinionRequest& request) {
  Opinion opinion;
  Opinion into;
  RETURN_IF_ERROR(LockBoth(call, tx, request.name(), request.into(), opinion, into));
  RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), opinion));
  absl::StatusOr<rules::Pair> pair = rules::Merge(opinion, into, call.now());
  RETURN_IF_ERROR(pair.status());
  RETURN_IF_ERROR(follows_.Pass(tx, opinion, into));
  ASSIGN_OR_RETURN(const int64_t followers, follows_.Count(tx, into.name()));
  pair->stays.opinion.set_followers(followers);
  return CarryPair(call, tx, opinion, into, *std::move(pair));
}

OpinionHandlers::Result OpinionHandlers::Unmerge(Call& call, Tx& tx,
                                                 const v1::UnmergeOpinionRequest& request) {
  ASSIGN_OR_RETURN(const Opinion opinion, desk_.Lock(call, tx, request.name()));
  RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), opinion));
  RETURN_IF_ERROR(rules::CheckMove(opinion, rules::Act::kUnmerge));
  ASSIGN_OR_RETURN(const Opinion into, opinions_.table().Lock(tx, opinion.merged_into()));
  absl::StatusOr<rules::Pair> pair = rules::Unmerge(opinion, into, call.now());
  RETURN_IF_ERROR(pair.status());
  RETURN_IF_ERROR(follows_.TakeBack(tx, opinion.name(), into.name()));
  ASSIGN_OR_RETURN(const int64_t followers, follows_.Count(tx, into.name()));
  pair->stays.opinion.set_followers(followers);
  RETURN_IF_ERROR(TakeBackFurther(call, tx, into));
  return CarryPair(call, tx, opinion, into, *std::move(pair));
}

absl::Status OpinionHandlers::TakeBackFurther(Call& call, Tx& tx, const Opinion& opinion) const {
  Opinion link = opinion;
  while (!link.merged_into().empty()) {
    ASSIGN_OR_RETURN(const Opinion next, opinions_.table().Lock(tx, link.merged_into()));
    RETURN_IF_ERROR(follows_.TakeBackPassed(tx, link, next.name()));
    ASSIGN_OR_RETURN(const int64_t followers, follows_.Count(tx, next.name()));
    if (followers == next.followers()) return absl::OkStatus();
    rules::Change change{next, {}};
    change.opinion.set_followers(followers);
    change = rules::Amended(std::move(change), {"followers"});
    RETURN_IF_ERROR(changes_.Save(tx, call.origin(), next, change));
    link = next;
  }
  return absl::OkStatus();
}

OpinionHandlers::Result OpinionHandlers::Support(Call& call, Tx& tx,
                                                 const v1::SupportOpinionRequest& request) {
  ASSIGN_OR_RETURN(const Opinion opinion, desk_.Lock(call, tx, request.name()));
  RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), opinion));
  ASSIGN_OR_RETURN(rules::Change change, rules::Support(opinion, call.subject()));
  ASSIGN_OR_RETURN(const bool is_new, opinions_.KeepSupport(tx, opinion.name(), call.subject()));
  if (!is_new) return view::Of(opinion, call.identity());
  RETURN_IF_ERROR(changes_.Save(tx, call.origin(), opinion, change));
  return view::Of(change.opinion, call.identity());
}

// ---- clock, emergencies, petitions, confinement ----

OpinionHandlers::Result OpinionHandlers::AskReporter(Call& call, Tx& tx,
                                                     const v1::AskReporterRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return rules::AskReporter(opinion, request.question(), call.now());
  });
}

OpinionHandlers::Result OpinionHandlers::ResumeClock(Call& call, Tx& tx,
                                                     const v1::ResumeClockRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(),
                      [&](const Opinion& opinion) { return rules::ResumeClock(opinion, call.now()); });
}

OpinionHandlers::Result OpinionHandlers::ReplyToQuestion(Call& call, Tx& tx,
                                                         const v1::ReplyToQuestionRequest& request) {
  return desk_.ChangeByHolder(
      call, tx, request.name(), request.etag(), request.receipt_code(),
      [&](const Opinion& opinion) { return rules::ReplyToQuestion(opinion, request.reply(), call.now()); });
}

OpinionHandlers::Result OpinionHandlers::ExtendDeadline(Call& call, Tx& tx,
                                                        const v1::ExtendDeadlineRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return rules::ExtendDeadline(opinion, request, confinement::DecidesAsSecretary(opinion, call.identity()),
                                 call.now());
  });
}

OpinionHandlers::Result OpinionHandlers::Acknowledge(Call& call, Tx& tx,
                                                     const v1::AcknowledgeEmergencyRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(),
                      [&](const Opinion& opinion) { return rules::Acknowledge(opinion, call.now()); });
}

OpinionHandlers::Result OpinionHandlers::HandOff(Call& call, Tx& tx,
                                                 const v1::HandOffEmergencyRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return rules::HandOff(opinion, request.hand_off(), call.now());
  });
}

OpinionHandlers::Result OpinionHandlers::GiveNotice(Call& call, Tx& tx,
                                                    const v1::GiveNoticeRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return petitions::GiveNotice(opinion, request, call.now());
  });
}

OpinionHandlers::Result OpinionHandlers::Confine(Call& call, Tx& tx,
                                                 const v1::ConfineOpinionRequest& request) {
  return desk_.Change(
      call, tx, request.name(), request.etag(), [&](const Opinion& opinion) -> absl::StatusOr<rules::Change> {
        ASSIGN_OR_RETURN(rules::Change change, confinement::Confine(opinion, request, call.now()));
        confinement::SettleDecidingArea(change.opinion, *call.environment().areas);
        return change;
      });
}

OpinionHandlers::Result OpinionHandlers::Update(Call& call, Tx& tx, const v1::UpdateOpinionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(),
                      [&](const Opinion& opinion) { return rules::Update(opinion, request); });
}

}  // namespace firstfloor::opinion
