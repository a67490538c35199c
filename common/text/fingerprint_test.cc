#include "common/text/fingerprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace firstfloor::text {
namespace {

constexpr absl::string_view kKey = "0123456789abcdef";

std::set<Feature::Key> Keys(const Fingerprint& print) {
  std::set<Feature::Key> keys;
  for (const Feature feature : print.features()) keys.insert(feature.key());
  return keys;
}

size_t Count(const Fingerprint& print, Feature::Kind kind) {
  return std::count_if(print.features().begin(), print.features().end(),
                       [kind](Feature feature) { return feature.kind() == kind; });
}

// `count` characters that no lexicon knows, no two the same.
std::string Names(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const int c = 0x9000 + i;
    absl::StrAppend(&text, std::string(1, 0xE0 | c >> 12), std::string(1, 0x80 | (c >> 6 & 0x3F)),
                    std::string(1, 0x80 | (c & 0x3F)));
  }
  return text;
}

TEST(Fingerprint, HoldsCharactersPairsAndMattersButNoFormulas) {
  const Fingerprint print = Fingerprinter(kKey).Of("翠屏里", "请问电梯");
  EXPECT_EQ(Count(print, Feature::kCharacter), 3u);
  EXPECT_EQ(Count(print, Feature::kPair), 2u);
  EXPECT_EQ(Count(print, Feature::kMatter), 1u);
}

TEST(Fingerprint, IsTheSameForTheSameTextAndKey) {
  EXPECT_EQ(Fingerprinter(kKey).Of("翠屏里漏水", "三天了").Serialize(),
            Fingerprinter(kKey).Of("翠屏里漏水", "三天了").Serialize());
}

TEST(Fingerprint, HasNothingInCommonUnderAnotherKey) {
  const std::set<Feature::Key> one = Keys(Fingerprinter(kKey).Of("翠屏里漏水", "三号楼三天了"));
  const std::set<Feature::Key> other =
      Keys(Fingerprinter("fedcba9876543210").Of("翠屏里漏水", "三号楼三天了"));
  std::vector<Feature::Key> both;
  std::set_intersection(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(both));
  EXPECT_TRUE(both.empty());
}

TEST(Fingerprint, HoldsNoWordOfTheText) {
  const std::string bytes = Fingerprinter(kKey).Of("翠屏里三号楼漏水", "电话13000000000").Serialize();
  for (const absl::string_view word : {"翠", "楼", "漏水", "13000000000"}) {
    EXPECT_EQ(bytes.find(std::string(word)), std::string::npos) << word;
  }
}

// The weight of the character that only the body has, or only the headline if the body has none.
double WeightOf(absl::string_view headline, absl::string_view body) {
  const Fingerprint print = Fingerprinter(kKey).Of(headline, body);
  const auto in_body = std::find_if(print.features().begin(), print.features().end(),
                                    [](Feature feature) { return !feature.in_headline(); });
  return (in_body == print.features().end() ? print.features().front() : *in_body).weight();
}

TEST(Fingerprint, MakesMoreOfTheHeadlineAndOfWhatIsRepeated) {
  EXPECT_EQ(WeightOf("翠", "屏"), 1) << "one mention in the body";
  EXPECT_GT(WeightOf("翠", "屏，屏，屏"), WeightOf("翠", "屏"));
  EXPECT_GT(WeightOf("翠", "屏，屏，屏，屏"), WeightOf("翠", "屏，屏，屏"));
  EXPECT_GT(WeightOf("翠", ""), WeightOf("翠", "屏"));
  EXPECT_GT(WeightOf("翠", "翠"), WeightOf("翠", ""));
}

TEST(Fingerprint, TakesTheBeginningOfTheBodyForAMissingHeadline) {
  const std::string body = absl::StrCat(Names(20), "，其余");
  const Fingerprint print = Fingerprinter(kKey).Of("…", body);
  const auto in_headline = std::count_if(print.features().begin(), print.features().end(),
                                         [](Feature feature) { return feature.in_headline(); });
  EXPECT_EQ(in_headline, 20 + 19) << "twenty characters and the pairs between them";
  EXPECT_LT(in_headline, static_cast<long>(print.features().size()));
}

TEST(Fingerprint, IsBoundedHoweverLongTheText) {
  std::string body;
  for (const std::string& matter : Lexicon::BuiltIn().matters()) absl::StrAppend(&body, matter, "，");
  const Fingerprint print = Fingerprinter(kKey).Of(Names(500), body + Names(2000));
  EXPECT_LE(Count(print, Feature::kCharacter) + Count(print, Feature::kPair), Fingerprint::kMostNames);
  EXPECT_LE(Count(print, Feature::kMatter), Fingerprint::kMostMatters);
  EXPECT_LE(print.Serialize().size(), Fingerprint::kMostBytes);
  EXPECT_LE(Fingerprint::kMostBytes, 1024u);
}

TEST(Fingerprint, ComesBackFromItsBytes) {
  const Fingerprint print = Fingerprinter(kKey).Of("翠屏里三号楼漏水", "厨房的顶漏水，漏了三天");
  const auto parsed = Fingerprint::Parse(print.Serialize());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->Serialize(), print.Serialize());
  const auto empty = Fingerprint::Parse(Fingerprinter(kKey).Of("", "").Serialize());
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_TRUE(empty->features().empty());
}

TEST(Fingerprint, IsRefusedWhenItsBytesWereAltered) {
  const std::string bytes = Fingerprinter(kKey).Of("翠屏里三号楼漏水", "厨房").Serialize();
  std::string other_version = bytes, unordered = bytes, none = bytes, no_kind = bytes;
  other_version[0] = 2;
  std::swap_ranges(unordered.begin() + 1, unordered.begin() + 5, unordered.begin() + 5);
  none[1] &= ~7;     // spoken of nowhere
  no_kind[1] |= 24;  // a fourth kind
  for (const std::string& altered :
       {std::string(), other_version, unordered, none, no_kind, bytes.substr(0, bytes.size() - 1),
        bytes + bytes.substr(1, 4), std::string(1, 1) + std::string(Fingerprint::kMostBytes + 3, 'x')}) {
    const auto parsed = Fingerprint::Parse(altered);
    ASSERT_FALSE(parsed.ok()) << altered.size();
    EXPECT_EQ(error::ReasonOf(parsed.status()), "FINGERPRINT_BROKEN");
  }
}

}  // namespace
}  // namespace firstfloor::text
