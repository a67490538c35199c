#include "services/volunteer/volunteer_rules.h"

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "services/volunteer/machine_test.h"

namespace firstfloor::volunteer::rules {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

const absl::Time kNow = calendar::StartOf(absl::CivilDay(2023, 5, 20));

Volunteer Born(const std::string& month) {
  Volunteer volunteer;
  volunteer.set_birth_month(month);
  volunteer.add_kinds(VOLUNTEER_KIND_RESIDENT);
  *volunteer.mutable_consent()->mutable_consent_time() = calendar::ToProto(kNow - absl::Hours(1));
  return volunteer;
}

TEST(VolunteerRules, EveryStateAllowsItsMovesAndNoOther) {
  using enum VolunteerMove;
  ExpectMachine<VolunteerState, VolunteerMove>(
      [](VolunteerState state, VolunteerMove move) {
        Volunteer volunteer;
        volunteer.set_state(state);
        return NextVolunteerState(volunteer, move);
      },
      {kApprove, kSuspend, kResume, kLeave, kUpdate},
      {{{VOLUNTEER_STATE_APPLIED, kApprove}, VOLUNTEER_STATE_ACTIVE},
       {{VOLUNTEER_STATE_APPLIED, kLeave}, VOLUNTEER_STATE_LEFT},
       {{VOLUNTEER_STATE_APPLIED, kUpdate}, VOLUNTEER_STATE_APPLIED},
       {{VOLUNTEER_STATE_ACTIVE, kSuspend}, VOLUNTEER_STATE_SUSPENDED},
       {{VOLUNTEER_STATE_ACTIVE, kLeave}, VOLUNTEER_STATE_LEFT},
       {{VOLUNTEER_STATE_ACTIVE, kUpdate}, VOLUNTEER_STATE_ACTIVE},
       {{VOLUNTEER_STATE_SUSPENDED, kResume}, VOLUNTEER_STATE_ACTIVE},
       {{VOLUNTEER_STATE_SUSPENDED, kLeave}, VOLUNTEER_STATE_LEFT},
       {{VOLUNTEER_STATE_SUSPENDED, kUpdate}, VOLUNTEER_STATE_SUSPENDED}},
      "VOLUNTEER_WRONG_STATE");
}

TEST(VolunteerRules, NobodyUnderFourteenIsRegistered) {
  EXPECT_EQ(error::ReasonOf(Apply(Born("2009-06"), "kid", kNow).status()), "VOLUNTEER_TOO_YOUNG");
  // Only the month is known: the birthday may still be to come.
  EXPECT_EQ(error::ReasonOf(Apply(Born("2009-05"), "kid", kNow).status()), "VOLUNTEER_TOO_YOUNG");
  EXPECT_EQ(error::ReasonOf(Apply(Born("2009-04"), "kid", kNow).status()), "GUARDIAN_CONSENT_REQUIRED");
}

TEST(VolunteerRules, UnderEighteenNeedsTheGuardiansConsent) {
  Volunteer youth = Born("2006-01");
  EXPECT_EQ(error::ReasonOf(Apply(youth, "youth", kNow).status()), "GUARDIAN_CONSENT_REQUIRED");
  youth.mutable_guardian_consent()->mutable_guardian()->set_display_name("Mother");
  const absl::StatusOr<Volunteer> applied = Apply(youth, "youth", kNow);
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->state(), VOLUNTEER_STATE_APPLIED);
  EXPECT_EQ(applied->subject(), "youth");
  EXPECT_TRUE(IsMinor(*applied, kNow));
  EXPECT_FALSE(IsMinor(*applied, calendar::StartOf(absl::CivilDay(2024, 2, 1))));
  EXPECT_TRUE(Apply(Born("2005-04"), "adult", kNow).ok());
}

TEST(VolunteerRules, ABirthMonthMustBeOne) {
  for (const char* wrong : {"", "1990", "1990-13", "1990-00", "199a-01", "1990/01", "2023-06x", "1890-01"}) {
    EXPECT_EQ(Apply(Born(wrong), "x", kNow).status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
}

TEST(VolunteerRules, FieldsMustNotContradictEachOther) {
  Volunteer twice = Born("1990-01");
  twice.add_kinds(VOLUNTEER_KIND_RESIDENT);
  EXPECT_EQ(Apply(twice, "x", kNow).status().code(), absl::StatusCode::kInvalidArgument);
  Volunteer backwards = Born("1990-01");
  FreeWindow* window = backwards.add_free_windows();
  window->set_start_minute(600);
  window->set_end_minute(600);
  EXPECT_EQ(Apply(backwards, "x", kNow).status().code(), absl::StatusCode::kInvalidArgument);
  Volunteer later = Born("1990-01");
  *later.mutable_consent()->mutable_consent_time() = calendar::ToProto(kNow + absl::Seconds(1));
  EXPECT_EQ(Apply(later, "x", kNow).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(VolunteerRules, AnImportNeedsANumberAndIsActiveAtOnce) {
  Volunteer row = Born("1990-01");
  EXPECT_EQ(Import(row, kNow).status().code(), absl::StatusCode::kInvalidArgument);
  row.set_external_number("HF-1");
  EXPECT_EQ(Import(row, kNow)->state(), VOLUNTEER_STATE_ACTIVE);
}

TEST(VolunteerRules, AReasonIsKeptWithASuspensionOnly) {
  Volunteer volunteer = Born("1990-01");
  volunteer.set_state(VOLUNTEER_STATE_ACTIVE);
  const Volunteer suspended = *Move(volunteer, VolunteerMove::kSuspend, "ILL");
  EXPECT_EQ(suspended.reason_code(), "ILL");
  EXPECT_EQ(Move(suspended, VolunteerMove::kResume, "")->reason_code(), "");
}

TEST(VolunteerRules, AnUpdateLeavesWhatIsImmutable) {
  Volunteer current = Born("1990-01");
  current.set_state(VOLUNTEER_STATE_ACTIVE);
  current.set_area("340111400001");
  current.set_subject("li");
  Volunteer wanted = Born("1991-02");
  wanted.set_area("340111400002");
  wanted.set_subject("zhao");
  wanted.add_skills()->set_code("LAW");
  const Volunteer updated = *Update(current, wanted, kNow);
  EXPECT_EQ(updated.area(), "340111400001");
  EXPECT_EQ(updated.subject(), "li");
  EXPECT_EQ(updated.birth_month(), "1991-02");
  EXPECT_EQ(updated.skills_size(), 1);
}

}  // namespace
}  // namespace firstfloor::volunteer::rules
