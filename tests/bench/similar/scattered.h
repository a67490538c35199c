#ifndef FIRSTFLOOR_TESTS_BENCH_SIMILAR_SCATTERED_H_
#define FIRSTFLOOR_TESTS_BENCH_SIMILAR_SCATTERED_H_

#include <cstdint>

namespace firstfloor::bench {

// A number that looks random and is the same on every machine (SplitMix64).
inline uint64_t Scattered(uint64_t value) {
  value += 0x9E3779B97F4A7C15;
  value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
  value = (value ^ value >> 27) * 0x94D049BB133111EB;
  return value ^ value >> 31;
}

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_SIMILAR_SCATTERED_H_
