#include "services/outreach/check_in_code.h"

#include <set>

#include "common/error/error.h"
#include "common/privacy/keyring.h"
#include "common/testing/place.h"
#include "gtest/gtest.h"

namespace firstfloor::outreach::check_in_code {
namespace {

constexpr char kSession[] = "sessions/01900000-0000-7000-8000-000000000001";
constexpr char kOther[] = "sessions/01900000-0000-7000-8000-000000000002";
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'010);  // in the middle of nothing special

class CheckInCode : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(privacy::Keyring::Generate(folder_.path() + "/keys.json", "k1").ok());
    keyring_ = *privacy::Keyring::Load(folder_.path() + "/keys.json");
  }
  std::string Reason(absl::string_view session, absl::string_view code, absl::Time now) {
    return error::ReasonOf(Check(*keyring_, session, code, now));
  }

  testing::PrivateFolder folder_;
  std::unique_ptr<privacy::Keyring> keyring_;
};

TEST_F(CheckInCode, IsAcceptedInItsStepAndOneBeforeAndAfter) {
  const std::string code = At(*keyring_, kSession, kNow);
  EXPECT_EQ(code.size(), 8u);
  EXPECT_TRUE(Check(*keyring_, kSession, code, kNow).ok());
  EXPECT_TRUE(Check(*keyring_, kSession, code, kNow + kStep).ok());
  EXPECT_TRUE(Check(*keyring_, kSession, code, kNow - kStep).ok());
}

TEST_F(CheckInCode, ExpiresAfterOneStepMore) {
  const std::string code = At(*keyring_, kSession, kNow);
  EXPECT_EQ(Reason(kSession, code, kNow + 2 * kStep), "CODE_EXPIRED");
  EXPECT_EQ(Reason(kSession, code, kNow + 20 * kStep), "CODE_EXPIRED");
  EXPECT_EQ(Reason(kSession, code, kNow + 21 * kStep), "CODE_WRONG");
  EXPECT_EQ(Reason(kSession, code, kNow - 2 * kStep), "CODE_WRONG");
}

TEST_F(CheckInCode, BelongsToOneSession) {
  EXPECT_EQ(Reason(kOther, At(*keyring_, kSession, kNow), kNow), "CODE_WRONG");
}

TEST_F(CheckInCode, MayBeTypedInAnyCase) {
  std::string code = At(*keyring_, kSession, kNow);
  for (char& c : code) c = static_cast<char>(std::tolower(c));
  EXPECT_TRUE(Check(*keyring_, kSession, code, kNow).ok());
}

TEST_F(CheckInCode, WrongLengthsAreWrongCodes) {
  const std::string code = At(*keyring_, kSession, kNow);
  EXPECT_EQ(Reason(kSession, "", kNow), "CODE_WRONG");
  EXPECT_EQ(Reason(kSession, code.substr(0, 7), kNow), "CODE_WRONG");
  EXPECT_EQ(Reason(kSession, code + "0", kNow), "CODE_WRONG");
  EXPECT_EQ(Reason(kSession, std::string(8, '\0'), kNow), "CODE_WRONG");
}

TEST_F(CheckInCode, ChangesWithEveryStep) {
  std::set<std::string> codes;
  for (int step = 0; step < 1000; ++step) codes.insert(At(*keyring_, kSession, kNow + step * kStep));
  EXPECT_EQ(codes.size(), 1000u);
  EXPECT_EQ(At(*keyring_, kSession, ChangesAt(kNow) - absl::Seconds(1)), At(*keyring_, kSession, kNow));
  EXPECT_NE(At(*keyring_, kSession, ChangesAt(kNow)), At(*keyring_, kSession, kNow));
}

}  // namespace
}  // namespace firstfloor::outreach::check_in_code
