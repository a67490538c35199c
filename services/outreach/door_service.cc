#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/rpc/row.h"
#include "services/outreach/check_in_code.h"
#include "services/outreach/enrolment_rules.h"
#include "services/outreach/enrolment_service.h"
#include "services/outreach/enrolment_view.h"
#include "services/outreach/outreach_events.h"
#include "services/outreach/waitlist.h"

namespace firstfloor::outreach {

using v1::Enrolment;
using v1::Session;

absl::Status EnrolmentHandlers::LetIn(rpc::Call& call, db::Transaction& tx, Session session,
                                      Enrolment& enrolment, int heads, v1::CheckInMethod method) {
  ASSIGN_OR_RETURN(enrolment, rules::CheckIn(enrolment, heads, method, call.now(), session));
  RETURN_IF_ERROR(enrolments_.table().Save(tx, enrolment, call.origin()));
  RETURN_IF_ERROR(sessions_.table().Save(tx, session, call.origin()));
  return AppendEnrolments(tx, *environment_.log, call.origin(), session, {enrolment}, 0);
}

absl::StatusOr<Enrolment> EnrolmentHandlers::CheckIn(rpc::Call& call, db::Transaction& tx,
                                                     const v1::CheckInRequest& request) {
  ASSIGN_OR_RETURN(auto locked, Lock(call, tx, request.name(), request.etag()));
  auto& [session, enrolment] = locked;
  RETURN_IF_ERROR(rules::DoorIsOpen(session, call.now()));
  RETURN_IF_ERROR(LetIn(call, tx, session, enrolment, request.heads(), v1::CHECK_IN_METHOD_STAFF));
  return ViewOf(call, std::move(enrolment));
}

absl::StatusOr<v1::CheckInCode> EnrolmentHandlers::GetCode(rpc::Call& call,
                                                           const v1::GetCheckInCodeRequest& request) {
  ASSIGN_OR_RETURN(const Session session,
                   rpc::HiddenIfMissing(sessions_.table().Load(call.db(), request.session())));
  RETURN_IF_ERROR(call.Authorize(session.area()));
  RETURN_IF_ERROR(rules::DoorIsOpen(session, call.now()));
  v1::CheckInCode code;
  code.set_code(check_in_code::At(*environment_.keyring, session.name(), call.now()));
  *code.mutable_change_time() = calendar::ToProto(check_in_code::ChangesAt(call.now()));
  return code;
}

absl::StatusOr<Enrolment> EnrolmentHandlers::CheckInWithCode(rpc::Call& call, db::Transaction& tx,
                                                             const v1::CheckInWithCodeRequest& request) {
  ASSIGN_OR_RETURN(const Session session, LockSession(call, tx, request.session()));
  RETURN_IF_ERROR(rules::DoorIsOpen(session, call.now()));
  RETURN_IF_ERROR(check_in_code::Check(*environment_.keyring, session.name(), request.code(), call.now()));
  ASSIGN_OR_RETURN(const std::string name, enrolments_.LiveOf(tx, session, call.subject()));
  if (name.empty()) {
    return error::Precondition("NOT_ENROLLED", "the caller has no enrolment in the session",
                               {{"name", session.name()}});
  }
  ASSIGN_OR_RETURN(Enrolment enrolment, enrolments_.table().Lock(tx, name));
  RETURN_IF_ERROR(LetIn(call, tx, session, enrolment, request.heads(), v1::CHECK_IN_METHOD_CODE));
  return enrolment;
}

absl::StatusOr<Session> EnrolmentHandlers::CheckInWalkIn(rpc::Call& call, db::Transaction& tx,
                                                         const v1::CheckInWalkInRequest& request) {
  ASSIGN_OR_RETURN(const Session before, LockSession(call, tx, request.session()));
  RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), before));
  ASSIGN_OR_RETURN(Session session, rules::WalkIn(before, request, call.now()));
  RETURN_IF_ERROR(sessions_.table().Save(tx, session, call.origin()));
  RETURN_IF_ERROR(environment_.log->Append(tx, call.origin(), WalkInsCounted(session, request.heads())));
  return session;
}

}  // namespace firstfloor::outreach
