#include "common/statistics/buckets.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace firstfloor::statistics {
namespace {

TEST(Buckets, StandForWhatFellIntoThemWithinFivePercent) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> exponent(0, 12);  // 1 ms to 30 years
  for (int i = 0; i < 100'000; ++i) {
    const absl::Duration duration = absl::Milliseconds(1) * std::pow(10.0, exponent(random));
    const double ratio = absl::FDivDuration(MiddleOf(BucketOf(duration)), duration);
    ASSERT_GT(ratio, 0.95) << duration;
    ASSERT_LT(ratio, 1.05) << duration;
  }
}

TEST(Buckets, GrowWithTheDuration) {
  int last = 0;
  for (absl::Duration duration = absl::Microseconds(500); duration < absl::Hours(90'000); duration *= 1.01) {
    EXPECT_GE(BucketOf(duration), last);
    last = BucketOf(duration);
  }
  EXPECT_GT(last, 200);
}

TEST(Buckets, HaveEnds) {
  EXPECT_EQ(BucketOf(-absl::InfiniteDuration()), 0);
  EXPECT_EQ(BucketOf(absl::ZeroDuration()), 0);
  EXPECT_EQ(MiddleOf(0), absl::ZeroDuration());
  EXPECT_EQ(BucketOf(absl::InfiniteDuration()), BucketOf(absl::Hours(24 * 36525)));
}

}  // namespace
}  // namespace firstfloor::statistics
