// What work costs the program that does it.
#ifndef FIRSTFLOOR_TESTS_BENCH_SIMILAR_COST_H_
#define FIRSTFLOOR_TESTS_BENCH_SIMILAR_COST_H_

#include <cstddef>

#include "absl/time/time.h"

namespace firstfloor::bench {

// Memory that is allocated now.
size_t BytesInUse();
// This thread's processor time so far: what others do on the machine is not counted.
absl::Duration ProcessorTime();

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_SIMILAR_COST_H_
