#include "common/text/normalise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firstfloor::text {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Normalise, TakesHanCharactersOneByOneAndOtherRowsWhole) {
  EXPECT_THAT(Normalise("乘208路到KTV"), ElementsAre(ElementsAre("乘", "208", "路", "到", "ktv")));
}

TEST(Normalise, BreaksRunsAtPunctuationSpacesAndLines) {
  EXPECT_THAT(Normalise("灯坏了，\n 谁管？"),
              ElementsAre(ElementsAre("灯", "坏", "了"), ElementsAre("谁", "管")));
}

TEST(Normalise, FoldsFullWidthAndCompatibilityForms) {
  EXPECT_EQ(Normalise("Ｂ１２栋①"), Normalise("b12栋1"));
  EXPECT_EQ(Normalise("⽔管"), Normalise("水管")) << "a radical that looks like the character";
}

TEST(Normalise, TakesTraditionalForSimplified) {
  EXPECT_EQ(Normalise("電梯壞了，開發商不管"), Normalise("电梯坏了，开发商不管"));
}

TEST(Normalise, KeepsRareCharactersBeyondTheBasicPlane) {
  EXPECT_THAT(Normalise("𠮷祥里"), ElementsAre(ElementsAre("𠮷", "祥", "里")));
}

TEST(Normalise, TakesBytesThatAreNotUtf8ForABreak) {
  EXPECT_THAT(Normalise("水\xff\xfe管"), ElementsAre(ElementsAre("水"), ElementsAre("管")));
}

TEST(Normalise, FindsNothingInSignsAlone) {
  EXPECT_THAT(Normalise(""), IsEmpty());
  EXPECT_THAT(Normalise(" ！？… 👍"), IsEmpty());
}

TEST(Normalise, ReadsNoFurtherThanItPromises) {
  std::string text;
  while (text.size() < kLongestText) text += "水。";
  const size_t runs = Normalise(text).size();
  EXPECT_EQ(Normalise(text + text).size(), runs);
  EXPECT_THAT(Normalise(std::string(1000, 'a')), ElementsAre(ElementsAre(std::string(kLongestElement, 'a'))));
}

}  // namespace
}  // namespace firstfloor::text
