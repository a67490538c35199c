#include "common/statistics/buckets.h"

#include <algorithm>
#include <cmath>

namespace firstfloor::statistics {
namespace {

constexpr double kRatio = 1.1;
constexpr absl::Duration kLeast = absl::Milliseconds(1);
constexpr absl::Duration kMost = absl::Hours(24 * 36525);  // 100 years

}  // namespace

int BucketOf(absl::Duration duration) {
  if (duration < kLeast) return 0;
  const double steps = absl::FDivDuration(std::min(duration, kMost), kLeast);
  return 1 + static_cast<int>(std::log(steps) / std::log(kRatio));
}

absl::Duration MiddleOf(int bucket) {
  if (bucket <= 0) return absl::ZeroDuration();
  return kLeast * std::pow(kRatio, bucket - 0.5);
}

}  // namespace firstfloor::statistics
