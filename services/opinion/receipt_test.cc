#include "services/opinion/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/privacy/keyring.h"

namespace firstfloor::opinion::receipt {
namespace {

constexpr int kCodes = 2000;

TEST(ReceiptCodes, AreFourteenCharactersThatNobodyConfuses) {
  for (int i = 0; i < kCodes; ++i) {
    EXPECT_THAT(NewCode(),
                ::testing::MatchesRegex("[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}-"
                                        "[2-9A-HJKMNP-TV-Z]{2}"));
  }
}

TEST(ReceiptCodes, AreNeverTheSameAndPreferNoCharacter) {
  std::set<std::string> codes;
  std::map<char, int> seen;
  for (int i = 0; i < kCodes; ++i) {
    const std::string code = NewCode();
    codes.insert(code);
    for (const char c : code) ++seen[c];
  }
  EXPECT_EQ(codes.size(), static_cast<size_t>(kCodes));
  seen.erase('-');
  EXPECT_EQ(seen.size(), 30u);
  // Of 28,000 drawn each is expected 933 times, with a standard deviation of 30: these are six of them.
  for (const auto& [character, times] : seen) {
    EXPECT_GT(times, 753) << character;
    EXPECT_LT(times, 1113) << character;
  }
}

TEST(ReceiptCodes, AreFoundHoweverTheyWereTyped) {
  const std::string file = ::testing::TempDir() + "/receipt_test.json";
  std::remove(file.c_str());  // of a run before
  ASSERT_TRUE(privacy::Keyring::Generate(file, "k1").ok());
  const auto keyring = privacy::Keyring::Load(file);
  ASSERT_TRUE(keyring.ok()) << keyring.status();
  const std::string index = IndexOf("K7PM-3QXA-9FTR-V2", **keyring);
  EXPECT_EQ(IndexOf("k7pm 3qxa 9ftr v2", **keyring), index);
  EXPECT_EQ(IndexOf("K7PM3QXA9FTRV2", **keyring), index);
  EXPECT_NE(IndexOf("K7PM-3QXA-9FTR-V3", **keyring), index);
  EXPECT_EQ(index.find("K7PM"), std::string::npos);
}

}  // namespace
}  // namespace firstfloor::opinion::receipt
