#include "tests/bench/similar/decision.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/container/flat_hash_map.h"
#include "tests/bench/similar/scattered.h"

namespace firstfloor::bench {
namespace {

constexpr size_t kTerms = kEvidence + 1;  // the base is the first
using Terms = std::array<double, kTerms>;

constexpr double kRidge = 1;
constexpr double kWeightsRoot = 0.3;
constexpr double kSmoothing = 0.15;  // of the scores' standard deviation
constexpr size_t kFolds = 10, kDivisions = 10;

Quality QualityOf(double right, double wrongly_same, double missed) {
  const auto share = [](double part, double rest) { return part + rest == 0 ? 0 : part / (part + rest); };
  return {share(right, wrongly_same), share(right, missed), share(2 * right, wrongly_same + missed)};
}

Quality QualityOf(const std::vector<JudgedPair>& pairs, const std::vector<bool>& said_same) {
  double right = 0, wrongly_same = 0, missed = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i].same) (said_same[i] ? right : missed) += pairs[i].weight;
    if (!pairs[i].same && said_same[i]) wrongly_same += pairs[i].weight;
  }
  return QualityOf(right, wrongly_same, missed);
}

// Solves a·x = b (a: symmetric, positive definite) by Gauss's elimination.
Terms Solve(std::array<Terms, kTerms> a, Terms b) {
  for (size_t column = 0; column < kTerms; ++column) {
    for (size_t row = column + 1; row < kTerms; ++row) {
      const double factor = a[row][column] / a[column][column];
      for (size_t i = column; i < kTerms; ++i) a[row][i] -= factor * a[column][i];
      b[row] -= factor * b[column];
    }
  }
  for (size_t row = kTerms; row-- > 0;) {
    for (size_t i = row + 1; i < kTerms; ++i) b[row] -= a[row][i] * b[i];
    b[row] /= a[row][row];
  }
  return b;
}

struct Scale {
  Evidence mean{}, deviation{};
};

Scale ScaleOf(const std::vector<Evidence>& evidence) {
  Scale scale;
  const double count = static_cast<double>(evidence.size());
  for (size_t i = 0; i < kEvidence; ++i) {
    for (const Evidence& e : evidence) scale.mean[i] += e[i] / count;
    for (const Evidence& e : evidence) scale.deviation[i] += std::pow(e[i] - scale.mean[i], 2) / count;
    scale.deviation[i] = std::sqrt(scale.deviation[i]) + 1e-9;
  }
  return scale;
}

// Where F1 is best when every score is blurred a little.
double SmoothedThreshold(const std::vector<JudgedPair>& pairs, const std::vector<double>& scores) {
  double mean = 0, variance = 0;
  for (const double score : scores) mean += score / static_cast<double>(scores.size());
  for (const double score : scores) {
    variance += (score - mean) * (score - mean) / static_cast<double>(scores.size());
  }
  const double blur = kSmoothing * std::sqrt(variance) + 1e-9;
  const auto [least, most] = std::minmax_element(scores.begin(), scores.end());
  constexpr int kSteps = 400;
  double best = 0, threshold = 0;
  for (int step = 0; step <= kSteps; ++step) {
    const double tried = *least + (*most - *least) * step / kSteps;
    double right = 0, wrongly_same = 0, missed = 0;
    for (size_t i = 0; i < pairs.size(); ++i) {
      const double said_same = 1 / (1 + std::exp(-1.7 * (scores[i] - tried) / blur));
      (pairs[i].same ? right : wrongly_same) += pairs[i].weight * said_same;
      if (pairs[i].same) missed += pairs[i].weight * (1 - said_same);
    }
    if (const double f1 = QualityOf(right, wrongly_same, missed).f1; f1 > best) {
      best = f1;
      threshold = tried;
    }
  }
  return threshold;
}

// Gives each pair the number of its group: pairs whose messages any chain of pairs joins.
std::vector<size_t> GroupsOf(const std::vector<JudgedPair>& pairs) {
  absl::flat_hash_map<size_t, size_t> parents;
  const auto root = [&](size_t message) {
    parents.try_emplace(message, message);
    while (parents[message] != message) message = parents[message] = parents[parents[message]];
    return message;
  };
  for (const JudgedPair& pair : pairs) {
    const size_t a = root(pair.a), b = root(pair.b);
    parents[a] = b;
  }
  std::vector<size_t> groups;
  for (const JudgedPair& pair : pairs) groups.push_back(root(pair.a));
  return groups;
}

}  // namespace

Quality QualityAt(const std::vector<JudgedPair>& pairs, const std::vector<double>& scores, double threshold) {
  std::vector<bool> said_same;
  for (const double score : scores) said_same.push_back(score >= threshold);
  return QualityOf(pairs, said_same);
}

double BestThreshold(const std::vector<JudgedPair>& pairs, const std::vector<double>& scores) {
  double best = -1, threshold = 0;
  for (const double score : scores) {
    if (const double f1 = QualityAt(pairs, scores, score).f1; f1 > best) {
      best = f1;
      threshold = score;
    }
  }
  return threshold;
}

double Logistic::operator()(const Evidence& evidence) const {
  return std::inner_product(evidence.begin(), evidence.end(), of.begin(), base);
}

Logistic Fit(const std::vector<JudgedPair>& pairs, const std::vector<Evidence>& evidence) {
  const Scale scale = ScaleOf(evidence);
  std::vector<Terms> rows;
  std::vector<double> weights;
  double total = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    Terms row{1};
    for (size_t j = 0; j < kEvidence; ++j) row[j + 1] = (evidence[i][j] - scale.mean[j]) / scale.deviation[j];
    rows.push_back(row);
    weights.push_back(std::pow(pairs[i].weight, kWeightsRoot));
    total += weights.back();
  }
  for (double& weight : weights) weight *= static_cast<double>(pairs.size()) / total;

  Terms fitted{};
  for (int round = 0; round < 100; ++round) {
    Terms gradient{};
    std::array<Terms, kTerms> curvature{};
    for (size_t i = 0; i < rows.size(); ++i) {
      const double p =
          1 / (1 + std::exp(-std::inner_product(rows[i].begin(), rows[i].end(), fitted.begin(), 0.0)));
      for (size_t j = 0; j < kTerms; ++j) {
        gradient[j] += weights[i] * (p - pairs[i].same) * rows[i][j];
        for (size_t k = 0; k < kTerms; ++k) {
          curvature[j][k] += weights[i] * p * (1 - p) * rows[i][j] * rows[i][k];
        }
      }
    }
    for (size_t j = 1; j < kTerms; ++j) {
      gradient[j] += kRidge * fitted[j];
      curvature[j][j] += kRidge;
    }
    curvature[0][0] += 1e-6;
    const Terms step = Solve(curvature, gradient);
    for (size_t j = 0; j < kTerms; ++j) fitted[j] -= std::clamp(step[j], -5.0, 5.0);
  }

  Logistic logistic{fitted[0], {}};
  for (size_t j = 0; j < kEvidence; ++j) {
    logistic.of[j] = fitted[j + 1] / scale.deviation[j];
    logistic.base -= logistic.of[j] * scale.mean[j];
  }
  std::vector<double> scores;
  for (const Evidence& e : evidence) scores.push_back(logistic(e));
  logistic.base -= SmoothedThreshold(pairs, scores);
  return logistic;
}

Quality CrossValidated(const std::vector<JudgedPair>& pairs, const std::vector<Evidence>& evidence) {
  const std::vector<size_t> groups = GroupsOf(pairs);
  Quality mean{};
  for (size_t division = 0; division < kDivisions; ++division) {
    std::vector<bool> said_same(pairs.size());
    for (size_t fold = 0; fold < kFolds; ++fold) {
      const auto held_out = [&](size_t i) {
        return Scattered(Scattered(groups[i]) ^ division) % kFolds == fold;
      };
      std::vector<JudgedPair> learned;
      std::vector<Evidence> learned_evidence;
      for (size_t i = 0; i < pairs.size(); ++i) {
        if (held_out(i)) continue;
        learned.push_back(pairs[i]);
        learned_evidence.push_back(evidence[i]);
      }
      const Logistic logistic = Fit(learned, learned_evidence);
      for (size_t i = 0; i < pairs.size(); ++i) {
        if (held_out(i)) said_same[i] = logistic(evidence[i]) >= 0;
      }
    }
    const Quality quality = QualityOf(pairs, said_same);
    mean.precision += quality.precision / kDivisions;
    mean.recall += quality.recall / kDivisions;
    mean.f1 += quality.f1 / kDivisions;
  }
  return mean;
}

}  // namespace firstfloor::bench
