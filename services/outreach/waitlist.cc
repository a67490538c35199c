#include "services/outreach/waitlist.h"

#include <utility>

#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "services/outreach/enrolment_rules.h"
#include "services/outreach/outreach_events.h"

namespace firstfloor::outreach {

using v1::Enrolment;

absl::StatusOr<std::vector<Enrolment>> MoveUp(db::Transaction& tx, const EnrolmentStore& enrolments,
                                              v1::Session& session, const events::Origin& origin) {
  std::vector<Enrolment> moved;
  if (session.waitlisted_heads() == 0 || !rules::MayPromote(session, origin.occur_time)) return moved;
  ASSIGN_OR_RETURN(const EnrolmentStore::Waiting waiting, enrolments.Waitlist(tx, session));
  const size_t parties = rules::Promoted(waiting.heads, rules::FreePlaces(session));
  for (size_t i = 0; i < parties; ++i) {
    ASSIGN_OR_RETURN(Enrolment enrolment, enrolments.table().Lock(tx, waiting.names[i]));
    ASSIGN_OR_RETURN(const v1::EnrolmentState to, rules::After(enrolment, rules::EnrolmentMove::kPromote));
    enrolment.set_state(to);
    *enrolment.mutable_place_time() = calendar::ToProto(origin.occur_time);
    RETURN_IF_ERROR(enrolments.table().Save(tx, enrolment, origin));
    session.set_enrolled_heads(session.enrolled_heads() + enrolment.heads());
    session.set_waitlisted_heads(session.waitlisted_heads() - enrolment.heads());
    moved.push_back(std::move(enrolment));
  }
  return moved;
}

absl::StatusOr<std::vector<Enrolment>> MarkMissing(db::Transaction& tx, const EnrolmentStore& enrolments,
                                                   const v1::Session& session, const events::Origin& origin) {
  ASSIGN_OR_RETURN(std::vector<Enrolment> missing,
                   enrolments.In(tx, session, {v1::ENROLMENT_STATE_ENROLLED}));
  for (Enrolment& enrolment : missing) {
    ASSIGN_OR_RETURN(const v1::EnrolmentState to, rules::After(enrolment, rules::EnrolmentMove::kMiss));
    enrolment.set_state(to);
    RETURN_IF_ERROR(enrolments.table().Save(tx, enrolment, origin));
  }
  return missing;
}

absl::Status AppendEnrolments(db::Transaction& tx, events::Log& log, const events::Origin& origin,
                              const v1::Session& session, const std::vector<Enrolment>& enrolments,
                              int ordinal) {
  for (const Enrolment& enrolment : enrolments) {
    RETURN_IF_ERROR(log.Append(tx, origin, EnrolmentChanged(session, enrolment, ordinal++)));
  }
  return absl::OkStatus();
}

}  // namespace firstfloor::outreach
