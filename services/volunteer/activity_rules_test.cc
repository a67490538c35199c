#include "services/volunteer/activity_rules.h"

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "services/volunteer/machine_test.h"
#include "services/volunteer/sign_up_rules.h"

namespace firstfloor::volunteer::rules {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

const absl::Time kMidnight = calendar::StartOf(absl::CivilDay(2023, 5, 20));
const absl::Time kNow = kMidnight;

type::v1::TimeWindow Hours(double from, double to) {
  type::v1::TimeWindow window;
  *window.mutable_start_time() = calendar::ToProto(kMidnight + absl::Hours(from));
  *window.mutable_end_time() = calendar::ToProto(kMidnight + absl::Hours(to));
  return window;
}

Shift ShiftAt(int id, double from, double to, int quantity = 2) {
  Shift shift;
  shift.set_id(id);
  shift.set_quantity(quantity);
  *shift.mutable_window() = Hours(from, to);
  return shift;
}

Activity Clinic() {
  Activity activity;
  activity.set_name("activities/a");
  *activity.mutable_window() = Hours(8, 18);
  *activity.add_shifts() = ShiftAt(1, 9, 11);
  return activity;
}

Volunteer Born(const std::string& month) {
  Volunteer volunteer;
  volunteer.set_state(VOLUNTEER_STATE_ACTIVE);
  volunteer.set_birth_month(month);
  return volunteer;
}

SignUp Other(const std::string& activity, double from, double to) {
  SignUp sign_up;
  sign_up.set_activity(activity);
  sign_up.set_shift(7);
  sign_up.set_state(SIGN_UP_STATE_SIGNED_UP);
  *sign_up.mutable_window() = Hours(from, to);
  return sign_up;
}

TEST(ActivityRules, EveryStateAllowsItsMovesAndNoOther) {
  using enum ActivityMove;
  ExpectMachine<ActivityState, ActivityMove>(
      [](ActivityState state, ActivityMove move) {
        Activity activity;
        activity.set_state(state);
        return NextActivityState(activity, move);
      },
      {kUpdate, kOpen, kStart, kFinish, kCancel},
      {{{ACTIVITY_STATE_DRAFT, kUpdate}, ACTIVITY_STATE_DRAFT},
       {{ACTIVITY_STATE_DRAFT, kOpen}, ACTIVITY_STATE_OPEN},
       {{ACTIVITY_STATE_DRAFT, kCancel}, ACTIVITY_STATE_CANCELLED},
       {{ACTIVITY_STATE_OPEN, kStart}, ACTIVITY_STATE_IN_PROGRESS},
       {{ACTIVITY_STATE_OPEN, kCancel}, ACTIVITY_STATE_CANCELLED},
       {{ACTIVITY_STATE_IN_PROGRESS, kFinish}, ACTIVITY_STATE_DONE},
       {{ACTIVITY_STATE_IN_PROGRESS, kCancel}, ACTIVITY_STATE_CANCELLED}},
      "ACTIVITY_WRONG_STATE");
}

TEST(ActivityRules, ShiftsLieWithinTheActivityAndHaveNumbersOfTheirOwn) {
  EXPECT_TRUE(CreateActivity(Clinic()).ok());
  Activity beyond = Clinic();
  *beyond.add_shifts() = ShiftAt(2, 17, 19);
  EXPECT_EQ(CreateActivity(beyond).status().code(), absl::StatusCode::kInvalidArgument);
  Activity same = Clinic();
  *same.add_shifts() = ShiftAt(1, 12, 13);
  EXPECT_EQ(CreateActivity(same).status().code(), absl::StatusCode::kInvalidArgument);
  Activity empty = Clinic();
  *empty.mutable_window() = Hours(8, 8);
  EXPECT_EQ(CreateActivity(empty).status().code(), absl::StatusCode::kInvalidArgument);
  Activity unskilled = Clinic();
  unskilled.mutable_shifts(0)->set_licence_required(true);
  EXPECT_EQ(CreateActivity(unskilled).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ActivityRules, WithoutShiftsOrTooLateNothingOpens) {
  Activity bare = *CreateActivity(Clinic());
  const Activity late = bare;
  bare.clear_shifts();
  EXPECT_EQ(error::ReasonOf(OpenActivity(bare, kNow).status()), "ACTIVITY_WITHOUT_SHIFTS");
  EXPECT_EQ(error::ReasonOf(OpenActivity(late, kNow + absl::Hours(18)).status()), "ACTIVITY_IS_OVER");
  EXPECT_TRUE(OpenActivity(late, kNow).ok());
}

TEST(ActivityRules, PlacesRunOutAndAreHandedOn) {
  Shift shift = ShiftAt(1, 9, 11, 2);
  EXPECT_TRUE(TakePlace(shift));
  EXPECT_TRUE(TakePlace(shift));
  EXPECT_FALSE(TakePlace(shift));
  EXPECT_EQ(shift.last_queue_number(), 1);
  EXPECT_FALSE(TakePlace(shift));
  EXPECT_EQ(shift.taken(), 2);
  EXPECT_EQ(shift.waiting(), 2);
  EXPECT_TRUE(GiveUpPlace(shift, true));
  EXPECT_EQ(shift.taken(), 2);
  EXPECT_EQ(shift.waiting(), 1);
  EXPECT_FALSE(GiveUpPlace(shift, false));
  EXPECT_EQ(shift.waiting(), 0);
  EXPECT_FALSE(GiveUpPlace(shift, true));
  EXPECT_EQ(shift.taken(), 1);
  EXPECT_TRUE(TakePlace(shift));
  EXPECT_FALSE(TakePlace(shift));
  EXPECT_EQ(shift.last_queue_number(), 3) << "a number is given once";
}

TEST(ActivityRules, SignUpsChangeWhileItIsOpenAndTheShiftHasNotEnded) {
  Activity activity = *CreateActivity(Clinic());
  EXPECT_EQ(error::ReasonOf(MayChangeSignUps(activity, activity.shifts(0), kNow)), "ACTIVITY_WRONG_STATE");
  activity = *OpenActivity(activity, kNow);
  EXPECT_TRUE(MayChangeSignUps(activity, activity.shifts(0), kNow).ok());
  EXPECT_EQ(error::ReasonOf(MayChangeSignUps(activity, activity.shifts(0), kNow + absl::Hours(11))),
            "SHIFT_IS_OVER");
}

TEST(SignUpRules, EveryStateAllowsItsMovesAndNoOther) {
  using enum SignUpMove;
  ExpectMachine<SignUpState, SignUpMove>(
      [](SignUpState state, SignUpMove move) {
        SignUp sign_up;
        sign_up.set_state(state);
        return NextSignUpState(sign_up, move);
      },
      {kWithdraw, kPromote, kCheckIn, kCheckOut, kNoShow, kLapse},
      {{{SIGN_UP_STATE_SIGNED_UP, kWithdraw}, SIGN_UP_STATE_WITHDRAWN},
       {{SIGN_UP_STATE_SIGNED_UP, kCheckIn}, SIGN_UP_STATE_CHECKED_IN},
       {{SIGN_UP_STATE_SIGNED_UP, kNoShow}, SIGN_UP_STATE_NO_SHOW},
       {{SIGN_UP_STATE_SIGNED_UP, kLapse}, SIGN_UP_STATE_LAPSED},
       {{SIGN_UP_STATE_WAITLISTED, kWithdraw}, SIGN_UP_STATE_WITHDRAWN},
       {{SIGN_UP_STATE_WAITLISTED, kPromote}, SIGN_UP_STATE_SIGNED_UP},
       {{SIGN_UP_STATE_WAITLISTED, kLapse}, SIGN_UP_STATE_LAPSED},
       {{SIGN_UP_STATE_CHECKED_IN, kCheckOut}, SIGN_UP_STATE_CHECKED_OUT},
       {{SIGN_UP_STATE_CHECKED_IN, kLapse}, SIGN_UP_STATE_LAPSED}},
      "SIGN_UP_WRONG_STATE");
}

TEST(SignUpRules, AnOverlapIsRefusedByNameAndAShortGapWarns) {
  const Activity activity = Clinic();
  const Shift& shift = activity.shifts(0);  // 9–11
  const Volunteer adult = Born("1990-01");
  EXPECT_TRUE(MaySignUp(activity, shift, adult, {Other("activities/b", 11, 12)}).ok());
  const absl::Status clash = MaySignUp(activity, shift, adult, {Other("activities/b", 10.5, 12)});
  EXPECT_EQ(error::ReasonOf(clash), "SHIFT_OVERLAP");
  EXPECT_EQ(ShortGaps(shift, {Other("activities/b", 11.5, 12), Other("activities/c", 12, 13),
                              Other("activities/d", 7, 8.75)})
                .size(),
            2u);
  EXPECT_EQ(ShortGaps(shift, {Other("activities/b", 11.5, 12)})[0].gap_minutes(), 30);
}

TEST(SignUpRules, NobodySignsUpTwiceForOneShift) {
  const Activity activity = Clinic();
  SignUp same = Other(activity.name(), 9, 11);
  same.set_shift(1);
  EXPECT_EQ(error::ReasonOf(MaySignUp(activity, activity.shifts(0), Born("1990-01"), {same})),
            "ALREADY_SIGNED_UP");
}

TEST(SignUpRules, SkillAndLicenceComeFirst) {
  Activity activity = Clinic();
  Shift& shift = *activity.mutable_shifts(0);
  shift.set_skill("MEDICAL");
  Volunteer doctor = Born("1980-01");
  EXPECT_EQ(error::ReasonOf(MaySignUp(activity, shift, doctor, {})), "SKILL_REQUIRED");
  Skill* skill = doctor.add_skills();
  skill->set_code("MEDICAL");
  EXPECT_TRUE(MaySignUp(activity, shift, doctor, {}).ok());
  shift.set_licence_required(true);
  EXPECT_EQ(error::ReasonOf(MaySignUp(activity, shift, doctor, {})), "LICENCE_REQUIRED");
  *skill->mutable_licence_valid_until_time() = calendar::ToProto(kMidnight + absl::Hours(10));
  EXPECT_EQ(error::ReasonOf(MaySignUp(activity, shift, doctor, {})), "LICENCE_REQUIRED");
  *skill->mutable_licence_valid_until_time() = calendar::ToProto(kMidnight + absl::Hours(11));
  EXPECT_TRUE(MaySignUp(activity, shift, doctor, {}).ok());
}

TEST(SignUpRules, MinorsWorkByDayAndWithAnAdult) {
  Activity activity = Clinic();
  Shift& shift = *activity.mutable_shifts(0);
  const Volunteer youth = Born("2007-01");
  EXPECT_EQ(error::ReasonOf(MaySignUp(activity, shift, youth, {})), "ADULT_REQUIRED");
  shift.set_adult_present(true);
  EXPECT_TRUE(MaySignUp(activity, shift, youth, {}).ok());
  *shift.mutable_window() = Hours(20, 22.5);
  EXPECT_EQ(error::ReasonOf(MaySignUp(activity, shift, youth, {})), "NIGHT_SHIFT_MINOR");
  EXPECT_TRUE(MaySignUp(activity, shift, Born("1990-01"), {}).ok());
}

TEST(SignUpRules, TheNightIsFromTenToSix) {
  EXPECT_FALSE(IsAtNight(Hours(6, 22)));
  EXPECT_TRUE(IsAtNight(Hours(5.9, 7)));
  EXPECT_TRUE(IsAtNight(Hours(21, 22.1)));
  EXPECT_TRUE(IsAtNight(Hours(-0.5, 1)));
  EXPECT_TRUE(IsAtNight(Hours(8, 30)));
}

TEST(SignUpRules, OnlyActiveVolunteersSignUp) {
  const Activity activity = Clinic();
  Volunteer volunteer = Born("1990-01");
  volunteer.set_state(VOLUNTEER_STATE_SUSPENDED);
  EXPECT_EQ(error::ReasonOf(MaySignUp(activity, activity.shifts(0), volunteer, {})), "VOLUNTEER_NOT_ACTIVE");
}

TEST(SignUpRules, PeopleCheckInWhileItTakesPlace) {
  Activity activity = *OpenActivity(*CreateActivity(Clinic()), kNow);
  const SignUp sign_up = Other("activities/a", 9, 11);
  EXPECT_EQ(error::ReasonOf(CheckIn(sign_up, activity, kNow).status()), "ACTIVITY_NOT_IN_PROGRESS");
  const SignUp present = *CheckIn(sign_up, *StartActivity(activity), kNow);
  EXPECT_TRUE(present.has_check_in_time());
  EXPECT_TRUE(Move(present, SignUpMove::kCheckOut, kNow)->has_check_out_time());
}

}  // namespace
}  // namespace firstfloor::volunteer::rules
