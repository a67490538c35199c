#include "tests/bench/load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace firstfloor::bench {
namespace {

// What the histogram should say, from all values sorted.
int64_t Exact(std::vector<int64_t> values, double quantile) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<size_t>(std::ceil(quantile * static_cast<double>(values.size())));
  return values[std::max<size_t>(rank, 1) - 1];
}

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.Quantile(0.5), 0);
  EXPECT_EQ(histogram.mean(), 0);
  EXPECT_EQ(histogram.min(), 0);
}

TEST(Histogram, KnowsSmallValuesExactly) {
  Histogram histogram;
  for (int64_t value = 0; value < 128; ++value) histogram.Record(value);
  EXPECT_EQ(histogram.Quantile(0.25), 31);
  EXPECT_EQ(histogram.Quantile(0.5), 63);
  EXPECT_EQ(histogram.Quantile(1), 127);
}

TEST(Histogram, ErrsByLessThanOnePerCentWhateverTheSize) {
  for (int64_t value = 1; value < int64_t{1} << 61; value += value / 7 + 1) {
    Histogram histogram;
    histogram.Record(value);
    histogram.Record(int64_t{1} << 62);  // so that the greatest value does not correct it
    const double said = static_cast<double>(histogram.Quantile(0.5));
    EXPECT_LE(std::abs(said - static_cast<double>(value)), 0.01 * static_cast<double>(value)) << value;
  }
}

TEST(Histogram, AgreesWithSortedValuesOfAnyShape) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> latency(13, 2);
  Histogram histogram;
  std::vector<int64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<int64_t>(latency(random)));
    histogram.Record(values.back());
  }
  for (const double quantile : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto exact = static_cast<double>(Exact(values, quantile));
    EXPECT_NEAR(static_cast<double>(histogram.Quantile(quantile)), exact, 0.01 * exact) << quantile;
  }
}

TEST(Histogram, AddsUpToWhatOneWouldHaveSeen) {
  Histogram all;
  Histogram first;
  Histogram second;
  for (int64_t value = 1; value < 100'000; value += 37) {
    all.Record(value);
    (value % 2 == 0 ? first : second).Record(value);
  }
  first.Add(second);
  first.Add(Histogram());
  EXPECT_EQ(first.count(), all.count());
  EXPECT_EQ(first.min(), all.min());
  EXPECT_EQ(first.max(), all.max());
  EXPECT_EQ(first.Quantile(0.9), all.Quantile(0.9));
  EXPECT_DOUBLE_EQ(first.mean(), all.mean());
}

TEST(Histogram, TakesNegativeValuesForZero) {
  Histogram histogram;
  histogram.Record(-5);
  EXPECT_EQ(histogram.max(), 0);
  EXPECT_EQ(histogram.count(), 1);
}

}  // namespace
}  // namespace firstfloor::bench
