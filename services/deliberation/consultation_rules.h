// How a five-party consultation (五方联动) is seated, opened and concluded, and how its resolution is
// published: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_CONSULTATION_RULES_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_CONSULTATION_RULES_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/auth/identity.h"
#include "firstfloor/deliberation/v1/case.pb.h"
#include "firstfloor/deliberation/v1/case_service.pb.h"

namespace firstfloor::deliberation::rules {

inline constexpr absl::Duration kNotice = absl::Hours(24);
inline constexpr absl::Duration kPublication = absl::Hours(7 * 24);  // 公示; local default
inline constexpr int kWorkdaysToAnswerObjection = 5;

// The five, in their order.
absl::Span<const v1::SeatKind> StandingSeats();
bool IsStanding(v1::SeatKind kind);
// Who may sit in a standing seat besides whom it is named for.
absl::Span<const v1::SeatBody> SubstitutesOf(v1::SeatKind kind);
// The body that the seat is named for is a side of the case.
bool MustRecuse(const v1::Case& matter, v1::SeatKind kind);

// ESCALATED → CONSULTING, or convened anew. INVALID_ARGUMENT unless each standing seat is named once, by
// somebody, with a body that may sit there. FAILED_PRECONDITION: SEATS_FROZEN once opened; NOTICE_TOO_SHORT;
// SEAT_MUST_RECUSE, metadata "seat", where who would sit is a side; SEAT_HELD_TWICE, metadata "seat", where
// somebody would fill two.
absl::Status Convene(v1::Case& matter, const v1::ConveneConsultationRequest& request, absl::Time now);

// Every standing seat is there; or, after an adjournment, four of them, if the fifth was duly notified.
bool HasQuorum(const v1::Consultation& consultation);
// Opens the meeting and freezes the seats, or adjourns it where there is no quorum. FAILED_PRECONDITION:
// SEATS_FROZEN once opened, NOT_CONVENED after an adjournment, MEETING_NOT_YET before its time.
absl::Status OpenMeeting(v1::Case& matter, const v1::OpenConsultationRequest& request, absl::Time now);

// FAILED_PRECONDITION: MEETING_NOT_OPEN; SEAT_NOT_THERE for a seat that is absent.
absl::Status TakePosition(v1::Case& matter, const v1::RecordPositionRequest& request, absl::Time now);
// The caller speaks for that seat.
bool SpeaksFor(const v1::Case& matter, v1::SeatKind seat, const auth::Identity& caller);

// Whether the positions carry the proposal by the rule of the case. CONSENSUS: no standing seat that is there
// objects, and one agrees at least. MAJORITY: more than half of the filled standing seats agree.
// FAILED_PRECONDITION POSITIONS_MISSING, metadata "seat", while a standing seat that is there is silent.
absl::StatusOr<bool> IsCarried(const v1::Case& matter);
// CONSULTING → RESOLVED or FAILED. INVALID_ARGUMENT when the resolution, or the advice, is missing.
absl::Status Conclude(v1::Case& matter, const v1::ConcludeConsultationRequest& request, absl::Time now);

// FAILED_PRECONDITION NO_RESOLUTION unless there is one, here and below.
absl::Status Publish(v1::Case& matter, absl::Time now);
// FAILED_PRECONDITION NOT_PUBLISHED unless it is published now.
absl::Status ObjectToResolution(v1::Case& matter, const v1::ObjectToResolutionRequest& request,
                                absl::string_view caller, absl::Time now);
absl::Status AnswerObjection(v1::Case& matter, const v1::AnswerObjectionRequest& request, absl::Time now);

}  // namespace firstfloor::deliberation::rules

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_CONSULTATION_RULES_H_
