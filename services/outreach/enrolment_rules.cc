#include "services/outreach/enrolment_rules.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/transitions.h"
#include "services/outreach/session_rules.h"

namespace firstfloor::outreach::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using v1::Enrolment;
using v1::EnrolmentState;
using v1::Session;

constexpr resource::Transition<EnrolmentState, EnrolmentMove> kTransitions[] = {
    {v1::ENROLMENT_STATE_WAITLISTED, EnrolmentMove::kPromote, v1::ENROLMENT_STATE_ENROLLED},
    {v1::ENROLMENT_STATE_WAITLISTED, EnrolmentMove::kWithdraw, v1::ENROLMENT_STATE_WITHDRAWN},
    {v1::ENROLMENT_STATE_ENROLLED, EnrolmentMove::kWithdraw, v1::ENROLMENT_STATE_WITHDRAWN},
    {v1::ENROLMENT_STATE_ENROLLED, EnrolmentMove::kCheckIn, v1::ENROLMENT_STATE_ATTENDED},
    // What a phone collected may arrive when the session has been closed.
    {v1::ENROLMENT_STATE_ENROLLED, EnrolmentMove::kUpload, v1::ENROLMENT_STATE_ATTENDED},
    {v1::ENROLMENT_STATE_NO_SHOW, EnrolmentMove::kUpload, v1::ENROLMENT_STATE_ATTENDED},
    {v1::ENROLMENT_STATE_ENROLLED, EnrolmentMove::kMiss, v1::ENROLMENT_STATE_NO_SHOW},
};

absl::Status Refused(absl::string_view reason, absl::string_view why, const std::string& name) {
  return error::Precondition(reason, why, {{"name", name}});
}

absl::Status CheckChildren(const v1::EnrolRequest& request, absl::Time now) {
  // The one who enrols is not a child.
  if (request.child_heads() >= request.heads()) {
    return error::InvalidField("child_heads", "must be less than heads");
  }
  if (request.children_size() > request.child_heads()) {
    return error::InvalidField("children", "must not be more than child_heads");
  }
  for (const v1::Child& child : request.children()) {
    const bool guarded = !child.guardian().display_name().empty() || !child.guardian().subject().empty();
    if (!guarded || !child.has_consent_time() || FromProto(child.consent_time()) > now) {
      return error::Precondition("CONSENT_MISSING",
                                 "a child under 14 is named only with a guardian's consent");
    }
  }
  return absl::OkStatus();
}

absl::Status Full(const Session& session) {
  return Refused("FULL", "there is no place for so many", session.name());
}

bool HasBegun(const Session& session, absl::Time now) {
  return session.state() != v1::SESSION_STATE_SCHEDULED || now >= StartOf(session);
}

}  // namespace

absl::StatusOr<EnrolmentState> After(const Enrolment& enrolment, EnrolmentMove move) {
  if (const auto to = resource::After(kTransitions, enrolment.state(), move)) return *to;
  std::vector<std::string> allowed;
  for (const EnrolmentState state : resource::AllAfter(kTransitions, enrolment.state())) {
    allowed.push_back(v1::EnrolmentState_Name(state));
  }
  return error::WrongState("ENROLMENT_WRONG_STATE", enrolment.name(),
                           v1::EnrolmentState_Name(enrolment.state()), allowed);
}

int FreePlaces(const Session& session) {
  return std::max(0, session.capacity() - session.enrolled_heads() - WalkIns(session));
}

absl::Status MayEnrol(const Session& session, const v1::EnrolRequest& request, absl::Time now) {
  const bool opens_later = session.has_enrol_open_time() && now < FromProto(session.enrol_open_time());
  if (session.state() == v1::SESSION_STATE_DRAFT ||
      (session.state() == v1::SESSION_STATE_SCHEDULED && opens_later)) {
    return Refused("ENROLMENT_NOT_OPEN", "enrolment has not opened", session.name());
  }
  const bool closed = session.has_enrol_close_time() && now >= FromProto(session.enrol_close_time());
  if (closed || HasBegun(session, now)) {
    return Refused("ENROLMENT_CLOSED", "enrolment has closed", session.name());
  }
  RETURN_IF_ERROR(CheckChildren(request, now));
  if (request.heads() > session.capacity()) {
    return error::Precondition("PARTY_ABOVE_CAPACITY", "the party is larger than the session",
                               {{"name", session.name()}, {"capacity", absl::StrCat(session.capacity())}});
  }
  return absl::OkStatus();
}

EnrolmentState PlaceFor(const Session& session, int heads) {
  const bool fits = session.waitlisted_heads() == 0 && heads <= FreePlaces(session);
  return fits ? v1::ENROLMENT_STATE_ENROLLED : v1::ENROLMENT_STATE_WAITLISTED;
}

size_t Promoted(absl::Span<const int> waiting, int free) {
  size_t parties = 0;
  while (parties < waiting.size() && waiting[parties] <= free) free -= waiting[parties++];
  return parties;
}

bool MayPromote(const Session& session, absl::Time now) { return !HasBegun(session, now); }

absl::Status MayWithdraw(const Session& session, absl::Time now) {
  if (!HasBegun(session, now)) return absl::OkStatus();
  return Refused("ENROLMENT_CLOSED", "the session has begun", session.name());
}

absl::Status DoorIsOpen(const Session& session, absl::Time now) {
  switch (session.state()) {
    case v1::SESSION_STATE_CANCELLED:
      return Refused("CANCELLED", "the session was called off", session.name());
    case v1::SESSION_STATE_COMPLETED:
      return Refused("ENDED", "the session is over", session.name());
    case v1::SESSION_STATE_IN_PROGRESS:
      return absl::OkStatus();
    case v1::SESSION_STATE_SCHEDULED:
      if (now >= StartOf(session) - kDoorsOpenBefore) return absl::OkStatus();
      break;
    default:
      break;
  }
  return Refused("NOT_OPEN", "check-in opens 30 minutes before the start", session.name());
}

absl::StatusOr<Enrolment> CheckIn(Enrolment enrolment, int heads, v1::CheckInMethod method, absl::Time now,
                                  Session& session) {
  switch (enrolment.state()) {
    case v1::ENROLMENT_STATE_WAITLISTED:
      return Refused("WAITLISTED", "the enrolment has no place", enrolment.name());
    case v1::ENROLMENT_STATE_WITHDRAWN:
      return Refused("WITHDRAWN", "the enrolment was taken back", enrolment.name());
    case v1::ENROLMENT_STATE_ATTENDED:
      return Refused("ALREADY_IN", "the enrolment was checked in before", enrolment.name());
    case v1::ENROLMENT_STATE_NO_SHOW:
      return Refused("ENDED", "the session is over", enrolment.name());
    default:
      break;
  }
  ASSIGN_OR_RETURN(const EnrolmentState to, After(enrolment, EnrolmentMove::kCheckIn));
  if (heads > enrolment.heads()) return error::InvalidField("heads", "must not be more than are enrolled");
  const int came = heads == 0 ? enrolment.heads() : heads;
  if (Came(session) + came > session.capacity()) return Full(session);
  enrolment.set_state(to);
  enrolment.set_checked_in_heads(came);
  enrolment.set_check_in_method(method);
  *enrolment.mutable_check_in_time() = ToProto(now);
  session.set_checked_in_heads(session.checked_in_heads() + came);
  return enrolment;
}

absl::StatusOr<Session> WalkIn(Session session, const v1::CheckInWalkInRequest& request, absl::Time now) {
  RETURN_IF_ERROR(DoorIsOpen(session, now));
  int heads = 0;
  for (const v1::IdentityHeads& more : request.heads()) heads += more.heads();
  if (heads == 0) return error::InvalidField("heads", "must count somebody");
  if (session.waitlisted_heads() > 0 && MayPromote(session, now)) return Full(session);
  const int taken = now < StartOf(session) ? session.enrolled_heads() : session.checked_in_heads();
  if (taken + WalkIns(session) + heads > session.capacity()) return Full(session);
  for (const v1::IdentityHeads& more : request.heads()) AddWalkIns(session, more.identity(), more.heads());
  return session;
}

void AddWalkIns(Session& session, v1::Identity identity, int heads) {
  auto* walk_ins = session.mutable_walk_ins();
  const auto same = std::find_if(walk_ins->begin(), walk_ins->end(),
                                 [&](const v1::IdentityHeads& have) { return have.identity() == identity; });
  v1::IdentityHeads* entry = same == walk_ins->end() ? session.add_walk_ins() : &*same;
  entry->set_identity(identity);
  entry->set_heads(entry->heads() + heads);
}

}  // namespace firstfloor::outreach::rules
