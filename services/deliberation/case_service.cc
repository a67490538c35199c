#include "services/deliberation/case_service.h"

#include <type_traits>
#include <utility>
#include <vector>

#include "common/error/macros.h"
#include "common/program/house.h"
#include "common/resource/table.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/deliberation/case_access.h"
#include "services/deliberation/case_rules.h"
#include "services/deliberation/consultation_rules.h"

namespace firstfloor::deliberation {
namespace {

using v1::Case;

// Who takes part in what is asked: a side answers for itself, a seat for itself; only the side that asked
// withdraws.
auth::Standing StandingFor(const auth::Identity& caller, const Case& matter,
                           const v1::AcceptMediatorRequest& request) {
  return {.owner = false, .participant = IsSide(caller, matter, request.side())};
}

auth::Standing StandingFor(const auth::Identity& caller, const Case& matter,
                           const v1::RecordPositionRequest& request) {
  return {.owner = false, .participant = rules::SpeaksFor(matter, request.seat(), caller)};
}

auth::Standing StandingFor(const auth::Identity& caller, const Case& matter, const v1::WithdrawCaseRequest&) {
  return {.owner = StandingOf(caller, matter).owner, .participant = SpeaksForAsking(caller, matter)};
}

template <typename Request>
auth::Standing StandingFor(const auth::Identity& caller, const Case& matter, const Request&) {
  return StandingOf(caller, matter);
}

}  // namespace

void CaseHandlers::Register(rpc::Service& service) {
  service.Mutation("OpenCase", this, &CaseHandlers::Open);
  service.Read("GetCase", this, &CaseHandlers::Get);
  service.Read("ListCases", this, &CaseHandlers::List);
  service.Mutation("StartMediation", this, &CaseHandlers::StartMediation);
  service.Mutation("AcceptMediator", this, &CaseHandlers::AcceptMediator);
  service.Mutation("RecordAgreement", this, &CaseHandlers::RecordAgreement);
  service.Mutation("EscalateCase", this, &CaseHandlers::Escalate);
  service.Mutation("ConveneConsultation", this, &CaseHandlers::Convene);
  service.Mutation("OpenConsultation", this, &CaseHandlers::OpenConsultation);
  service.Mutation("RecordPosition", this, &CaseHandlers::RecordPosition);
  service.Mutation("ConcludeConsultation", this, &CaseHandlers::Conclude);
  service.Mutation("PublishResolution", this, &CaseHandlers::Publish);
  service.Mutation("ObjectToResolution", this, &CaseHandlers::ObjectToResolution);
  service.Mutation("AnswerObjection", this, &CaseHandlers::AnswerObjection);
  service.Mutation("StartFollowUp", this, &CaseHandlers::StartFollowUp);
  service.Mutation("RecordVisit", this, &CaseHandlers::RecordVisit);
  service.Mutation("WithdrawCase", this, &CaseHandlers::Withdraw);
}

absl::StatusOr<Case> CaseHandlers::Open(rpc::Call& call, db::Transaction& tx,
                                        const v1::OpenCaseRequest& request) {
  ASSIGN_OR_RETURN(Case matter, rules::Open(request, call.identity(), call.now()));
  matter.set_name(resource::NewName("cases", call.origin().record_time));
  RETURN_IF_ERROR(cases_.Add(tx, call.origin(), matter));
  return CaseSeenBy(call.identity(), matter, false);
}

absl::StatusOr<Case> CaseHandlers::Get(rpc::Call& call, const v1::GetCaseRequest& request) {
  ASSIGN_OR_RETURN(const Case matter,
                   rpc::HiddenIfMissing(cases_.store().table().Load(call.db(), request.name())));
  const auth::Standing standing = StandingOf(call.identity(), matter);
  RETURN_IF_ERROR(call.Authorize(matter.area(), standing));
  // Those who take part may not lift what is hidden of the others.
  const bool unmask = request.unmask() && !standing.participant;
  if (unmask) call.RecordPersonalRead(matter.name(), matter.area());
  return CaseSeenBy(call.identity(), matter, unmask);
}

absl::StatusOr<v1::ListCasesResponse> CaseHandlers::List(rpc::Call& call,
                                                         const v1::ListCasesRequest& request) {
  RETURN_IF_ERROR(call.Authorize(request.area(), {.owner = request.mine()}));
  const privacy::Keyring& keyring = *house_.environment().keyring;
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, keyring));
  std::vector<resource::Condition> conditions;
  if (!request.area().empty()) conditions.push_back(resource::Covered("area", request.area()));
  if (request.mine()) conditions.push_back(cases_.store().OfSide(call.subject()));
  if (request.kind() != v1::CASE_KIND_UNSPECIFIED) {
    conditions.push_back(resource::Equals("kind", request.kind()));
  }
  if (!request.topic().empty()) conditions.push_back(resource::Equals("topic", request.topic()));
  if (request.states_size() > 0) {
    conditions.push_back(resource::In("state", {request.states().begin(), request.states().end()}));
  }
  ASSIGN_OR_RETURN(std::vector<Case> rows,
                   cases_.store().table().List(call.db(), conditions, true, page.after, page.size + 1));
  v1::ListCasesResponse response;
  response.set_next_page_token(rpc::TakePage(page, rows, keyring));
  for (const Case& row : rows) *response.add_cases() = CaseSeenBy(call.identity(), row, false);
  return response;
}

template <typename Request>
absl::StatusOr<Case> CaseHandlers::Change(rpc::Call& call, db::Transaction& tx, const Request& request,
                                          absl::FunctionRef<absl::Status(Case&)> rule) {
  ASSIGN_OR_RETURN(Case matter, rpc::HiddenIfMissing(cases_.store().table().Lock(tx, request.name())));
  RETURN_IF_ERROR(call.Authorize(matter.area(), StandingFor(call.identity(), matter, request)));
  if constexpr (!std::is_same_v<Request, v1::ObjectToResolutionRequest>) {
    RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), matter));
  }
  const v1::CaseState from = matter.state();
  RETURN_IF_ERROR(rule(matter));
  RETURN_IF_ERROR(cases_.Keep(tx, call.origin(), from, matter));
  return CaseSeenBy(call.identity(), matter, false);
}

absl::StatusOr<Case> CaseHandlers::StartMediation(rpc::Call& call, db::Transaction& tx,
                                                  const v1::StartMediationRequest& request) {
  return Change(call, tx, request, [&](Case& matter) {
    return rules::StartMediation(matter, request, call.subject(), call.now());
  });
}

absl::StatusOr<Case> CaseHandlers::AcceptMediator(rpc::Call& call, db::Transaction& tx,
                                                  const v1::AcceptMediatorRequest& request) {
  return Change(call, tx, request, [&](Case& matter) {
    return rules::AnswerMediator(matter, request.side(), request.answer(), call.now());
  });
}

absl::StatusOr<Case> CaseHandlers::RecordAgreement(rpc::Call& call, db::Transaction& tx,
                                                   const v1::RecordAgreementRequest& request) {
  return Change(call, tx, request, [&](Case& matter) { return rules::Agree(matter, request, call.now()); });
}

absl::StatusOr<Case> CaseHandlers::Escalate(rpc::Call& call, db::Transaction& tx,
                                            const v1::EscalateCaseRequest& request) {
  return Change(call, tx, request,
                [&](Case& matter) { return rules::Escalate(matter, request, call.now()); });
}

absl::StatusOr<Case> CaseHandlers::Convene(rpc::Call& call, db::Transaction& tx,
                                           const v1::ConveneConsultationRequest& request) {
  return Change(call, tx, request, [&](Case& matter) { return rules::Convene(matter, request, call.now()); });
}

absl::StatusOr<Case> CaseHandlers::OpenConsultation(rpc::Call& call, db::Transaction& tx,
                                                    const v1::OpenConsultationRequest& request) {
  return Change(call, tx, request,
                [&](Case& matter) { return rules::OpenMeeting(matter, request, call.now()); });
}

absl::StatusOr<Case> CaseHandlers::RecordPosition(rpc::Call& call, db::Transaction& tx,
                                                  const v1::RecordPositionRequest& request) {
  return Change(call, tx, request,
                [&](Case& matter) { return rules::TakePosition(matter, request, call.now()); });
}

absl::StatusOr<Case> CaseHandlers::Conclude(rpc::Call& call, db::Transaction& tx,
                                            const v1::ConcludeConsultationRequest& request) {
  return Change(call, tx, request,
                [&](Case& matter) { return rules::Conclude(matter, request, call.now()); });
}

absl::StatusOr<Case> CaseHandlers::Publish(rpc::Call& call, db::Transaction& tx,
                                           const v1::PublishResolutionRequest& request) {
  return Change(call, tx, request, [&](Case& matter) { return rules::Publish(matter, call.now()); });
}

absl::StatusOr<v1::ObjectToResolutionResponse> CaseHandlers::ObjectToResolution(
    rpc::Call& call, db::Transaction& tx, const v1::ObjectToResolutionRequest& request) {
  ASSIGN_OR_RETURN(const Case matter, Change(call, tx, request, [&](Case& objected) {
                     return rules::ObjectToResolution(objected, request, call.subject(), call.now());
                   }));
  v1::ObjectToResolutionResponse response;
  *response.mutable_due_time() = matter.resolution().objections().rbegin()->due_time();
  return response;
}

absl::StatusOr<Case> CaseHandlers::AnswerObjection(rpc::Call& call, db::Transaction& tx,
                                                   const v1::AnswerObjectionRequest& request) {
  return Change(call, tx, request,
                [&](Case& matter) { return rules::AnswerObjection(matter, request, call.now()); });
}

absl::StatusOr<Case> CaseHandlers::StartFollowUp(rpc::Call& call, db::Transaction& tx,
                                                 const v1::StartFollowUpRequest& request) {
  return Change(call, tx, request, [&](Case& matter) { return rules::StartFollowUp(matter, call.now()); });
}

absl::StatusOr<Case> CaseHandlers::RecordVisit(rpc::Call& call, db::Transaction& tx,
                                               const v1::RecordVisitRequest& request) {
  return Change(call, tx, request, [&](Case& matter) { return rules::Visit(matter, request, call.now()); });
}

absl::StatusOr<Case> CaseHandlers::Withdraw(rpc::Call& call, db::Transaction& tx,
                                            const v1::WithdrawCaseRequest& request) {
  return Change(call, tx, request, [&](Case& matter) { return rules::Withdraw(matter, call.now()); });
}

}  // namespace firstfloor::deliberation
