// Places, the waitlist and the door: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_RULES_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_RULES_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "firstfloor/outreach/v1/enrolment.pb.h"
#include "firstfloor/outreach/v1/enrolment_service.pb.h"
#include "firstfloor/outreach/v1/session.pb.h"

namespace firstfloor::outreach::rules {

enum class EnrolmentMove { kPromote, kWithdraw, kCheckIn, kMiss, kUpload };

// Where `move` leads from `enrolment`; FAILED_PRECONDITION, reason ENROLMENT_WRONG_STATE, if nowhere.
absl::StatusOr<v1::EnrolmentState> After(const v1::Enrolment& enrolment, EnrolmentMove move);

// Places that nobody holds: neither an enrolment nor somebody who walked in.
int FreePlaces(const v1::Session& session);

// Whether a party may enrol now. FAILED_PRECONDITION: ENROLMENT_NOT_OPEN, ENROLMENT_CLOSED,
// PARTY_ABOVE_CAPACITY, CONSENT_MISSING (a child by name without a guardian's consent, given before now);
// INVALID_ARGUMENT if the children do not fit the party.
absl::Status MayEnrol(const v1::Session& session, const v1::EnrolRequest& request, absl::Time now);

// What a party of `heads` gets: a place if nobody waits and it fits, else the end of the waitlist.
v1::EnrolmentState PlaceFor(const v1::Session& session, int heads);

// How many parties from the front of the waitlist (their heads, in the order of arrival) move up into
// `free` places: each whole or not at all, and nobody overtakes.
size_t Promoted(absl::Span<const int> waiting, int free);

// Nobody moves up any more once the session has begun.
bool MayPromote(const v1::Session& session, absl::Time now);

// FAILED_PRECONDITION, reason ENROLMENT_CLOSED, once the session has begun.
absl::Status MayWithdraw(const v1::Session& session, absl::Time now);

// Whether the door is open: FAILED_PRECONDITION with NOT_OPEN, CANCELLED or ENDED.
absl::Status DoorIsOpen(const v1::Session& session, absl::Time now);

// The enrolment, checked in with `heads` (all if 0), and counted into its session. FAILED_PRECONDITION:
// WAITLISTED, WITHDRAWN, ALREADY_IN, ENDED, FULL (people who walked in have taken the places of those who
// were not there at the start); INVALID_ARGUMENT if more come than it stands for.
absl::StatusOr<v1::Enrolment> CheckIn(v1::Enrolment enrolment, int heads, v1::CheckInMethod method,
                                      absl::Time now, v1::Session& session);

// The session with people who walked in. FAILED_PRECONDITION, reason FULL, if they do not fit: until the hour
// at which it begins everybody who is enrolled is counted in, afterwards those who came; and while somebody
// waits who may still move up, there is no place for anybody else.
absl::StatusOr<v1::Session> WalkIn(v1::Session session, const v1::CheckInWalkInRequest& request,
                                   absl::Time now);

// Counts people who walked in as `identity`.
void AddWalkIns(v1::Session& session, v1::Identity identity, int heads);

}  // namespace firstfloor::outreach::rules

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_ENROLMENT_RULES_H_
