#include "common/auth/issuer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "common/auth/authenticator.h"

namespace firstfloor::auth {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kIssuer[] = "issuer-1";
constexpr char kAudience[] = "firstfloor";

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

class IssuerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "issuer_test.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    ASSERT_TRUE(GenerateKeys(folder_, "local-1").ok());
    auto issuer = Issuer::Create(folder_ + "/signing.jwk", kIssuer, kAudience);
    ASSERT_TRUE(issuer.ok()) << issuer.status();
    issuer_ = *std::move(issuer);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Identity Steward() {
    Identity identity;
    identity.kind = Identity::Kind::kPerson;
    identity.subject = "person-1";
    identity.roles = {{api::v1::ROLE_STEWARD, "340111400"}, {api::v1::ROLE_RESIDENT, "340111400001-CJ-07"}};
    identity.may_date_back = true;
    return identity;
  }

  std::string folder_;
  std::unique_ptr<Issuer> issuer_;
};

mode_t ModeOf(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

TEST_F(IssuerTest, WritesKeysThatOnlyTheOwnerCanSignWith) {
  EXPECT_EQ(ModeOf(folder_ + "/signing.jwk"), 0600u);
  EXPECT_EQ(ModeOf(folder_ + "/jwks.json"), 0644u);
  const json jwks = json::parse(ReadAll(folder_ + "/jwks.json"));
  ASSERT_EQ(jwks["keys"].size(), 1u);
  EXPECT_EQ(jwks["keys"][0]["kid"], "local-1");
  EXPECT_EQ(jwks["keys"][0]["alg"], "ES256");
  EXPECT_FALSE(jwks["keys"][0].contains("d"));
  EXPECT_TRUE(json::parse(ReadAll(folder_ + "/signing.jwk")).contains("d"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2);
}

TEST_F(IssuerTest, IssuesTokensThatVerify) {
  const auto authenticator =
      *Authenticator::Create({.jwks_file = folder_ + "/jwks.json", .issuer = kIssuer, .audience = kAudience});
  const auto token = issuer_->Issue(Steward(), kNow, kNow + absl::Hours(24));
  ASSERT_TRUE(token.ok()) << token.status();
  const auto identity = authenticator->Verify(*token, kNow);
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ((*identity)->subject, "person-1");
  EXPECT_TRUE((*identity)->may_date_back);
  ASSERT_EQ((*identity)->roles.size(), 2u);
  EXPECT_EQ((*identity)->roles[1].role, api::v1::ROLE_RESIDENT);
  EXPECT_EQ((*identity)->roles[1].area, "340111400001-CJ-07");
  EXPECT_EQ((*identity)->expires, kNow + absl::Hours(24));
}

TEST_F(IssuerTest, RefusesWhatNoServiceWouldTake) {
  const absl::Time soon = kNow + absl::Hours(1);
  const auto refuses = [&](const Identity& identity, absl::Time expires) {
    return issuer_->Issue(identity, kNow, expires).status().code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_FALSE(refuses(Steward(), soon));
  EXPECT_TRUE(refuses(Steward(), kNow));
  EXPECT_TRUE(refuses(Steward(), kNow + absl::Hours(24) + absl::Seconds(1)));
  Identity identity = Steward();
  identity.kind = Identity::Kind::kService;
  EXPECT_TRUE(refuses(identity, soon));
  identity = Steward();
  identity.subject = "";
  EXPECT_TRUE(refuses(identity, soon));
  identity = Steward();
  identity.roles[0].role = api::v1::ROLE_UNSPECIFIED;
  EXPECT_TRUE(refuses(identity, soon));
  identity = Steward();
  identity.roles[0].area = "";
  EXPECT_TRUE(refuses(identity, soon));
  identity = Steward();
  identity.roles.assign(33, identity.roles[0]);
  EXPECT_TRUE(refuses(identity, soon));
}

TEST_F(IssuerTest, RefusesFilesThatAreNotSigningKeys) {
  EXPECT_FALSE(Issuer::Create(folder_ + "/missing.jwk", kIssuer, kAudience).ok());
  EXPECT_FALSE(Issuer::Create(folder_ + "/jwks.json", kIssuer, kAudience).ok());
  const std::string other = folder_ + "/other.jwk";
  const json public_key = json::parse(ReadAll(folder_ + "/jwks.json"))["keys"][0];
  for (const std::string& content : {public_key.dump(), std::string("[]")}) {
    std::ofstream(other, std::ios::binary) << content;
    EXPECT_FALSE(Issuer::Create(other, kIssuer, kAudience).ok()) << content;
  }
}

TEST_F(IssuerTest, RefusesToWriteWhereItCannot) {
  EXPECT_FALSE(GenerateKeys(folder_ + "/missing", "local-1").ok());
  EXPECT_FALSE(GenerateKeys(folder_, "").ok());
  EXPECT_FALSE(GenerateKeys(folder_, "a/b").ok());
}

}  // namespace
}  // namespace firstfloor::auth
