#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "common/area/registry.h"
#include "common/error/error.h"

namespace firstfloor::area {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::string_view kSample =
    "# a comment, which is skipped\n"
    "code,name,level_name,households,successor\n"
    "340111,包河区,区,900,\n"
    "340111400,滨湖世纪社区,街道级社区,600,\n"
    "340111400001,春和居委会,居委会,600,\n"
    "340111400001-CJ2,春江二期,小区,200,\n"
    "340111400001-CJ2-01,1栋,楼栋,200,\n"
    "340111400001-CJ,春江花园,小区,400,\n"
    "340111400001-CJ-02,2栋,楼栋,200,\n"
    "340111400001-CJ-01,\"1栋, \"\"老楼\"\"\",楼栋,200,\n"
    "340111400002,夏荷居委会,居委会,0,340111400001\n";

class TemporaryFile {
 public:
  explicit TemporaryFile(absl::string_view text) { Write(text); }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  void Write(absl::string_view text) const { std::ofstream(path_, std::ios::binary) << text; }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = absl::StrCat(::testing::TempDir(), "/area_test_", getpid(), "_",
                                   ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".csv");
};

std::string Sample(absl::string_view from, absl::string_view to) {
  std::string text = absl::StrReplaceAll(kSample, {{from, to}});
  EXPECT_NE(text, kSample) << from;
  return text;
}

absl::Status LoadError(absl::string_view text) {
  const TemporaryFile file(text);
  return Registry::Load(file.path()).status();
}

std::vector<std::string> Codes(const std::vector<Area>& areas) {
  std::vector<std::string> codes;
  for (const Area& area : areas) codes.push_back(area.code);
  return codes;
}

std::vector<std::string> SomeCodes() {
  std::vector<std::string> codes = {"34", "35", "3401", "3402", "340111", "340112"};
  for (absl::string_view street : {"340111400", "340111401", "340112400"}) {
    codes.emplace_back(street);
    for (absl::string_view committee : {"001", "002", "999"}) {
      codes.push_back(absl::StrCat(street, committee));
      for (absl::string_view compound : {"C", "CJ", "CJ2", "CJA", "0", "Z"}) {
        codes.push_back(absl::StrCat(street, committee, "-", compound));
        for (absl::string_view building : {"0", "07", "07A", "7", "Z"}) {
          codes.push_back(absl::StrCat(street, committee, "-", compound, "-", building));
          codes.push_back(absl::StrCat(street, committee, "-", compound, "-", building, "-1"));
          codes.push_back(absl::StrCat(street, committee, "-", compound, "-", building, "-12"));
        }
      }
    }
  }
  return codes;
}

TEST(AreaCode, HasTheLevelOfItsLength) {
  EXPECT_EQ(LevelOf("34"), Level::kProvince);
  EXPECT_EQ(LevelOf("3401"), Level::kCity);
  EXPECT_EQ(LevelOf("340111"), Level::kDistrict);
  EXPECT_EQ(LevelOf("340111400"), Level::kStreet);
  EXPECT_EQ(LevelOf("340111400001"), Level::kCommittee);
  EXPECT_EQ(LevelOf("340111400001-CJ"), Level::kCompound);
  EXPECT_EQ(LevelOf("340111400001-CJ-07"), Level::kBuilding);
  EXPECT_EQ(LevelOf("340111400001-CJ-07-2A"), Level::kUnit);
  EXPECT_EQ(LevelOf("340111400001-ABCDEFGHIJKLMNOP"), Level::kCompound);
}

TEST(AreaCode, OfAnotherFormHasNoLevel) {
  for (const char* code : {"",
                           "3",
                           "340",
                           "34011",
                           "3401114",
                           "34011140000",
                           "3401114000011",
                           "34A1",
                           "340111-CJ",
                           "340111400-CJ",
                           "340111400001-",
                           "340111400001-cj",
                           "340111400001--07",
                           "340111400001-CJ-",
                           "340111400001-CJ-07-1-2",
                           "340111400001-ABCDEFGHIJKLMNOPQ",
                           "340111400001-CJ.",
                           " 340111",
                           "340111 ",
                           "340111400001-栋",
                           "-",
                           "-CJ"}) {
    EXPECT_EQ(LevelOf(code), std::nullopt) << code;
  }
}

TEST(AreaCode, CoversWhatIsBelowItOnLevelBoundaries) {
  EXPECT_TRUE(Covers("340111", "340111"));
  EXPECT_TRUE(Covers("34", "340111400001-CJ-07"));
  EXPECT_TRUE(Covers("340111400001", "340111400001-CJ"));
  EXPECT_TRUE(Covers("340111400001-CJ", "340111400001-CJ-07-2"));
  EXPECT_FALSE(Covers("340111400001-CJ", "340111400001-CJ2"));
  EXPECT_FALSE(Covers("340111400001-CJ-0", "340111400001-CJ-07"));
  EXPECT_FALSE(Covers("340111400", "340111"));
  EXPECT_FALSE(Covers("340111400", "340111401001"));
}

TEST(AreaCode, CoversNothingIfEitherIsMalformed) {
  EXPECT_FALSE(Covers("", "340111"));
  EXPECT_FALSE(Covers("340", "340111"));
  EXPECT_FALSE(Covers("340111", "3401114"));
  EXPECT_FALSE(Covers("x", "x"));
}

TEST(AreaCode, ListsItselfAndItsAncestors) {
  EXPECT_THAT(SelfAndAncestors("340111400001-CJ-07"),
              ElementsAre("340111400001-CJ-07", "340111400001-CJ", "340111400001", "340111400", "340111",
                          "3401", "34"));
  EXPECT_THAT(SelfAndAncestors("340"), IsEmpty());
}

TEST(AreaCode, RangeHoldsExactlyWhatTheCodeCovers) {
  const std::vector<std::string> codes = SomeCodes();
  for (const std::string& outer : codes) {
    const auto [from, to] = CoverRange(outer);
    for (const std::string& inner : codes) {
      EXPECT_EQ(from <= inner && inner < to, Covers(outer, inner)) << outer << " and " << inner;
    }
  }
}

TEST(AreaCode, RangeOfAMalformedCodeIsEmpty) {
  const auto [from, to] = CoverRange("340");
  EXPECT_EQ(from, to);
}

TEST(AreaCode, CoversExactlyThoseOfWhichItIsAnAncestor) {
  const std::vector<std::string> codes = SomeCodes();
  for (const std::string& inner : codes) {
    const std::vector<std::string> ancestors = SelfAndAncestors(inner);
    for (const std::string& outer : codes) {
      EXPECT_EQ(Covers(outer, inner),
                std::find(ancestors.begin(), ancestors.end(), outer) != ancestors.end());
    }
  }
}

TEST(AreaCode, DistanceCountsTheStepsToTheCommonAncestor) {
  EXPECT_EQ(Distance("340111400001-CJ-07", "340111400001-CJ-07"), 0);
  EXPECT_EQ(Distance("340111400001-CJ-07", "340111400001-CJ-08"), 1);
  EXPECT_EQ(Distance("340111400001-CJ-07", "340111400001-CJ"), 1);
  EXPECT_EQ(Distance("340111400001-CJ-07", "340111400001-CJ2-07"), 2);
  EXPECT_EQ(Distance("340111400001-CJ-07", "340111400002-CJ-07"), 3);
  EXPECT_EQ(Distance("340111400001-CJ-07", "340111"), 4);
  EXPECT_EQ(Distance("340111", "350111"), kUnrelated);
  EXPECT_EQ(Distance("340", "340"), kUnrelated);
}

TEST(AreaCode, DistanceIsTheSameBothWays) {
  const std::vector<std::string> codes = SomeCodes();
  std::mt19937 random(7);
  for (int i = 0; i < 20000; ++i) {
    const std::string& a = codes[random() % codes.size()];
    const std::string& b = codes[random() % codes.size()];
    EXPECT_EQ(Distance(a, b), Distance(b, a)) << a << " and " << b;
  }
}

class RegistryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loaded = Registry::Load(file_.path());
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    registry_ = *std::move(loaded);
  }

  TemporaryFile file_{kSample};
  std::unique_ptr<Registry> registry_;
};

TEST_F(RegistryTest, FindsWhatItHoldsAndNothingElse) {
  EXPECT_EQ(registry_->size(), 9u);
  EXPECT_TRUE(registry_->Knows("340111400001-CJ-02"));
  EXPECT_FALSE(registry_->Knows("340111400001-CJ-03"));
  EXPECT_FALSE(registry_->Knows("3401"));
  EXPECT_FALSE(registry_->Knows(""));
  EXPECT_EQ(registry_->Find("340111400009"), std::nullopt);
  const std::optional<Area> area = registry_->Find("340111400001-CJ-02");
  ASSERT_TRUE(area.has_value());
  EXPECT_EQ(area->code, "340111400001-CJ-02");
  EXPECT_EQ(area->name, "2栋");
  EXPECT_EQ(area->level_name, "楼栋");
  EXPECT_EQ(area->households, 200);
  EXPECT_EQ(area->successor, "");
}

TEST_F(RegistryTest, ReadsQuotedNames) {
  EXPECT_EQ(registry_->Find("340111400001-CJ-01")->name, "1栋, \"老楼\"");
}

TEST_F(RegistryTest, TellsTheSuccessorOfAMergedArea) {
  EXPECT_EQ(registry_->Find("340111400002")->successor, "340111400001");
}

TEST_F(RegistryTest, ListsWhatIsBelowInCodeOrder) {
  EXPECT_THAT(Codes(registry_->Below("340111", Level::kBuilding)),
              ElementsAre("340111400001-CJ-01", "340111400001-CJ-02", "340111400001-CJ2-01"));
  EXPECT_THAT(Codes(registry_->Below("340111400001-CJ", Level::kBuilding)),
              ElementsAre("340111400001-CJ-01", "340111400001-CJ-02"));
  EXPECT_THAT(Codes(registry_->Below("340111", Level::kDistrict)), ElementsAre("340111"));
  EXPECT_THAT(registry_->Below("340111400001-CJ", Level::kCommittee), IsEmpty());
  EXPECT_THAT(registry_->Below("340", Level::kBuilding), IsEmpty());
}

TEST_F(RegistryTest, ReloadSeesAChangedFile) {
  file_.Write(absl::StrCat(kSample, "340111400001-CJ-03,3栋,楼栋,5,\n"));
  EXPECT_FALSE(registry_->Knows("340111400001-CJ-03"));
  EXPECT_TRUE(registry_->Reload().ok());
  EXPECT_TRUE(registry_->Knows("340111400001-CJ-03"));
}

TEST_F(RegistryTest, ReloadSeesAFileOfTheSameSizeAndTimeThatTookItsPlace) {
  const auto time = std::filesystem::last_write_time(file_.path());
  const std::string other = file_.path() + ".new";
  std::ofstream(other) << Sample("春和居委会", "秋实居委会");
  std::filesystem::last_write_time(other, time);
  std::filesystem::rename(other, file_.path());
  EXPECT_TRUE(registry_->Reload().ok());
  EXPECT_EQ(registry_->Find("340111400001")->name, "秋实居委会");
}

TEST_F(RegistryTest, ReloadKeepsTheOldContentIfTheNewIsNoGood) {
  file_.Write("nonsense");
  EXPECT_EQ(registry_->Reload().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(registry_->Reload().code(), absl::StatusCode::kInvalidArgument) << "says so as long as it is so";
  EXPECT_EQ(registry_->size(), 9u);
  std::filesystem::remove(file_.path());
  EXPECT_FALSE(registry_->Reload().ok());
  EXPECT_EQ(registry_->size(), 9u);
  file_.Write(kSample);
  EXPECT_TRUE(registry_->Reload().ok());
}

TEST_F(RegistryTest, AnswersWhileItReloads) {
  std::atomic<bool> done = false;
  std::thread reader([&] {
    while (!done) {
      EXPECT_TRUE(registry_->Knows("340111"));
      EXPECT_EQ(registry_->Below("340111400001-CJ", Level::kBuilding).size(), 2u);
    }
  });
  for (int i = 0; i < 200; ++i) {
    file_.Write(absl::StrCat(kSample, "340111400001-CJ3,三期,小区,", i, ",\n"));
    EXPECT_TRUE(registry_->Reload().ok());
  }
  done = true;
  reader.join();
}

TEST(RegistryFile, MayComeFromASpreadsheet) {
  const TemporaryFile file("\xEF\xBB\xBF" + absl::StrReplaceAll(kSample, {{"\n", "\r\n"}}));
  const auto registry = Registry::Load(file.path());
  ASSERT_TRUE(registry.ok()) << registry.status();
  EXPECT_EQ((*registry)->size(), 9u);
}

TEST(RegistryFile, IsRefusedWithTheLineAtFault) {
  const std::pair<std::string, std::string> faults[] = {
      {Sample("code,name", "name,code"), "line 2: the header"},
      {Sample("340111400,", "3401114,"), "line 4: malformed code"},
      {Sample("春和居委会,", ","), "line 5: name or level_name is empty"},
      {Sample("区,900", "区,-1"), "line 3: households"},
      {Sample("区,900", "区,many"), "line 3: households"},
      {Sample("春江花园,小区,400,", "春江花园,小区,400"), "line 8: has not five fields"},
      {Sample("\"1栋", "\"\"1栋"), "line 10: quotes do not match"},
      {Sample("老楼\"\"\"", "老楼"), "line 10: quotes do not match"},
      {Sample("-CJ-02", "-CJ-01"), "line 10: 340111400001-CJ-01 is there already"},
      {Sample("340111400001-CJ,", "340111400001-CX,"), "lacks its ancestor 340111400001-CJ"},
      {Sample("340111,", "340112,"), "line 4: 340111400 lacks its ancestor 340111"},
      {Sample("0,340111400001", "0,340111400003"), "line 11: the successor"},
      {Sample("0,340111400001", "0,340111400002"), "line 11: the successor"},
      {"code,name,level_name,households,successor\n", "line 2: the file ends without an area"},
      {"", "line 1: the file ends without an area"},
  };
  for (const auto& [text, why] : faults) {
    const absl::Status status = LoadError(text);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << why;
    EXPECT_EQ(error::ReasonOf(status), "AREA_REGISTRY_INVALID");
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
  }
}

TEST(RegistryFile, MustBeThere) {
  EXPECT_EQ(Registry::Load("/nowhere/areas.csv").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Registry::Load(::testing::TempDir()).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(DemonstrationRegistry, HasTheCommunityOfTheDesign) {
  const auto registry = Registry::Load(DEMONSTRATION_AREAS);
  ASSERT_TRUE(registry.ok()) << registry.status();
  EXPECT_EQ((*registry)->Below("340111400", Level::kCommittee).size(), 12u);
  EXPECT_EQ((*registry)->Below("340111400", Level::kBuilding).size(), 278u);
  EXPECT_EQ((*registry)->Below("340111401", Level::kBuilding).size(), 2u);
  EXPECT_EQ((*registry)->Find("340111400")->name, "滨湖世纪社区");
  EXPECT_TRUE((*registry)->Knows("340111400001-CJ-07"));
}

TEST(DemonstrationRegistry, HouseholdsAddUp) {
  const auto registry = Registry::Load(DEMONSTRATION_AREAS);
  ASSERT_TRUE(registry.ok()) << registry.status();
  for (Level level : {Level::kDistrict, Level::kStreet, Level::kCommittee, Level::kCompound}) {
    for (const Area& area : (*registry)->Below("34", level)) {
      const std::vector<Area> parts =
          (*registry)->Below(area.code, static_cast<Level>(static_cast<int>(level) + 1));
      int sum = 0;
      for (const Area& part : parts) sum += part.households;
      EXPECT_EQ(sum, area.households) << area.code;
      EXPECT_FALSE(parts.empty()) << area.code;
    }
  }
}

}  // namespace
}  // namespace firstfloor::area
