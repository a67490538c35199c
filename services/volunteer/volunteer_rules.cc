#include "services/volunteer/volunteer_rules.h"

#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/volunteer/transitions.h"

namespace firstfloor::volunteer::rules {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr int kYoungest = 14;
constexpr int kAdult = 18;
constexpr int kOldest = 120;

constexpr Transition<VolunteerState, VolunteerMove> kMoves[] = {
    {VOLUNTEER_STATE_APPLIED, VolunteerMove::kApprove, VOLUNTEER_STATE_ACTIVE},
    {VOLUNTEER_STATE_APPLIED, VolunteerMove::kLeave, VOLUNTEER_STATE_LEFT},
    {VOLUNTEER_STATE_APPLIED, VolunteerMove::kUpdate, VOLUNTEER_STATE_APPLIED},
    {VOLUNTEER_STATE_ACTIVE, VolunteerMove::kSuspend, VOLUNTEER_STATE_SUSPENDED},
    {VOLUNTEER_STATE_ACTIVE, VolunteerMove::kLeave, VOLUNTEER_STATE_LEFT},
    {VOLUNTEER_STATE_ACTIVE, VolunteerMove::kUpdate, VOLUNTEER_STATE_ACTIVE},
    {VOLUNTEER_STATE_SUSPENDED, VolunteerMove::kResume, VOLUNTEER_STATE_ACTIVE},
    {VOLUNTEER_STATE_SUSPENDED, VolunteerMove::kLeave, VOLUNTEER_STATE_LEFT},
    {VOLUNTEER_STATE_SUSPENDED, VolunteerMove::kUpdate, VOLUNTEER_STATE_SUSPENDED},
};

void CheckLists(const Volunteer& volunteer, error::Violations& violations) {
  std::set<int> kinds(volunteer.kinds().begin(), volunteer.kinds().end());
  if (static_cast<int>(kinds.size()) != volunteer.kinds_size()) {
    violations.Add("volunteer.kinds", "names a kind twice");
  }
  std::set<std::string> skills;
  for (const Skill& skill : volunteer.skills()) {
    if (!skills.insert(skill.code()).second) violations.Add("volunteer.skills", "names a skill twice");
  }
  for (int i = 0; i < volunteer.free_windows_size(); ++i) {
    const FreeWindow& window = volunteer.free_windows(i);
    if (window.end_minute() > window.start_minute()) continue;
    violations.Add(absl::StrCat("volunteer.free_windows[", i, "].end_minute"), "must be after start_minute");
  }
}

absl::Status CheckAge(const Volunteer& volunteer, absl::CivilMonth birth, absl::Time now) {
  if (!HasCompleted(kYoungest, birth, now)) {
    return error::Precondition("VOLUNTEER_TOO_YOUNG", "nobody under 14 is registered");
  }
  if (!HasCompleted(kAdult, birth, now) && !volunteer.has_guardian_consent()) {
    return error::Precondition("GUARDIAN_CONSENT_REQUIRED", "under 18 the guardian's consent is needed");
  }
  return absl::OkStatus();
}

absl::Status Check(const Volunteer& volunteer, absl::Time now) {
  error::Violations violations;
  CheckLists(volunteer, violations);
  const std::optional<absl::CivilMonth> birth = ParseMonth(volunteer.birth_month());
  if (!birth || HasCompleted(kOldest, *birth, now)) {
    violations.Add("volunteer.birth_month", "must be a month such as 1990-05");
  }
  if (calendar::FromProto(volunteer.consent().consent_time()) > now) {
    violations.Add("volunteer.consent.consent_time", "must not be in the future");
  }
  RETURN_IF_ERROR(violations.ToStatus());
  return CheckAge(volunteer, *birth, now);
}

}  // namespace

absl::StatusOr<VolunteerState> NextVolunteerState(const Volunteer& volunteer, VolunteerMove move) {
  return Next(kMoves, "VOLUNTEER_WRONG_STATE", volunteer.name(), volunteer.state(), move);
}

std::optional<absl::CivilMonth> ParseMonth(absl::string_view text) {
  int year = 0;
  int month = 0;
  if (text.size() != 7 || text[4] != '-' || !absl::SimpleAtoi(text.substr(0, 4), &year) ||
      !absl::SimpleAtoi(text.substr(5), &month) || month < 1 || month > 12 || year < 1) {
    return std::nullopt;
  }
  return absl::CivilMonth(year, month);
}

bool HasCompleted(int years, absl::CivilMonth birth, absl::Time time) {
  return absl::CivilMonth(calendar::DayOf(time)) > birth + 12 * years;
}

bool IsMinor(const Volunteer& volunteer, absl::Time time) {
  const std::optional<absl::CivilMonth> birth = ParseMonth(volunteer.birth_month());
  return !birth || !HasCompleted(kAdult, *birth, time);
}

absl::StatusOr<Volunteer> Apply(Volunteer volunteer, const std::string& subject, absl::Time now) {
  RETURN_IF_ERROR(Check(volunteer, now));
  volunteer.set_subject(subject);
  volunteer.set_state(VOLUNTEER_STATE_APPLIED);
  return volunteer;
}

absl::StatusOr<Volunteer> Import(Volunteer volunteer, absl::Time now) {
  if (volunteer.external_number().empty()) {
    return error::InvalidField("volunteer.external_number", "is required in an import");
  }
  RETURN_IF_ERROR(Check(volunteer, now));
  volunteer.set_state(VOLUNTEER_STATE_ACTIVE);
  return volunteer;
}

absl::StatusOr<Volunteer> Move(Volunteer volunteer, VolunteerMove move, absl::string_view reason_code) {
  ASSIGN_OR_RETURN(const VolunteerState next, NextVolunteerState(volunteer, move));
  volunteer.set_state(next);
  volunteer.set_reason_code(std::string(move == VolunteerMove::kSuspend ? reason_code : ""));
  return volunteer;
}

absl::StatusOr<Volunteer> Update(const Volunteer& current, const Volunteer& wanted, absl::Time now) {
  RETURN_IF_ERROR(NextVolunteerState(current, VolunteerMove::kUpdate).status());
  RETURN_IF_ERROR(Check(wanted, now));
  Volunteer updated = current;
  updated.set_display_name(wanted.display_name());
  updated.set_phone(wanted.phone());
  *updated.mutable_kinds() = wanted.kinds();
  *updated.mutable_skills() = wanted.skills();
  *updated.mutable_areas() = wanted.areas();
  *updated.mutable_free_windows() = wanted.free_windows();
  *updated.mutable_consent() = wanted.consent();
  updated.set_birth_month(wanted.birth_month());
  if (wanted.has_guardian_consent()) *updated.mutable_guardian_consent() = wanted.guardian_consent();
  return updated;
}

}  // namespace firstfloor::volunteer::rules
