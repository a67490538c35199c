#include "services/outreach/offline_rules.h"

#include <algorithm>
#include <string>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "services/outreach/enrolment_rules.h"
#include "services/outreach/session_rules.h"

namespace firstfloor::outreach::rules {
namespace {

using calendar::FromProto;
using v1::CheckInOutcome;
using v1::OfflineCheckIn;

// "" if it counts.
std::string RefusalBy(const v1::Session& session) {
  if (session.state() == v1::SESSION_STATE_CANCELLED) return "CANCELLED";
  if (session.state() == v1::SESSION_STATE_DRAFT) return "NOT_OPEN";
  return "";
}

std::string RefusalBy(const v1::Enrolment* enrolment, const v1::Session& session) {
  if (enrolment == nullptr || enrolment->session() != session.name()) return "NOT_ENROLLED";
  switch (enrolment->state()) {
    case v1::ENROLMENT_STATE_WAITLISTED:
      return "WAITLISTED";
    case v1::ENROLMENT_STATE_WITHDRAWN:
      return "WITHDRAWN";
    case v1::ENROLMENT_STATE_ATTENDED:
      return "ALREADY_IN";
    default:
      return After(*enrolment, EnrolmentMove::kUpload).ok() ? "" : "NOT_ENROLLED";
  }
}

int HeadsOf(const OfflineCheckIn& check_in, const v1::Enrolment* enrolment) {
  if (enrolment == nullptr) return std::max(1, check_in.heads());
  return check_in.heads() == 0 ? enrolment->heads() : std::min(check_in.heads(), enrolment->heads());
}

void Flag(const OfflineCheckIn& check_in, absl::Time now, const v1::Session& session,
          CheckInOutcome& outcome) {
  const absl::Time time = FromProto(check_in.device_time());
  const bool closed = session.state() == v1::SESSION_STATE_COMPLETED;
  if (closed || time > EndOf(session)) outcome.add_flags(v1::CHECK_IN_FLAG_LATE);
  if (Came(session) + outcome.heads() > session.capacity()) {
    outcome.add_flags(v1::CHECK_IN_FLAG_OVER_CAPACITY);
  }
  if (time < StartOf(session) - kDoorsOpenBefore || time > now + kClockSkew) {
    outcome.add_flags(v1::CHECK_IN_FLAG_DOUBTFUL_TIME);
  }
}

void Attend(const OfflineCheckIn& check_in, int heads, v1::Enrolment& enrolment) {
  enrolment.set_state(*After(enrolment, EnrolmentMove::kUpload));
  enrolment.set_checked_in_heads(heads);
  enrolment.set_check_in_method(v1::CHECK_IN_METHOD_OFFLINE);
  *enrolment.mutable_check_in_time() = check_in.device_time();
}

}  // namespace

absl::Status CheckOffline(const OfflineCheckIn& check_in) {
  if (check_in.enrolment().empty() == (check_in.identity() == v1::IDENTITY_UNSPECIFIED)) {
    return error::InvalidField("check_ins", "each must be of an enrolment, or say as whom people walked in");
  }
  return absl::OkStatus();
}

CheckInOutcome CountOffline(const OfflineCheckIn& check_in, absl::Time now, v1::Session& session,
                            v1::Enrolment* enrolment) {
  CheckInOutcome outcome;
  outcome.set_nonce(check_in.nonce());
  std::string refusal = RefusalBy(session);
  if (refusal.empty() && !check_in.enrolment().empty()) refusal = RefusalBy(enrolment, session);
  if (!refusal.empty()) {
    outcome.set_result(v1::CHECK_IN_RESULT_REFUSED);
    outcome.set_refusal(refusal);
    return outcome;
  }
  outcome.set_result(v1::CHECK_IN_RESULT_COUNTED);
  outcome.set_heads(HeadsOf(check_in, enrolment));
  Flag(check_in, now, session, outcome);
  for (const int flag : outcome.flags()) {
    if (flag == v1::CHECK_IN_FLAG_LATE) session.set_late_heads(session.late_heads() + outcome.heads());
    if (flag == v1::CHECK_IN_FLAG_OVER_CAPACITY) {
      session.set_over_capacity_heads(session.over_capacity_heads() + outcome.heads());
    }
  }
  if (enrolment == nullptr) {
    AddWalkIns(session, check_in.identity(), outcome.heads());
  } else {
    session.set_checked_in_heads(session.checked_in_heads() + outcome.heads());
    Attend(check_in, outcome.heads(), *enrolment);
  }
  if (session.state() == v1::SESSION_STATE_COMPLETED && !session.report().counted_by_hand()) {
    session.set_participants(session.participants() + outcome.heads());
  }
  return outcome;
}

}  // namespace firstfloor::outreach::rules
