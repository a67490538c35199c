#include "common/auth/seen.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace firstfloor::auth {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::shared_ptr<const Identity> ExpiringAt(absl::Time expires) {
  Identity identity;
  identity.expires = expires;
  return std::make_shared<const Identity>(identity);
}

TEST(SeenTokens, AreBoundedByNumber) {
  SeenTokens seen;
  for (int i = 0; i < 150'000; ++i) {
    seen.Remember(absl::StrCat("token-", i), ExpiringAt(kNow + absl::Hours(1)), 0, kNow);
  }
  EXPECT_LE(seen.size(), 100'000u);
  EXPECT_GE(seen.size(), 70'000u);
  EXPECT_NE(seen.Find("token-149999", kNow), nullptr);
}

TEST(SeenTokens, AreBoundedByBytes) {
  SeenTokens seen;
  const std::string padding(8000, 'x');
  for (int i = 0; i < 10'000; ++i) {
    seen.Remember(absl::StrCat(padding, i), ExpiringAt(kNow + absl::Hours(1)), 0, kNow);
  }
  EXPECT_LE(seen.size(), (64u << 20) / padding.size());
  EXPECT_GE(seen.size(), 5'000u);
}

TEST(SeenTokens, GiveWayOnceTheyHaveExpired) {
  SeenTokens seen;
  for (int i = 0; i < 150'000; ++i) {
    seen.Remember(absl::StrCat("old-", i), ExpiringAt(kNow + absl::Seconds(1)), 0, kNow);
  }
  const absl::Time later = kNow + absl::Seconds(2);
  for (int i = 0; i < 60'000; ++i) {
    seen.Remember(absl::StrCat("new-", i), ExpiringAt(later + absl::Hours(1)), 0, later);
  }
  for (int i = 0; i < 60'000; ++i) ASSERT_NE(seen.Find(absl::StrCat("new-", i), later), nullptr) << i;
  EXPECT_EQ(seen.size(), 60'000u);
}

TEST(SeenTokens, TakeNothingFromKeysThatWereReplaced) {
  SeenTokens seen;
  seen.Begin(2);
  seen.Remember("late", ExpiringAt(kNow + absl::Hours(1)), 1, kNow);
  seen.Remember("fresh", ExpiringAt(kNow + absl::Hours(1)), 2, kNow);
  seen.Remember("over", ExpiringAt(kNow), 2, kNow);
  EXPECT_EQ(seen.Find("late", kNow), nullptr);
  EXPECT_EQ(seen.Find("over", kNow), nullptr);
  EXPECT_NE(seen.Find("fresh", kNow), nullptr);
  EXPECT_EQ(seen.size(), 1u);
}

}  // namespace
}  // namespace firstfloor::auth
