#include "common/text/terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace firstfloor::text {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const TermReader& Reader() {
  static const TermReader& reader = *new TermReader("0123456789abcdef");
  return reader;
}

bool Holds(absl::string_view text, absl::string_view query) {
  const std::vector<Term> of_text = Reader().Of(text);
  const std::vector<Term> of_query = Reader().Of(query);
  return std::includes(of_text.begin(), of_text.end(), of_query.begin(), of_query.end());
}

TEST(Terms, HoldWhatStandsInTheText) {
  EXPECT_TRUE(Holds("翠屏里三号楼的电梯又停了", "电梯"));
  EXPECT_TRUE(Holds("翠屏里三号楼的电梯又停了", "翠屏里"));
  EXPECT_FALSE(Holds("翠屏里三号楼的电梯又停了", "停水"));
}

TEST(Terms, ArePairsOfNeighboursThatNoSignParts) {
  EXPECT_THAT(Reader().Of("翠屏里"), SizeIs(2));
  EXPECT_THAT(Reader().Of("翠，屏"), IsEmpty());
  EXPECT_THAT(Reader().Of("灯"), IsEmpty());
}

TEST(Terms, AreWordsOfLettersAndDigitsWhereverTheyStand) {
  EXPECT_TRUE(Holds("楼下KTV太吵", "ktv"));
  EXPECT_TRUE(Holds("住在702室", "702"));
  EXPECT_FALSE(Holds("住在7021室", "702"));
}

TEST(Terms, AreTheSameForAnotherWayOfWritingTheSame) {
  EXPECT_THAT(Reader().Of("電梯"), ElementsAreArray(Reader().Of("电梯")));
  EXPECT_THAT(Reader().Of("ＫＴＶ"), ElementsAreArray(Reader().Of("ktv")));
}

TEST(Terms, HaveNothingInCommonUnderAnotherKey) {
  EXPECT_NE(Reader().Of("电梯"), TermReader("fedcba9876543210").Of("电梯"));
}

TEST(Terms, AreAscendingAndNoMoreThanThereIsRoomFor) {
  std::string text;
  for (int i = 0; i < 3000; ++i) absl::StrAppend(&text, i, " ");
  const std::vector<Term> terms = Reader().Of(text);
  EXPECT_THAT(terms, SizeIs(TermReader::kMostTerms));
  EXPECT_TRUE(std::is_sorted(terms.begin(), terms.end()));
}

}  // namespace
}  // namespace firstfloor::text
