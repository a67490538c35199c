#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/volunteer/testdata/town.h"

namespace firstfloor::volunteer::town {
namespace {

v1::Activity Get(const std::string& name) {
  v1::GetActivityRequest request;
  request.set_name(name);
  v1::Activity activity;
  EXPECT_TRUE(Ask("ActivityService.GetActivity", request, activity, Staff()).ok());
  return activity;
}

std::vector<v1::SignUp> ListOf(const std::string& activity, v1::SignUpState state) {
  v1::ListSignUpsRequest request;
  request.set_activity(activity);
  request.set_state(state);
  request.set_page_size(1000);
  v1::ListSignUpsResponse response;
  EXPECT_TRUE(Ask("SignUpService.ListSignUps", request, response, Staff()).ok());
  return {response.sign_ups().begin(), response.sign_ups().end()};
}

absl::StatusOr<v1::SignUp> Withdraw(const std::string& name, const As& as) {
  return Move<v1::SignUp, v1::WithdrawSignUpRequest>("SignUpService.WithdrawSignUp", name, as);
}

TEST(SignUps, AHundredForThirtyPlacesWithWithdrawals) {
  const std::vector<v1::Volunteer> people = ActiveMany("CROWD", 100);
  const std::string activity = OpenActivity(Tomorrow(9), 30).name();
  std::mutex mutex;
  std::vector<std::string> placed;
  std::atomic<size_t> next{0};
  std::atomic<int> withdrawn{0};
  AtOnce(8, [&](int) {
    for (size_t i = next++; i < people.size(); i = next++) {
      const auto response = SignUp(activity, people[i].name(), Staff());
      ASSERT_TRUE(response.ok()) << response.status();
      if (i % 5 != 0) continue;
      // Every fifth changes their mind, with a place or without.
      const auto gone = Withdraw(response->sign_up().name(), Staff());
      ASSERT_TRUE(gone.ok()) << gone.status();
      ++withdrawn;
    }
  });
  const v1::Shift shift = Get(activity).shifts(0);
  const auto signed_up = ListOf(activity, v1::SIGN_UP_STATE_SIGNED_UP);
  const auto waiting = ListOf(activity, v1::SIGN_UP_STATE_WAITLISTED);
  EXPECT_EQ(withdrawn, 20);
  EXPECT_EQ(shift.taken(), 30);
  EXPECT_EQ(signed_up.size(), 30u);
  EXPECT_EQ(shift.waiting(), 50);
  EXPECT_EQ(waiting.size(), 50u);
  EXPECT_EQ(ListOf(activity, v1::SIGN_UP_STATE_WITHDRAWN).size(), 20u);
  // First come, first served: nobody who waits came before somebody who was promoted.
  int64_t last_promoted = 0;
  for (const v1::SignUp& sign_up : signed_up) last_promoted = std::max(last_promoted, sign_up.queue_number());
  for (const v1::SignUp& sign_up : waiting) EXPECT_GT(sign_up.queue_number(), last_promoted);
}

TEST(SignUps, OfTwoOverlappingAtOnceOneWins) {
  const std::vector<v1::Volunteer> people = ActiveMany("TORN", 20);
  const std::string activities[] = {OpenActivity(Tomorrow(9), 100).name(),
                                    OpenActivity(Tomorrow(10), 100).name()};
  for (const v1::Volunteer& volunteer : people) {
    std::vector<absl::Status> outcomes(2);
    AtOnce(2, [&](int i) {
      outcomes[static_cast<size_t>(i)] = SignUp(activities[i], volunteer.name(), Staff()).status();
    });
    EXPECT_THAT((std::vector{Reason(outcomes[0]), Reason(outcomes[1])}),
                ::testing::UnorderedElementsAre("", "SHIFT_OVERLAP"));
  }
  EXPECT_EQ(Get(activities[0]).shifts(0).taken() + Get(activities[1]).shifts(0).taken(), 20);
}

TEST(SignUps, SentAgainIsAnsweredAgainAndTakesOnePlace) {
  const v1::Volunteer volunteer = ActiveMany("TWICE", 1)[0];
  v1::SignUpForShiftRequest request;
  request.set_activity(OpenActivity(Tomorrow(9), 2).name());
  request.set_shift(1);
  request.set_volunteer(volunteer.name());
  request.set_request_id(testing::RequestId());
  const auto sign_up = [&] {
    return Must(Call<v1::SignUpForShiftResponse>("SignUpService.SignUpForShift", request, Staff()));
  };
  EXPECT_EQ(sign_up().SerializeAsString(), sign_up().SerializeAsString());
  EXPECT_EQ(Get(request.activity()).shifts(0).taken(), 1);
}

TEST(SignUps, AShortGapWarnsAndAFreeOneDoesNot) {
  const v1::Volunteer volunteer = ActiveMany("GAP", 1)[0];
  const std::string first = OpenActivity(Tomorrow(9), 1).name();
  const std::string next = OpenActivity(Tomorrow(11) + absl::Minutes(20), 1).name();
  EXPECT_EQ(Must(SignUp(first, volunteer.name(), Staff())).warnings_size(), 0);
  const auto response = Must(SignUp(next, volunteer.name(), Staff()));
  ASSERT_EQ(response.warnings_size(), 1);
  EXPECT_EQ(response.warnings(0).activity(), first);
  EXPECT_EQ(response.warnings(0).gap_minutes(), 20);
  EXPECT_EQ(Reason(SignUp(first, volunteer.name(), Staff()).status()), "ALREADY_SIGNED_UP");
}

TEST(SignUps, TheDayOfAnActivity) {
  const std::vector<v1::Volunteer> people = ActiveMany("DAY", 3);
  const std::string activity = OpenActivity(Tomorrow(9), 2).name();
  std::vector<std::string> sign_ups;
  for (const v1::Volunteer& volunteer : people) {
    sign_ups.push_back(Must(SignUp(activity, volunteer.name(), Staff())).sign_up().name());
  }
  const auto check_in = [&](size_t i) {
    return Move<v1::SignUp, v1::CheckInRequest>("SignUpService.CheckIn", sign_ups[i], Staff());
  };
  EXPECT_EQ(Reason(check_in(0).status()), "ACTIVITY_NOT_IN_PROGRESS");
  Must(Move<v1::Activity, v1::StartActivityRequest>("ActivityService.StartActivity", activity, Staff()));
  EXPECT_EQ(Must(check_in(0)).state(), v1::SIGN_UP_STATE_CHECKED_IN);
  EXPECT_EQ(Reason(check_in(2).status()), "SIGN_UP_WRONG_STATE") << "who waits has no place";
  v1::MarkNoShowRequest no_show;
  no_show.set_name(sign_ups[1]);
  no_show.set_comment("称病");
  EXPECT_EQ(Must(Call<v1::SignUp>("SignUpService.MarkNoShow", no_show, Staff())).state(),
            v1::SIGN_UP_STATE_NO_SHOW);
  v1::FinishActivityRequest finish;
  finish.set_name(activity);
  finish.set_beneficiaries(45);
  const auto done = Must(Call<v1::Activity>("ActivityService.FinishActivity", finish, Staff()));
  EXPECT_EQ(done.beneficiaries(), 45);
  EXPECT_EQ(ListOf(activity, v1::SIGN_UP_STATE_CHECKED_OUT).size(), 1u);
  EXPECT_EQ(ListOf(activity, v1::SIGN_UP_STATE_LAPSED).size(), 1u);
}

TEST(SignUps, ACancelledActivityFreesItsVolunteers) {
  const v1::Volunteer volunteer = ActiveMany("FREED", 1)[0];
  const std::string cancelled = OpenActivity(Tomorrow(9), 1).name();
  const std::string other = OpenActivity(Tomorrow(9), 1).name();
  Must(SignUp(cancelled, volunteer.name(), Staff()));
  EXPECT_EQ(Reason(SignUp(other, volunteer.name(), Staff()).status()), "SHIFT_OVERLAP");
  v1::CancelActivityRequest cancel;
  cancel.set_name(cancelled);
  cancel.set_reason_code("RAIN");
  Must(Call<v1::Activity>("ActivityService.CancelActivity", cancel, Staff()));
  EXPECT_TRUE(SignUp(other, volunteer.name(), Staff()).ok());
}

TEST(SignUps, AreTheVolunteersOwnAndNobodyElses) {
  const v1::Volunteer volunteer = Active("own-sign-up");
  const std::string activity = OpenActivity(Tomorrow(9), 1).name();
  EXPECT_EQ(Reason(SignUp(activity, volunteer.name(), Resident("somebody")).status()), "DENIED");
  const auto response = Must(SignUp(activity, volunteer.name(), Resident("own-sign-up")));
  EXPECT_EQ(Reason(Withdraw(response.sign_up().name(), Resident("somebody")).status()), "DENIED");
  EXPECT_EQ(Must(Withdraw(response.sign_up().name(), Resident("own-sign-up"))).state(),
            v1::SIGN_UP_STATE_WITHDRAWN);
  EXPECT_TRUE(SignUp(activity, volunteer.name(), Resident("own-sign-up")).ok()) << "and may come back";
}

}  // namespace
}  // namespace firstfloor::volunteer::town
