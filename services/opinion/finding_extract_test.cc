#include "services/opinion/finding_extract.h"

#include <gtest/gtest.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/privacy/keyring.h"

namespace firstfloor::opinion {
namespace {

constexpr char kText[] = "翠屏里三号楼的电梯又停了，住户702室";

// A key file of its own.
std::unique_ptr<privacy::Keyring> Keys(const std::string& name) {
  const std::string file = absl::StrCat(::testing::TempDir(), "/", name, ".json");
  std::remove(file.c_str());
  EXPECT_TRUE(privacy::Keyring::Generate(file, "k1").ok());
  auto keyring = privacy::Keyring::Load(file);
  EXPECT_TRUE(keyring.ok()) << keyring.status();
  return *std::move(keyring);
}

TEST(Extract, IsTheSameAfterBeingWrittenAndRead) {
  const auto keys = Keys("extract_same");
  const Extract extract = Extractor(*keys).OfText(kText);
  ASSERT_FALSE(extract.empty());
  const auto read = Extract::Parse(extract.Serialize());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->Serialize(), extract.Serialize());
  EXPECT_EQ(read->terms, extract.terms);
}

TEST(Extract, HoldsNoWordOfTheText) {
  const auto keys = Keys("extract_words");
  const std::string bytes = Extractor(*keys).OfText(kText).Serialize();
  for (const char* word : {"翠屏", "电梯", "702"}) EXPECT_EQ(bytes.find(word), std::string::npos) << word;
}

TEST(Extract, IsEmptyOfNothing) {
  const auto keys = Keys("extract_empty");
  EXPECT_TRUE(Extractor(*keys).OfText("").empty());
  EXPECT_TRUE(Extractor(*keys).OfText("……！").empty());
}

TEST(Extract, IsReadFromNothingElse) {
  const auto keys = Keys("extract_broken");
  const std::string bytes = Extractor(*keys).OfText(kText).Serialize();
  for (const std::string& broken : {std::string(), std::string("\x01"), bytes.substr(0, bytes.size() - 1),
                                    bytes + "x", bytes.substr(2)}) {
    EXPECT_EQ(error::ReasonOf(Extract::Parse(broken).status()).empty(), false) << broken.size();
  }
}

TEST(Extract, KnowsTheSameReporterBySubjectOrByItsIndex) {
  const auto keys = Keys("extract_reporter");
  const Extractor extractor(*keys);
  EXPECT_EQ(extractor.ReporterOf("zhang"), Extractor::ReporterOfIndex(keys->BlindIndex("subject", "zhang")));
  EXPECT_NE(extractor.ReporterOf("zhang"), extractor.ReporterOf("li"));
  EXPECT_EQ(extractor.ReporterOf(""), 0u);
}

}  // namespace
}  // namespace firstfloor::opinion
