#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/error/error.h"
#include "common/resource/table.h"

namespace firstfloor::resource {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1'700'000'000'000);

TEST(NewName, IsAVersion7UuidThatBeginsWithTheMilliseconds) {
  const std::string name = NewName("opinions", kNow);
  EXPECT_THAT(name,
              ::testing::MatchesRegex("opinions/018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
}

TEST(NewName, SortsByTheTimeGiven) {
  const absl::Time later = kNow + absl::Hours(1);
  const std::string first = NewName("opinions", later);
  const std::string second = NewName("opinions", later + absl::Microseconds(3));
  const std::string third = NewName("opinions", later + absl::Hours(1));
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST(NewName, GrowsWhileTheClockStandsStillOrStepsBack) {
  std::vector<std::string> names;
  for (int i = 0; i < 20'000; ++i) names.push_back(NewName("opinions", kNow - absl::Milliseconds(i % 7)));
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end(), std::less_equal<>()));
}

TEST(NewName, IsNeverTheSameInTwoThreads) {
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& names : made) {
    threads.emplace_back([&names] {
      for (int i = 0; i < 5'000; ++i) names.push_back(NewName("opinions", kNow).substr(0, 27));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& names : made) all.insert(names.begin(), names.end());
  EXPECT_EQ(all.size(), 20'000u);
}

TEST(DerivedName, IsTheSameForTheSameSeedOnly) {
  const std::string name = DerivedName("cases", "events/1 case");
  EXPECT_EQ(name, DerivedName("cases", "events/1 case"));
  EXPECT_NE(name, DerivedName("cases", "events/2 case"));
  EXPECT_NE(name.substr(6), DerivedName("order", "events/1 case").substr(6));
  EXPECT_TRUE(IdOf("cases", name).ok());
}

TEST(IdOf, TakesBackWhatNameOfGave) {
  const std::string name = NewName("opinions", kNow);
  const auto id = IdOf("opinions", name);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->size(), 16u);
  EXPECT_EQ(NameOf("opinions", *id), name);
}

TEST(IdOf, RefusesWhatIsNotExactlyAName) {
  const std::string uuid = "018bcfe5-6800-7abc-8abc-0123456789ab";
  EXPECT_TRUE(IdOf("opinions", "opinions/" + uuid).ok());
  for (const std::string& name :
       {"orders/" + uuid, "opinions" + uuid, uuid, "opinions/" + uuid + "0", "opinions/" + uuid.substr(1),
        std::string("opinions/018BCFE5-6800-7abc-8abc-0123456789ab"),
        std::string("opinions/018bcfe5x6800-7abc-8abc-0123456789ab"),
        std::string("opinions/018bcfe5-6800-7abc-8abc-0123456789ag"), std::string("opinions/"),
        std::string("opinions"), std::string()}) {
    EXPECT_EQ(error::ReasonOf(IdOf("opinions", name).status()), "INVALID_FIELD") << name;
  }
}

TEST(Uuid, GoesToBytesAndBack) {
  const std::string uuid = NewUuid();
  EXPECT_EQ(uuid[14], '4');
  EXPECT_EQ(UuidText(UuidBytes(uuid)), uuid);
  EXPECT_EQ(UuidBytes("00ff0000-0000-4000-8000-000000000001").substr(0, 2), std::string("\x00\xff", 2));
  EXPECT_EQ(UuidText("short"), "");
  EXPECT_NE(NewUuid(), uuid);
}

TEST(VersionOf, TakesCanonicalNumbersOnly) {
  EXPECT_EQ(VersionOf("1").value(), 1);
  EXPECT_EQ(VersionOf("9000000000").value(), 9'000'000'000);
  for (const char* etag : {"", "0", "-1", "+1", "01", " 1", "1 ", "x", "99999999999999999999"}) {
    EXPECT_EQ(error::ReasonOf(VersionOf(etag).status()), "INVALID_FIELD") << etag;
  }
}

}  // namespace
}  // namespace firstfloor::resource
