// Who may be a volunteer, and what may happen to a registration: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_VOLUNTEER_RULES_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_VOLUNTEER_RULES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "firstfloor/volunteer/v1/volunteer.pb.h"

namespace firstfloor::volunteer::rules {

enum class VolunteerMove { kApprove, kSuspend, kResume, kLeave, kUpdate };

// Where the move leads; FAILED_PRECONDITION VOLUNTEER_WRONG_STATE if nowhere.
absl::StatusOr<v1::VolunteerState> NextVolunteerState(const v1::Volunteer& volunteer, VolunteerMove move);

// "2005-05"; nullopt if it is no month.
std::optional<absl::CivilMonth> ParseMonth(absl::string_view text);

// Whether somebody born in that month has completed `years` for certain at `time`: only the month is known,
// so that they have from the month after their birthday's on.
bool HasCompleted(int years, absl::CivilMonth birth, absl::Time time);
// Under 18 at `time` (未成年人), or possibly so.
bool IsMinor(const v1::Volunteer& volunteer, absl::Time time);

// What was sent, as an application of the person with account `subject`. INVALID_ARGUMENT for fields that
// contradict each other; FAILED_PRECONDITION VOLUNTEER_TOO_YOUNG under 14, GUARDIAN_CONSENT_REQUIRED under 18
// without it (志愿服务条例).
absl::StatusOr<v1::Volunteer> Apply(v1::Volunteer volunteer, const std::string& subject, absl::Time now);
// The same for a row of an import: active at once; an external number is required.
absl::StatusOr<v1::Volunteer> Import(v1::Volunteer volunteer, absl::Time now);

// `reason_code` is kept with a suspension and dropped otherwise.
absl::StatusOr<v1::Volunteer> Move(v1::Volunteer volunteer, VolunteerMove move,
                                   absl::string_view reason_code);

// `current` with everything changeable as in `wanted`.
absl::StatusOr<v1::Volunteer> Update(const v1::Volunteer& current, const v1::Volunteer& wanted,
                                     absl::Time now);

}  // namespace firstfloor::volunteer::rules

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_VOLUNTEER_RULES_H_
