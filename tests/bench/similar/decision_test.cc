#include "tests/bench/similar/decision.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/bench/similar/scattered.h"
#include "tests/bench/similar/trigrams.h"

namespace firstfloor::bench {
namespace {

std::vector<JudgedPair> FourPairs() {
  return {{0, 1, true, 2}, {2, 3, true, 1}, {4, 5, false, 1}, {6, 7, false, 4}};
}

TEST(Quality, CountsEachPairForThoseThatItStandsFor) {
  const Quality quality = QualityAt(FourPairs(), {0.9, 0.2, 0.8, 0.1}, 0.5);
  EXPECT_DOUBLE_EQ(quality.precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(quality.recall, 2.0 / 3);
  EXPECT_DOUBLE_EQ(quality.f1, 2.0 / 3);
}

TEST(Quality, IsBestWhereTheBestThresholdSays) {
  const std::vector<double> scores{0.9, 0.2, 0.8, 0.1};
  EXPECT_EQ(BestThreshold(FourPairs(), scores), 0.2);
  EXPECT_DOUBLE_EQ(QualityAt(FourPairs(), scores, 0.2).recall, 1);
  EXPECT_DOUBLE_EQ(QualityAt(FourPairs(), scores, 0.2).precision, 0.75);
}

// Pairs that are the same the more likely the more of the first two kinds of evidence there is.
struct Drawn {
  std::vector<JudgedPair> pairs;
  std::vector<Evidence> evidence;

  explicit Drawn(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const auto even = [&](uint64_t what) {
        return static_cast<double>(Scattered(i * 4 + what) % 1000) / 1000;
      };
      evidence.push_back({even(0), even(1), even(2), even(3) < 0.5 ? 1.0 : 0.0});
      const double chance = 1 / (1 + std::exp(-(8 * even(0) + 4 * even(1) - 6)));
      pairs.push_back(
          {2 * i, 2 * i + 1, static_cast<double>(Scattered(i + 77'777) % 1000) / 1000 < chance, 1});
    }
  }
};

TEST(Fit, FindsWhatTheDecisionHangsOn) {
  const Drawn drawn(4000);
  const Logistic logistic = Fit(drawn.pairs, drawn.evidence);
  EXPECT_NEAR(logistic.of[0], 8, 1);
  EXPECT_NEAR(logistic.of[1], 4, 1);
  EXPECT_NEAR(logistic.of[2], 0, 0.5);
  EXPECT_NEAR(logistic.of[3], 0, 0.3);
}

TEST(CrossValidation, SeesThatWhatWasLearnedByHeartIsWorthNothing) {
  Drawn drawn(400);
  // Whether it is the same hangs on nothing: half of the pairs, held out, are no better than guessed.
  for (size_t i = 0; i < drawn.pairs.size(); ++i) drawn.pairs[i].same = Scattered(i + 5) % 2 == 0;
  const Quality quality = CrossValidated(drawn.pairs, drawn.evidence);
  EXPECT_NEAR(quality.precision, 0.5, 0.1);
}

TEST(CrossValidation, IsNearlyAsGoodAsFittingWhereThereIsALaw) {
  const Drawn drawn(1000);
  const Logistic logistic = Fit(drawn.pairs, drawn.evidence);
  std::vector<double> scores;
  for (const Evidence& evidence : drawn.evidence) scores.push_back(logistic(evidence));
  EXPECT_NEAR(CrossValidated(drawn.pairs, drawn.evidence).f1, QualityAt(drawn.pairs, scores, 0).f1, 0.02);
}

TEST(Trigrams, AreThoseOfPgTrgm) {
  // As `SELECT show_trgm('ab')` has it: "  a", " ab", "ab ".
  EXPECT_EQ(TrigramsOf("AB").size(), 3u);
  EXPECT_EQ(TrigramsOf("ab, ab").size(), 3u);
  EXPECT_DOUBLE_EQ(TrigramSimilarity(TrigramsOf("word"), TrigramsOf("two words")), 0.363636363636363636);
  EXPECT_EQ(TrigramSimilarity(TrigramsOf(""), TrigramsOf("")), 0);
}

}  // namespace
}  // namespace firstfloor::bench
