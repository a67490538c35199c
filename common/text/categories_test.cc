#include "common/text/categories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace firstfloor::text {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

CategoryTrainer Taught() {
  CategoryTrainer trainer;
  for (const char* text : {"楼道堆物挡住消防通道", "消防通道停满车", "灭火器过期了", "消防通道又被占用",
                           "灭火器不见了", "灭火器没人检查"}) {
    trainer.Add("", text, "SAFETY.FIRE");
  }
  for (const char* text : {"小区绿化太少", "草坪枯死没人补种绿化", "绿化带被踩坏", "树枝挡住窗户要修剪",
                           "树枝掉下来", "草坪被踩", "树枝太低", "草坪没人浇水"}) {
    trainer.Add("", text, "ENVIRONMENT.GREENING");
  }
  for (const char* text : {"楼上装修太吵", "装修声音很大", "夜里装修", "太吵了睡不着", "天天太吵"}) {
    trainer.Add("", text, "NEIGHBOUR.NOISE");
  }
  return trainer;
}

TEST(Categories, AreGuessedFromWhatTextsOfEachHold) {
  const auto model = Taught().Train();
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->Guess("", "三号楼消防通道被堵", 3).front().category, "SAFETY.FIRE");
  EXPECT_EQ(model->Guess("", "门口绿化带没人管", 3).front().category, "ENVIRONMENT.GREENING");
  EXPECT_EQ(model->Guess("装修", "半夜", 3).front().category, "NEIGHBOUR.NOISE");
}

TEST(Categories, HaveScoresOfOneTogetherAndSayWhy) {
  const auto model = Taught().Train();
  const auto guesses = model->Guess("", "消防通道被堵", 3);
  ASSERT_THAT(guesses, SizeIs(3));
  EXPECT_NEAR(guesses[0].score + guesses[1].score + guesses[2].score, 1, 1e-9);
  EXPECT_GT(guesses[0].score, guesses[1].score);
  EXPECT_THAT(guesses[0].because, Contains("消防"));
  EXPECT_THAT(model->Guess("", "消防通道被堵", 1), SizeIs(1));
}

TEST(Categories, AreNotGuessedFromWhatNobodySaidBefore) {
  EXPECT_THAT(Taught().Train()->Guess("", "你好", 3), IsEmpty());
  EXPECT_THAT(Taught().Train()->Guess("", "", 3), IsEmpty());
}

TEST(Categories, LeaveOutWhatFewTextsHold) {
  const auto model = Taught().Train();
  EXPECT_EQ(model->Serialize().find("过期"), std::string::npos) << "one text";
  EXPECT_NE(model->Serialize().find("灭火"), std::string::npos) << "three texts";
}

TEST(Categories, AreTheSameAfterBeingWrittenAndRead) {
  const std::string written = Taught().Train()->Serialize();
  const auto read = CategoryModel::Parse(written);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->Serialize(), written);
  EXPECT_EQ(read->Guess("", "灭火器坏了", 3).front().category, "SAFETY.FIRE");
}

TEST(Categories, NameTheLineThatIsNoModel) {
  const auto reason = [](absl::string_view lines) {
    const auto parsed = CategoryModel::Parse(lines);
    EXPECT_EQ(error::ReasonOf(parsed.status()), "CATEGORY_MODEL_INVALID");
    return std::string(parsed.status().message().substr(0, 6));
  };
  constexpr char kHead[] = "firstfloor-categories-1\tA\tB\n";
  EXPECT_EQ(reason("something\tA\tB\n"), "line 1");
  EXPECT_EQ(reason("firstfloor-categories-1\tA\n消防\t1\n"), "line 1");
  EXPECT_EQ(reason(absl::StrCat(kHead, "消防\t1\n")), "line 2");
  EXPECT_EQ(reason(absl::StrCat(kHead, "消防\t1\tx\n")), "line 2");
  EXPECT_EQ(reason(absl::StrCat(kHead, "消防\t1\tnan\n")), "line 2");
  EXPECT_EQ(reason(absl::StrCat(kHead, "消防\t1\t0\n消防\t1\t0\n")), "line 3");
  EXPECT_EQ(reason(kHead), "line 1");
}

TEST(Categories, CannotBeLearnedFromOneAlone) {
  CategoryTrainer trainer;
  for (int i = 0; i < 5; ++i) trainer.Add("", "消防", "SAFETY");
  EXPECT_EQ(error::ReasonOf(trainer.Train().status()), "CATEGORY_TRAINING_INVALID");
  trainer.Add("", "绿化", "ENVIRONMENT");
  EXPECT_TRUE(trainer.Train().ok());
}

}  // namespace
}  // namespace firstfloor::text
