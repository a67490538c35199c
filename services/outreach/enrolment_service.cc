#include "services/outreach/enrolment_service.h"

#include <vector>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/outreach/enrolment_rules.h"
#include "services/outreach/enrolment_view.h"
#include "services/outreach/outreach_events.h"
#include "services/outreach/roles.h"
#include "services/outreach/waitlist.h"

namespace firstfloor::outreach {
namespace {

using v1::Enrolment;
using v1::Session;

// Who is enrolled: the caller, or whom the caller speaks for.
absl::Status NameThePerson(const rpc::Call& call, const Session& session, const v1::EnrolRequest& request,
                           Enrolment& enrolment) {
  if (request.has_on_behalf_of()) {
    if (!HoldsClasses(call, session.area())) {
      return error::Make(absl::StatusCode::kPermissionDenied, "PROXY_NOT_ALLOWED",
                         "only those who hold classes enrol somebody else");
    }
    *enrolment.mutable_person() = request.on_behalf_of().person();
    *enrolment.mutable_on_behalf_of() = request.on_behalf_of();
    return absl::OkStatus();
  }
  *enrolment.mutable_person() = request.person();
  enrolment.mutable_person()->set_subject(call.subject());
  return absl::OkStatus();
}

void Count(Session& session, const Enrolment& enrolment, int sign) {
  if (enrolment.state() == v1::ENROLMENT_STATE_ENROLLED) {
    session.set_enrolled_heads(session.enrolled_heads() + sign * enrolment.heads());
  } else if (enrolment.state() == v1::ENROLMENT_STATE_WAITLISTED) {
    session.set_waitlisted_heads(session.waitlisted_heads() + sign * enrolment.heads());
  }
}

}  // namespace

void EnrolmentHandlers::Register(rpc::Service& service) {
  service.Mutation("Enrol", this, &EnrolmentHandlers::Enrol);
  service.Mutation("WithdrawEnrolment", this, &EnrolmentHandlers::Withdraw);
  service.Read("GetEnrolment", this, &EnrolmentHandlers::Get);
  service.Read("ListEnrolments", this, &EnrolmentHandlers::List);
  service.Read("ListMyEnrolments", this, &EnrolmentHandlers::ListMine);
  service.Mutation("CheckIn", this, &EnrolmentHandlers::CheckIn);
  service.Read("GetCheckInCode", this, &EnrolmentHandlers::GetCode);
  service.Mutation("CheckInWithCode", this, &EnrolmentHandlers::CheckInWithCode);
  service.Mutation("CheckInWalkIn", this, &EnrolmentHandlers::CheckInWalkIn);
}

absl::StatusOr<Session> EnrolmentHandlers::LockSession(rpc::Call& call, db::Transaction& tx,
                                                       const std::string& name) {
  ASSIGN_OR_RETURN(Session session, rpc::HiddenIfMissing(sessions_.table().Lock(tx, name)));
  RETURN_IF_ERROR(call.Authorize(session.area()));
  return session;
}

absl::StatusOr<std::pair<Session, Enrolment>> EnrolmentHandlers::Lock(rpc::Call& call, db::Transaction& tx,
                                                                      const std::string& name,
                                                                      const std::string& etag) {
  ASSIGN_OR_RETURN(const Enrolment known, rpc::HiddenIfMissing(enrolments_.table().Load(tx, name)));
  RETURN_IF_ERROR(call.Authorize(known.area(), {.owner = IsOwn(call, known)}));
  ASSIGN_OR_RETURN(Session session, sessions_.table().Lock(tx, known.session()));
  ASSIGN_OR_RETURN(Enrolment enrolment, enrolments_.table().Lock(tx, name));
  RETURN_IF_ERROR(rpc::CheckEtag(etag, enrolment));
  return std::make_pair(std::move(session), std::move(enrolment));
}

absl::StatusOr<Enrolment> EnrolmentHandlers::Enrol(rpc::Call& call, db::Transaction& tx,
                                                   const v1::EnrolRequest& request) {
  ASSIGN_OR_RETURN(Session session, LockSession(call, tx, request.session()));
  RETURN_IF_ERROR(rules::MayEnrol(session, request, call.now()));
  Enrolment enrolment;
  enrolment.set_name(resource::NewName("enrolments", call.origin().record_time));
  enrolment.set_session(session.name());
  enrolment.set_area(session.area());
  RETURN_IF_ERROR(NameThePerson(call, session, request, enrolment));
  enrolment.set_heads(request.heads());
  enrolment.set_child_heads(request.child_heads());
  *enrolment.mutable_children() = request.children();
  enrolment.set_state(rules::PlaceFor(session, request.heads()));
  if (enrolment.state() == v1::ENROLMENT_STATE_ENROLLED) {
    *enrolment.mutable_place_time() = calendar::ToProto(call.now());
  }
  session.set_last_queue_number(session.last_queue_number() + 1);
  enrolment.set_queue_number(session.last_queue_number());
  RETURN_IF_ERROR(enrolments_.Insert(tx, enrolment, call.origin()));
  Count(session, enrolment, 1);
  RETURN_IF_ERROR(sessions_.table().Save(tx, session, call.origin()));
  RETURN_IF_ERROR(AppendEnrolments(tx, *environment_.log, call.origin(), session, {enrolment}, 0));
  return ViewOf(call, std::move(enrolment));
}

absl::StatusOr<Enrolment> EnrolmentHandlers::Withdraw(rpc::Call& call, db::Transaction& tx,
                                                      const v1::WithdrawEnrolmentRequest& request) {
  ASSIGN_OR_RETURN(auto locked, Lock(call, tx, request.name(), request.etag()));
  auto& [session, enrolment] = locked;
  ASSIGN_OR_RETURN(const v1::EnrolmentState to, rules::After(enrolment, rules::EnrolmentMove::kWithdraw));
  RETURN_IF_ERROR(rules::MayWithdraw(session, call.now()));
  Count(session, enrolment, -1);
  enrolment.set_state(to);
  *enrolment.mutable_withdraw_time() = calendar::ToProto(call.now());
  RETURN_IF_ERROR(enrolments_.table().Save(tx, enrolment, call.origin()));
  ASSIGN_OR_RETURN(const std::vector<Enrolment> moved, MoveUp(tx, enrolments_, session, call.origin()));
  RETURN_IF_ERROR(sessions_.table().Save(tx, session, call.origin()));
  RETURN_IF_ERROR(AppendEnrolments(tx, *environment_.log, call.origin(), session, {enrolment}, 0));
  RETURN_IF_ERROR(AppendEnrolments(tx, *environment_.log, call.origin(), session, moved, 1));
  return ViewOf(call, std::move(enrolment));
}

absl::StatusOr<Enrolment> EnrolmentHandlers::Get(rpc::Call& call, const v1::GetEnrolmentRequest& request) {
  ASSIGN_OR_RETURN(Enrolment enrolment,
                   rpc::HiddenIfMissing(enrolments_.table().Load(call.db(), request.name())));
  const bool own = IsOwn(call, enrolment);
  RETURN_IF_ERROR(call.Authorize(enrolment.area(), {.owner = own}));
  if (own || !request.unmask() || !HoldsClasses(call, enrolment.area())) {
    return ViewOf(call, std::move(enrolment));
  }
  call.RecordPersonalRead(enrolment.name(), enrolment.area());
  return enrolment;
}

absl::StatusOr<v1::ListEnrolmentsResponse> EnrolmentHandlers::List(rpc::Call& call,
                                                                   const v1::ListEnrolmentsRequest& request) {
  ASSIGN_OR_RETURN(const Session session,
                   rpc::HiddenIfMissing(sessions_.table().Load(call.db(), request.session())));
  RETURN_IF_ERROR(call.Authorize(session.area()));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *environment_.keyring));
  std::vector<resource::Condition> conditions = {enrolments_.OfSession(session.name())};
  if (!request.states().empty()) {
    conditions.push_back(resource::In("state", {request.states().begin(), request.states().end()}));
  }
  ASSIGN_OR_RETURN(std::vector<Enrolment> enrolments,
                   enrolments_.table().List(call.db(), conditions, false, page.after, page.size + 1));
  v1::ListEnrolmentsResponse response;
  response.set_next_page_token(rpc::TakePage(page, enrolments, *environment_.keyring));
  for (Enrolment& enrolment : enrolments) *response.add_enrolments() = ViewOf(call, std::move(enrolment));
  return response;
}

absl::StatusOr<v1::ListMyEnrolmentsResponse> EnrolmentHandlers::ListMine(
    rpc::Call& call, const v1::ListMyEnrolmentsRequest& request) {
  RETURN_IF_ERROR(call.Authorize("", {.owner = true}));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *environment_.keyring));
  ASSIGN_OR_RETURN(std::vector<Enrolment> enrolments,
                   enrolments_.table().List(call.db(), {enrolments_.OfPerson(call.subject())}, true,
                                            page.after, page.size + 1));
  v1::ListMyEnrolmentsResponse response;
  response.set_next_page_token(rpc::TakePage(page, enrolments, *environment_.keyring));
  for (Enrolment& enrolment : enrolments) *response.add_enrolments() = ViewOf(call, std::move(enrolment));
  return response;
}

}  // namespace firstfloor::outreach
