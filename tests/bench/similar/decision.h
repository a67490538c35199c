// How good a yes or no is, and a logistic function that gives one: fitted, cross-validated.
#ifndef FIRSTFLOOR_TESTS_BENCH_SIMILAR_DECISION_H_
#define FIRSTFLOOR_TESTS_BENCH_SIMILAR_DECISION_H_

#include <array>
#include <cstddef>
#include <vector>

#include "tests/bench/similar/judged.h"

namespace firstfloor::bench {

// Weighted: each pair counts for those that it stands for.
struct Quality {
  double precision, recall, f1;
};

// Of saying "same" from `threshold` on. `scores` in the order of `pairs`.
Quality QualityAt(const std::vector<JudgedPair>& pairs, const std::vector<double>& scores, double threshold);

// The threshold with the best F1 on these very pairs.
double BestThreshold(const std::vector<JudgedPair>& pairs, const std::vector<double>& scores);

// What text::SameMatter looks at: roots of names and matters in common, closeness in time, same reporter.
inline constexpr size_t kEvidence = 4;
using Evidence = std::array<double, kEvidence>;

struct Logistic {
  double base;
  Evidence of;
  // Positive: the same matter.
  double operator()(const Evidence& evidence) const;
};

// Fitted to `pairs` (ridge regression by Newton's method). Pairs count by a root of their weight, so that a
// few do not decide it; then `base` is moved to where F1 by full weights is best, smoothed, so that no single
// pair decides that either.
Logistic Fit(const std::vector<JudgedPair>& pairs, const std::vector<Evidence>& evidence);

// Fits on nine tenths and decides the tenth, ten times over; the mean of ten divisions. Messages that any
// chain of pairs joins fall into the same tenth: nothing is decided by what was learned from either of its
// messages.
Quality CrossValidated(const std::vector<JudgedPair>& pairs, const std::vector<Evidence>& evidence);

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_SIMILAR_DECISION_H_
