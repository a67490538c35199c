// How long calls took: counts by latency, exact to less than one per cent whatever the size.
#ifndef FIRSTFLOOR_TESTS_BENCH_LOAD_HISTOGRAM_H_
#define FIRSTFLOOR_TESTS_BENCH_LOAD_HISTOGRAM_H_

#include <cstdint>
#include <vector>

namespace firstfloor::bench {

// Log-linear: each power of two is cut into 64 equal parts, so that a value is known to 1/64 of itself and
// what is reported, the middle of its part, to 1/128. Not thread-safe; threads keep their own and add them
// up.
class Histogram {
 public:
  Histogram();

  // Negative values count as 0.
  void Record(int64_t nanoseconds);
  void Add(const Histogram& other);

  int64_t count() const { return count_; }
  int64_t min() const { return count_ == 0 ? 0 : min_; }
  int64_t max() const { return max_; }
  double mean() const;
  // The value that a share `quantile` (0 to 1) of all values does not exceed; 0 if there are none.
  int64_t Quantile(double quantile) const;

 private:
  std::vector<int64_t> counts_;
  int64_t count_ = 0;
  int64_t min_ = 0;
  int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_LOAD_HISTOGRAM_H_
