#include "common/text/similarity.h"

#include <algorithm>
#include <cmath>

namespace firstfloor::text {
namespace {

// What a matter vector has besides its matters: two messages of which one says no matter are neither alike
// nor unlike in it.
constexpr double kUnspoken = 1;

// Half of what closeness in time says is gone after some two months.
constexpr double kDaysOfCloseness = 90;

// The logistic function of SameMatter. Square roots: the first common names and matters say the most.
constexpr double kBase = -12.6;
constexpr double kOfNames = 12.5;
constexpr double kOfMatters = 6.5;
constexpr double kOfCloseness = 2;
constexpr double kOfReporter = 0.75;

double Cosine(double product, double length_a, double length_b) {
  return length_a == 0 || length_b == 0 ? 0 : std::min(1.0, product / (length_a * length_b));
}

}  // namespace

Lengths LengthsOf(const Fingerprint& print, const Usage& usage) {
  double names = 0, matters = kUnspoken * kUnspoken;
  for (const Feature feature : print.features()) {
    const double weight = feature.weight() * usage.Rarity(feature.key());
    (feature.kind() == Feature::kMatter ? matters : names) += weight * weight;
  }
  return {static_cast<float>(std::sqrt(names)), static_cast<float>(std::sqrt(matters))};
}

Weighed::Weighed(const Fingerprint& print, const Usage& usage)
    : features_(print.features().begin(), print.features().end()), lengths_(LengthsOf(print, usage)) {
  weights_.reserve(features_.size());
  pulls_.reserve(features_.size());
  for (const Feature feature : features_) {
    const double rarity = usage.Rarity(feature.key());
    weights_.push_back(feature.weight() * rarity);
    pulls_.push_back(feature.weight() * rarity * rarity);
  }
}

Likeness Compare(const Weighed& a, const Fingerprint& b, const Lengths& lengths_of_b) {
  const absl::Span<const Feature> of_b = b.features();
  double names = 0, matters = kUnspoken * kUnspoken;
  for (size_t i = 0, j = 0; i < a.features_.size() && j < of_b.size();) {
    const Feature::Key in_a = a.features_[i].key(), in_b = of_b[j].key();
    if (in_a == in_b) {
      (of_b[j].kind() == Feature::kMatter ? matters : names) += a.pulls_[i] * of_b[j].weight();
    }
    i += in_a <= in_b;
    j += in_b <= in_a;
  }
  return {Cosine(names, a.lengths_.names, lengths_of_b.names),
          Cosine(matters, a.lengths_.matters, lengths_of_b.matters)};
}

double Closeness(absl::Duration apart) {
  return std::exp(-std::abs(absl::ToDoubleHours(apart)) / 24 / kDaysOfCloseness);
}

double SameMatter(const Likeness& likeness, const Circumstances& circumstances) {
  const double evidence =
      kBase + kOfNames * std::sqrt(likeness.names) + kOfMatters * std::sqrt(likeness.matters) +
      kOfCloseness * Closeness(circumstances.apart) + (circumstances.same_reporter ? kOfReporter : 0);
  return 1 / (1 + std::exp(-evidence));
}

}  // namespace firstfloor::text
