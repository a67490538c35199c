#include "common/text/similarity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "absl/strings/string_view.h"

namespace firstfloor::text {
namespace {

struct Written {
  absl::string_view headline, body;
};

// What people of an invented town write, so that it is known what is usual there.
const std::vector<Written>& Town() {
  static const auto* const town = new std::vector<Written>{
      {"云栖苑三号楼电梯又坏了", "三号楼的电梯一周坏了三次，老人上不了楼，请物业尽快修好。"},
      {"清波路烧烤摊油烟大", "清波路口每晚摆烧烤摊，油烟飘进家里，窗户不敢开。"},
      {"桂雨里停水两天", "桂雨里从周一起停水，没有通知，做饭都成问题。"},
      {"望湖小学门口堵车", "望湖小学放学时门口堵车，家长的车停了两排。"},
      {"松涛园广场舞音响太吵", "松涛园门前的广场舞音响开得太大，孩子没法写作业。"},
      {"竹影苑楼道堆满杂物", "竹影苑五号楼的楼道堆满了杂物，担心消防。"},
      {"听澜居地下车库漏水", "听澜居地下车库一下雨就漏水，车都泡了。"},
      {"霞飞巷路灯不亮", "霞飞巷的路灯坏了半个月，晚上走路看不见。"},
      {"枫林公司拖欠工资", "枫林公司拖欠我们三个月工资，一直说没有钱。"},
      {"盼地铁五号线早日通车", "地铁五号线修了四年，请问什么时候通车？"},
  };
  return *town;
}

class Similarity : public ::testing::Test {
 protected:
  Similarity() {
    for (const Written& written : Town()) usage_.Add(Of(written));
  }

  Fingerprint Of(const Written& written) const { return fingerprinter_.Of(written.headline, written.body); }

  Likeness Alike(const Written& a, const Written& b) const {
    const Fingerprint of_b = Of(b);
    return Compare(Weighed(Of(a), usage_), of_b, LengthsOf(of_b, usage_));
  }

  double Score(const Written& a, const Written& b,
               const Circumstances& circumstances = {absl::Hours(48)}) const {
    return SameMatter(Alike(a, b), circumstances);
  }

  const Fingerprinter fingerprinter_{"0123456789abcdef"};
  Usage usage_;
};

const Written kSnackbar{"翠屏里楼下烧烤店油烟扰民",
                        "我住翠屏里二号楼，楼下的烧烤店没有装烟道，油烟直往家里灌。"};
const Written kSnackbarInOtherWords{"翠屏里商铺的油烟谁来管",
                                    "翠屏里一楼开了家烧烤店，天天熏得睡不着，窗子都是黑的。"};
const Written kSnackbarElsewhere{"松涛园楼下烧烤店油烟扰民",
                                 "松涛园八号楼的烧烤店从中午开到半夜，油烟很大，老人咳得厉害。"};
const Written kLiftOfTheSamePlace{"翠屏里电梯停了一周",
                                  "翠屏里二号楼的电梯停用一周，物业说等配件，老人下不了楼。"};

TEST_F(Similarity, ATextIsTheSameMatterAsItself) {
  for (const Written& written : Town()) {
    const Likeness likeness = Alike(written, written);
    EXPECT_NEAR(likeness.names, 1, 1e-6);
    EXPECT_NEAR(likeness.matters, 1, 1e-6);
    EXPECT_GT(Score(written, written), 0.99);
  }
}

TEST_F(Similarity, TheOrderOfTheTwoDoesNotMatter) {
  const Likeness one = Alike(kSnackbar, kLiftOfTheSamePlace), other = Alike(kLiftOfTheSamePlace, kSnackbar);
  EXPECT_NEAR(one.names, other.names, 1e-6);
  EXPECT_NEAR(one.matters, other.matters, 1e-6);
}

TEST_F(Similarity, TheSamePlaceAndTroubleInOtherWordsIsTheSameMatter) {
  EXPECT_GE(Score(kSnackbar, kSnackbarInOtherWords), kSameMatter);
}

TEST_F(Similarity, TheSamePlaceAndTroubleInOtherWordsIsMoreAlikeThanAnotherPlaceWithTheSamePhrase) {
  EXPECT_GT(Score(kSnackbar, kSnackbarInOtherWords), Score(kSnackbar, kSnackbarElsewhere));
}

TEST_F(Similarity, AnotherTroubleOfTheSamePlaceIsAnotherMatter) {
  EXPECT_LT(Score(kSnackbar, kLiftOfTheSamePlace), kSameMatter);
}

TEST_F(Similarity, TheSameTroubleOfAnotherPlaceIsAnotherMatter) {
  EXPECT_LT(Score({"枫林公司拖欠工资", "枫林公司拖欠我们三个月工资。"},
                  {"远帆工厂拖欠工资", "远帆厂去年的工资到现在没有发。"}),
            kSameMatter);
}

TEST_F(Similarity, NoTwoMattersOfTheTownAreTheSame) {
  for (size_t i = 0; i < Town().size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      EXPECT_LT(Score(Town()[i], Town()[j]), kSameMatter) << Town()[i].headline << ", " << Town()[j].headline;
    }
  }
}

TEST_F(Similarity, FormulasThatEverybodyWritesCountForNothing) {
  const Likeness likeness = Alike({"霞飞巷路灯", "尊敬的领导，您好！请问什么时候可以解决？谢谢！"},
                                  {"桂雨里停水", "尊敬的领导，您好！请问什么时候可以解决？谢谢！"});
  EXPECT_LT(likeness.names, 0.2);
}

TEST_F(Similarity, TraditionalCharactersAndFullWidthDigitsAreTheSameWords) {
  EXPECT_NEAR(Alike({"云栖苑3号楼电梯坏了", ""}, {"雲棲苑３號樓電梯壞了", ""}).names, 1, 1e-6);
}

TEST_F(Similarity, WhoSaysNoMatterIsNeitherAlikeNorUnlikeInIt) {
  const double unsaid = Alike({"翠屏里", "请看看"}, kSnackbar).matters;
  EXPECT_GT(unsaid, Alike(kLiftOfTheSamePlace, kSnackbar).matters);
  EXPECT_LT(unsaid, Alike(kSnackbarInOtherWords, kSnackbar).matters);
}

TEST_F(Similarity, NoTextIsLikeNothing) {
  EXPECT_EQ(Alike({"", ""}, kSnackbar).names, 0);
  EXPECT_EQ(Alike({"", ""}, {"", ""}).names, 0);
  EXPECT_LT(Score({"", ""}, {"", ""}), kSameMatter);
}

TEST_F(Similarity, CloserInTimeAndFromTheSamePersonIsMoreLikelyTheSame) {
  const double days_apart = Score(kSnackbar, kLiftOfTheSamePlace, {absl::Hours(24 * 2), false});
  EXPECT_GT(days_apart, Score(kSnackbar, kLiftOfTheSamePlace, {absl::Hours(24 * 200), false}));
  EXPECT_LT(days_apart, Score(kSnackbar, kLiftOfTheSamePlace, {absl::Hours(24 * 2), true}));
  EXPECT_EQ(days_apart, Score(kSnackbar, kLiftOfTheSamePlace, {-absl::Hours(24 * 2), false}));
}

TEST(Usage, IsForgottenWithTheMessage) {
  const Fingerprinter fingerprinter("0123456789abcdef");
  Usage usage;
  usage.Add(fingerprinter.Of("翠屏里", ""));
  const Feature::Key key = fingerprinter.Of("翠屏里", "").features().front().key();
  usage.Add(fingerprinter.Of("翠屏里", "漏水"));
  EXPECT_EQ(usage.MessagesWith(key), 2u);
  usage.Remove(fingerprinter.Of("翠屏里", ""));
  EXPECT_EQ(usage.MessagesWith(key), 1u);
  usage.Remove(fingerprinter.Of("翠屏里", "漏水"));
  EXPECT_EQ(usage.MessagesWith(key), 0u);
  EXPECT_EQ(usage.messages(), 0u);
}

TEST(Usage, TakesWhatFewWriteForRarerThanWhatManyWrite) {
  const Fingerprinter fingerprinter("0123456789abcdef");
  Usage usage;
  for (int i = 0; i < 9; ++i) usage.Add(fingerprinter.Of("翠", ""));
  usage.Add(fingerprinter.Of("屏", ""));
  const auto rarity = [&](absl::string_view name) {
    return usage.Rarity(fingerprinter.Of(name, "").features().front().key());
  };
  EXPECT_GT(rarity("里"), rarity("屏")) << "never seen";
  EXPECT_GT(rarity("屏"), rarity("翠"));
  EXPECT_GT(rarity("翠"), 0);
}

}  // namespace
}  // namespace firstfloor::text
