#include "common/text/term_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace firstfloor::text {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Of every text, over all blocks.
std::vector<int> Counts(const TermIndex& index, const std::vector<Term>& terms) {
  std::vector<int> all;
  TermIndex::Counts counts;
  for (size_t block = 0; block < index.blocks(); ++block) {
    index.Count(terms, block, 0, counts);
    for (size_t i = 0; i < TermIndex::kBlock && all.size() < index.texts(); ++i) all.push_back(counts[i]);
  }
  return all;
}

TEST(TermIndex, CountsHowManyOfTheTermsEachTextHolds) {
  TermIndex index;
  EXPECT_EQ(index.Add({1, 2, 3}), 0u);
  EXPECT_EQ(index.Add({2}), 1u);
  EXPECT_EQ(index.Add({}), 2u);
  EXPECT_THAT(Counts(index, {1, 2, 9}), ElementsAre(2, 1, 0));
  EXPECT_THAT(Counts(index, {}), Each(0));
}

TEST(TermIndex, CountsATermOnceHoweverOftenATextSaysIt) {
  TermIndex index;
  index.Add({4, 4});
  index.Add({4, 4});
  EXPECT_THAT(Counts(index, {4}), ElementsAre(1, 1));
}

TEST(TermIndex, HasNothingAtTheBeginning) { EXPECT_THAT(Counts(TermIndex(), {1}), IsEmpty()); }

// Far apart or near, every text is found under its terms and under no others.
TEST(TermIndex, AnswersAsLookingAtEachTextWould) {
  std::mt19937 random(7);
  TermIndex index;
  std::vector<std::set<Term>> texts;
  for (int i = 0; i < 40'000; ++i) {
    std::set<Term> terms;
    for (int j = 0; j < 4; ++j) terms.insert(random() % (random() % 20'000 + 1));
    index.Add(std::vector<Term>(terms.begin(), terms.end()));
    texts.push_back(std::move(terms));
  }
  for (int i = 0; i < 20; ++i) {
    const std::vector<Term> wanted{static_cast<Term>(i), static_cast<Term>(100 * i + 1), 19'999};
    const std::vector<int> counts = Counts(index, wanted);
    ASSERT_EQ(counts.size(), texts.size());
    for (size_t text = 0; text < texts.size(); ++text) {
      const std::set<Term> different(wanted.begin(), wanted.end());
      size_t held = 0;
      for (const Term term : different) held += texts[text].count(term);
      ASSERT_EQ(counts[text], static_cast<int>(held)) << text;
    }
  }
}

TEST(TermIndex, SaysWhetherAnyTextOfTheBlockHoldsEnough) {
  TermIndex index;
  index.Add({1, 2, 3});
  index.Add({1, 2, 4});
  index.Add({1, 2});
  TermIndex::Counts counts;
  ASSERT_TRUE(index.Count({1, 2, 3, 4}, 0, 3, counts));
  EXPECT_THAT(std::vector<int>(counts.begin(), counts.begin() + 3), ElementsAre(3, 3, 2));
  EXPECT_FALSE(index.Count({1, 2, 3, 4}, 0, 4, counts));
  EXPECT_FALSE(index.Count({5}, 0, 1, counts));
  EXPECT_TRUE(index.Count({5}, 0, 0, counts));
}

// Whatever is left out, no text that holds enough is lost or told another number.
TEST(TermIndex, LosesNoneThatHoldsEnough) {
  std::mt19937 random(11);
  TermIndex index;
  for (int i = 0; i < 2 * static_cast<int>(TermIndex::kBlock); ++i) {
    std::vector<Term> terms;
    for (Term term = 1; term <= 12; ++term) {
      if (random() % (term + 1) == 0) terms.push_back(term);
    }
    index.Add(terms);
  }
  const std::vector<Term> wanted = {12, 1, 11, 2, 10, 3, 9, 4};
  size_t refused = 0;
  for (size_t block = 0; block < index.blocks(); ++block) {
    TermIndex::Counts all;
    index.Count(wanted, block, 0, all);
    const size_t most = *std::max_element(all.begin(), all.end());
    for (size_t least = 0; least <= wanted.size() + 1; ++least) {
      TermIndex::Counts counts;
      const bool some = index.Count(wanted, block, least, counts);
      EXPECT_EQ(some, most >= least) << least;
      if (some) {
        EXPECT_EQ(counts, all) << least;
      }
      refused += some ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 0u);
}

}  // namespace
}  // namespace firstfloor::text
