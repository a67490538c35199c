#include "services/opinion/taxonomy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <utility>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "services/opinion/category_model.h"

ABSL_DECLARE_FLAG(std::string, taxonomy_file);

namespace firstfloor::opinion {
namespace {

using ::testing::HasSubstr;

constexpr char kHeader[] = "category,workdays,name\n";

// A file of its own, which goes with the test.
class File {
 public:
  File(const std::string& name, const std::string& content) : path_(::testing::TempDir() + name) {
    std::ofstream(path_) << content;
  }
  ~File() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

TEST(Taxonomy, OfTheProgramKnowsItsTwoLevels) {
  const Taxonomy& built_in = Taxonomy::BuiltIn();
  EXPECT_TRUE(built_in.Knows("SAFETY"));
  EXPECT_TRUE(built_in.Knows("SAFETY.FIRE"));
  EXPECT_FALSE(built_in.Knows("SAFETY.FIRE.ALARM"));
  EXPECT_FALSE(built_in.Knows("FIRE"));
  EXPECT_FALSE(built_in.Knows(""));
  EXPECT_EQ(built_in.WorkdaysToAnswer("SAFETY.FIRE"), 2);
  EXPECT_EQ(built_in.WorkdaysToAnswer(""), 5);
  EXPECT_TRUE(taxonomy::Knows("SAFETY.FIRE")) << "in force where no other is set";
}

TEST(Taxonomy, IsRefusedWithTheLineAtFault) {
  const std::pair<std::string, std::string> faults[] = {
      {"", "line 1: the header"},
      {"category,name\n", "line 1: the header"},
      {kHeader, "there are no categories"},
      {absl::StrCat(kHeader, "WATER,3\n"), "line 2: has not three fields"},
      {absl::StrCat(kHeader, "water,3,水\n"), "line 2: the category"},
      {absl::StrCat(kHeader, "WATER.,3,水\n"), "line 2: the category"},
      {absl::StrCat(kHeader, "WATER,3,水\nWATER.TAP.HOT,3,热水\n"), "line 3: the category"},
      {absl::StrCat(kHeader, "WATER,0,水\n"), "line 2: the working days"},
      {absl::StrCat(kHeader, "WATER,91,水\n"), "line 2: the working days"},
      {absl::StrCat(kHeader, "WATER,soon,水\n"), "line 2: the working days"},
      {absl::StrCat(kHeader, "WATER,3,\n"), "line 2: has no name"},
      {absl::StrCat(kHeader, "WATER,3,水\n\nWATER,4,水\n"), "line 4: the category is there already"},
      {absl::StrCat(kHeader, "WATER.TAP,3,龙头\n"), "line 2: its first level"},
  };
  for (const auto& [csv, why] : faults) {
    const absl::Status status = Taxonomy::Parse(csv).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << why;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
  }
}

TEST(Taxonomy, OfACommunityIsReadFromItsFileOnce) {
  const absl::FlagSaver saver;
  const File file("own.csv", absl::StrCat(kHeader, "WATER.TAP,4,龙头\r\nWATER,3,水\r\n"));
  absl::SetFlag(&FLAGS_taxonomy_file, file.path());
  const auto own = taxonomy::FromFlags();
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_TRUE(own->Knows("WATER.TAP"));
  EXPECT_FALSE(own->Knows("SAFETY"));
  EXPECT_EQ(own->WorkdaysToAnswer("WATER.TAP"), 4);

  const File wrong("wrong.csv", absl::StrCat(kHeader, "WATER.TAP,4,龙头\n"));
  absl::SetFlag(&FLAGS_taxonomy_file, wrong.path());
  EXPECT_THAT(std::string(taxonomy::FromFlags().status().message()),
              AllOf(HasSubstr("--taxonomy_file: "), HasSubstr("line 2")));
  absl::SetFlag(&FLAGS_taxonomy_file, "/nowhere");
  EXPECT_THAT(std::string(taxonomy::FromFlags().status().message()), HasSubstr("cannot read /nowhere"));
}

TEST(Taxonomy, FindsACategoryByItsLevelsCodesOrNames) {
  const Taxonomy& built_in = Taxonomy::BuiltIn();
  EXPECT_EQ(built_in.CategoryOf("SAFETY", ""), "SAFETY");
  EXPECT_EQ(built_in.CategoryOf("SAFETY", "FIRE"), "SAFETY.FIRE");
  EXPECT_EQ(built_in.CategoryOf("SAFETY", "SAFETY.FIRE"), "SAFETY.FIRE");
  EXPECT_EQ(built_in.CategoryOf("安全", "消防"), "SAFETY.FIRE");
  EXPECT_EQ(built_in.CategoryOf("安全", "FIRE"), "SAFETY.FIRE");
  for (const auto& [first, second] : {std::pair("", ""),
                                      {"FIRE", ""},
                                      {"消防", ""},
                                      {"SAFETY", "NOISE"},
                                      {"SAFETY", "NEIGHBOUR.NOISE"},
                                      {"SAFETY", "SAFETY"},
                                      {"安全", "噪音"}}) {
    EXPECT_EQ(built_in.CategoryOf(first, second), "") << first << " " << second;
  }
  // A name that two have says nothing.
  const auto twice = Taxonomy::Parse(absl::StrCat(kHeader, "A,1,同名\nB,1,同名\n"));
  EXPECT_EQ(twice->CategoryOf("同名", ""), "");
}

TEST(Training, ReadsWhatOperatorsSupply) {
  std::string lines;
  for (int i = 0; i < 5; ++i) {
    absl::StrAppend(
        &lines, R"({"text": "楼道消防栓没有水", "category": "SAFETY.FIRE"})", "\n",
        R"({"title": "夜里装修", "body": "隔壁夜里装修噪音很大", "l1": "NEIGHBOUR", "l2": "NOISE"})", "\n",
        R"({"title": "停车", "body": "小区停车位被占了", "l1": "交通", "l2": "停车"})", "\n",
        R"({"body": "广场舞活动室想要多开几次", "l1": "SERVICE"})", "\n");
  }
  const File file("texts.jsonl", lines);
  const absl::StatusOr<std::string> model = TrainCategories(file.path());
  ASSERT_TRUE(model.ok()) << model.status();
  for (const char* category : {"SAFETY.FIRE", "NEIGHBOUR.NOISE", "TRAFFIC.PARKING", "SERVICE"}) {
    EXPECT_THAT(*model, HasSubstr(category));
  }
  for (const char* wrong :
       {R"({"text": "楼道", "l1": "SAFETY", "l2": "NOISE"})", R"({"text": "楼道", "l2": "FIRE"})",
        R"({"text": "楼道", "category": "NOWHERE"})", R"({"text": "楼道"})"}) {
    const File bad("bad.jsonl", absl::StrCat(lines, wrong, "\n"));
    EXPECT_THAT(std::string(TrainCategories(bad.path()).status().message()), HasSubstr("line 21")) << wrong;
  }
}

}  // namespace
}  // namespace firstfloor::opinion
