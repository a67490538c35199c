#include "tests/bench/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace firstfloor::bench {
namespace {

constexpr int kBits = 6;
constexpr int64_t kParts = int64_t{1} << kBits;
// Values below 2 * kParts have a part each; above, every power of two up to 2^63 has kParts.
constexpr size_t kSize = static_cast<size_t>((63 - kBits + 1) * kParts);

int ShiftOf(int64_t value) {
  const int width = std::bit_width(static_cast<uint64_t>(value));
  return std::max(0, width - kBits - 1);
}

size_t PartOf(int64_t value) {
  const int shift = ShiftOf(value);
  return static_cast<size_t>(shift * kParts + (value >> shift));
}

int64_t MiddleOf(size_t part) {
  const auto number = static_cast<int64_t>(part);
  if (number < 2 * kParts) return number;
  const int64_t shift = number / kParts - 1;
  const int64_t low = (number - shift * kParts) << shift;
  return low + (int64_t{1} << shift) / 2;
}

}  // namespace

Histogram::Histogram() : counts_(kSize) {}

void Histogram::Record(int64_t nanoseconds) {
  const int64_t value = std::max<int64_t>(nanoseconds, 0);
  ++counts_[PartOf(value)];
  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
  ++count_;
}

void Histogram::Add(const Histogram& other) {
  if (other.count_ == 0) return;
  for (size_t part = 0; part < counts_.size(); ++part) counts_[part] += other.counts_[part];
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
  count_ += other.count_;
}

double Histogram::mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

int64_t Histogram::Quantile(double quantile) const {
  const auto wanted =
      std::clamp<int64_t>(static_cast<int64_t>(std::ceil(quantile * static_cast<double>(count_))), 1, count_);
  int64_t seen = 0;
  for (size_t part = 0; part < counts_.size() && count_ > 0; ++part) {
    seen += counts_[part];
    if (seen >= wanted) return std::clamp(MiddleOf(part), min_, max_);
  }
  return 0;
}

}  // namespace firstfloor::bench
