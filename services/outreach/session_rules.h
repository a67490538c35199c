// What may happen to a session, and what follows: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_SESSION_RULES_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_SESSION_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "firstfloor/outreach/v1/session.pb.h"
#include "firstfloor/outreach/v1/session_service.pb.h"
#include "firstfloor/outreach/v1/venue.pb.h"
#include "services/outreach/local_hours.h"

namespace firstfloor::outreach::rules {

inline constexpr absl::Duration kLongestSession = absl::Hours(12);
// Check-in opens, and the session may be started, so long before the start.
inline constexpr absl::Duration kDoorsOpenBefore = absl::Minutes(30);
// After the end.
inline constexpr absl::Duration kReportTerm = absl::Hours(48);

enum class SessionMove { kUpdate, kSchedule, kStart, kComplete, kCancel };

// Where `move` leads from where the session stands; FAILED_PRECONDITION, reason SESSION_WRONG_STATE, naming
// the states that can be reached, if it leads nowhere.
absl::StatusOr<v1::SessionState> After(const v1::Session& session, SessionMove move);

absl::Time StartOf(const v1::Session& session);
absl::Time EndOf(const v1::Session& session);

// INVALID_ARGUMENT with every violation: window, enrolment times, lecturers listed twice.
absl::Status CheckSession(const v1::Session& session);

// FAILED_PRECONDITION, reason SESSION_INCOMPLETE, naming what a session needs before it is announced and
// lacks.
absl::Status CheckComplete(const v1::Session& session);

// A stretch of time in which a venue or lecturer is taken.
struct Occupation {
  absl::Time from;
  absl::Time to;
};
// That of a session, travel before and after it included: other sessions that begin before `to` and end after
// `from` are in conflict with it.
Occupation OccupationOf(const v1::Session& session, const LocalHours& hours);
// FAILED_PRECONDITION, reason SLOT_TAKEN, naming the sessions.
absl::Status SlotTaken(const std::vector<std::string>& sessions);

// Leave to put a session outside the usual hours.
struct Force {
  std::string reason;    // "" if it was not asked for
  bool allowed = false;  // the caller is staff
};

// Announces a session at `venue`. FAILED_PRECONDITION: SESSION_INCOMPLETE, SESSION_IN_THE_PAST,
// VENUE_RETIRED, VENUE_ELSEWHERE, CAPACITY_ABOVE_VENUE, VENUE_CLOSED, QUIET_HOURS. PERMISSION_DENIED, reason
// FORCE_NOT_ALLOWED.
absl::StatusOr<v1::Session> Schedule(v1::Session session, const v1::Venue& venue, const LocalHours& hours,
                                     const Force& force, absl::Time now);

// `session` with what the request's mask names changed. What is booked is to be checked by CheckBooking if
// the session is SCHEDULED.
absl::StatusOr<v1::Session> Change(v1::Session session, const v1::UpdateSessionRequest& request);
// The changed session against `before`, both SCHEDULED: everything that Schedule asks for (hours and time
// only if they changed), and FAILED_PRECONDITION, reason CAPACITY_BELOW_ENROLLED, if fewer places are left
// than are taken.
absl::StatusOr<v1::Session> Reschedule(const v1::Session& before, v1::Session session, const v1::Venue& venue,
                                       const LocalHours& hours, const Force& force, absl::Time now);

// FAILED_PRECONDITION, reason TOO_EARLY, before the doors open.
absl::StatusOr<v1::Session> Start(v1::Session session, absl::Time now);

// FAILED_PRECONDITION, reason REPORT_EXCEEDS_CHECK_INS, if more are reported than came,
// REPORT_BELOW_CHECK_INS if fewer are, of all or of those who walked in as somebody; unless counted by hand:
// then a report of more is flagged. One that comes after its term is overdue.
absl::StatusOr<v1::Session> Complete(v1::Session session, const v1::ClosingReport& report, absl::Time now);

absl::StatusOr<v1::Session> Cancel(v1::Session session, v1::CancelReason reason, absl::Time now);

// True while the closing report is still to come.
bool AwaitsReport(const v1::Session& session);

// Heads that walked in; heads that came, with or without an enrolment.
int WalkIns(const v1::Session& session);
int Came(const v1::Session& session);

}  // namespace firstfloor::outreach::rules

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_SESSION_RULES_H_
