#include "common/text/lexicon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace firstfloor::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Run OneRun(absl::string_view text) { return Normalise(text).front(); }

TEST(Lexicon, KnowsWordsByTheirMatter) {
  const auto lexicon = Lexicon::Parse("噪音,噪音 吵\n停车,车位 停车\n,请问");
  ASSERT_TRUE(lexicon.ok()) << lexicon.status();
  EXPECT_THAT(lexicon->matters(), ElementsAre("噪音", "停车"));
  EXPECT_EQ(lexicon->LongestAt(OneRun("很吵"), 1).matter, 0);
  EXPECT_EQ(lexicon->LongestAt(OneRun("车位少"), 0).matter, 1);
  EXPECT_EQ(lexicon->LongestAt(OneRun("请问"), 0).matter, Lexicon::kFormula);
}

TEST(Lexicon, PrefersTheLongerWord) {
  const auto lexicon = Lexicon::Parse("物业,物业\n物业费,物业费");
  ASSERT_TRUE(lexicon.ok());
  const Lexicon::Word word = lexicon->LongestAt(OneRun("物业费高"), 0);
  EXPECT_EQ(word.length, 3u);
  EXPECT_EQ(lexicon->matters()[word.matter], "物业费");
}

TEST(Lexicon, FindsNoWordWhereNoneBegins) {
  const auto lexicon = Lexicon::Parse("物业费,物业费");
  ASSERT_TRUE(lexicon.ok());
  EXPECT_EQ(lexicon->LongestAt(OneRun("物业"), 0).length, 0u) << "the run ends before the word does";
  EXPECT_EQ(lexicon->LongestAt(OneRun("交物业费"), 0).length, 0u);
}

TEST(Lexicon, KnowsWordsInEveryFormInWhichTheyAreTyped) {
  const auto lexicon = Lexicon::Parse("歌厅,KTV\n电梯,电梯");
  ASSERT_TRUE(lexicon.ok());
  EXPECT_EQ(lexicon->LongestAt(OneRun("ｋｔｖ"), 0).length, 1u);
  EXPECT_EQ(lexicon->LongestAt(OneRun("電梯"), 0).length, 2u);
}

TEST(Lexicon, NamesTheLineThatCannotBeUsed) {
  const auto says = [](absl::string_view lines) {
    const absl::Status status = Lexicon::Parse(lines).status();
    EXPECT_EQ(status.ok() ? "" : error::ReasonOf(status), "LEXICON_INVALID");
    return std::string(status.message());
  };
  EXPECT_THAT(says("# a remark\n噪音 噪音"), HasSubstr("line 2: has no comma"));
  EXPECT_THAT(says("噪音,"), HasSubstr("line 1: has no word"));
  EXPECT_THAT(says("噪音,吵\n吵闹,吵"), HasSubstr("line 2: 吵 stands twice"));
  EXPECT_THAT(says("噪音,太，吵"), HasSubstr("broken by a sign"));
  EXPECT_THAT(says(absl::StrCat(std::string(65, 'x'), ",吵")), HasSubstr("too long"));
}

TEST(Lexicon, KnowsTheTroublesOfACommunity) {
  const Lexicon& built_in = Lexicon::BuiltIn();
  for (const absl::string_view word :
       {"噪音", "停水", "电梯", "消防通道", "物业费", "飞线", "麻将馆", "漏水"}) {
    const Lexicon::Word found = built_in.LongestAt(OneRun(word), 0);
    EXPECT_EQ(found.length, OneRun(word).size()) << word;
    EXPECT_NE(found.matter, Lexicon::kFormula) << word;
  }
  EXPECT_EQ(built_in.LongestAt(OneRun("尊敬"), 0).matter, Lexicon::kFormula);
}

}  // namespace
}  // namespace firstfloor::text
