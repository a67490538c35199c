// Durations in logarithmic buckets: each is a tenth wider than the one before, so that a bucket's middle is
// less than 5 % off whatever fell into it.
#ifndef FIRSTFLOOR_COMMON_STATISTICS_BUCKETS_H_
#define FIRSTFLOOR_COMMON_STATISTICS_BUCKETS_H_

#include "absl/time/time.h"

namespace firstfloor::statistics {

// 0 for less than a millisecond; grows with the duration.
int BucketOf(absl::Duration duration);
// The duration that stands for all of a bucket.
absl::Duration MiddleOf(int bucket);

}  // namespace firstfloor::statistics

#endif  // FIRSTFLOOR_COMMON_STATISTICS_BUCKETS_H_
