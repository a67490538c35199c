#include "services/gateway/throttle.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace firstfloor::gateway {
namespace {

// A service that takes at most so many calls a second, asked through a throttle, in steps of a millisecond.
class ThrottleTest : public ::testing::Test {
 protected:
  struct Second {
    int passed_on = 0;
    int taken = 0;
  };
  Second AskForASecond(int calls, int takes) {
    Second second;
    double may_take = 0;
    for (int ms = 0; ms < 1000; ++ms) {
      now_ += absl::Milliseconds(1);
      may_take = std::min(may_take + takes / 1000.0, 10.0);
      for (int i = 0; i < calls / 1000; ++i) {
        if (!throttle_.Admits(now_)) continue;
        ++second.passed_on;
        const bool taken = may_take >= 1;
        may_take -= taken ? 1 : 0;
        second.taken += taken ? 1 : 0;
        throttle_.Answered(now_, taken);
      }
    }
    return second;
  }

  Throttle throttle_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
};

TEST_F(ThrottleTest, KeepsNothingFromAServiceThatTakesEverything) {
  for (int second = 0; second < 3; ++second) EXPECT_EQ(AskForASecond(5000, 10'000).passed_on, 5000);
}

TEST_F(ThrottleTest, LetsABurstPassThatNobodyHasAnsweredYet) {
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(throttle_.Admits(now_));
}

TEST_F(ThrottleTest, PassesOnLittleMoreThanIsTaken) {
  for (int second = 0; second < 5; ++second) AskForASecond(4000, 1000);
  const Second later = AskForASecond(4000, 1000);
  EXPECT_GE(later.taken, 990) << "the service is kept busy";
  EXPECT_LE(later.passed_on, 1300);
}

TEST_F(ThrottleTest, OpensAgainWithinSecondsOnceTheServiceTakesMore) {
  for (int second = 0; second < 5; ++second) AskForASecond(4000, 100);
  for (int second = 0; second < 15; ++second) AskForASecond(4000, 10'000);
  EXPECT_EQ(AskForASecond(4000, 10'000).passed_on, 4000);
}

TEST_F(ThrottleTest, TriesAServiceThatTakesNothing) {
  for (int second = 0; second < 5; ++second) AskForASecond(1000, 0);
  const Second later = AskForASecond(1000, 0);
  EXPECT_GE(later.passed_on, 90);
  EXPECT_LE(later.passed_on, 110);
}

TEST_F(ThrottleTest, ForgetsWhatIsLongPast) {
  for (int second = 0; second < 5; ++second) AskForASecond(1000, 0);
  now_ += absl::Seconds(30);
  EXPECT_TRUE(throttle_.Admits(now_));
  EXPECT_TRUE(throttle_.Admits(now_));
}

}  // namespace
}  // namespace firstfloor::gateway
