// The stories of this folder, told to the suite as it is deployed by clients that know no more than the
// protos or /openapi.json.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/testing/process.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using testing::Programs;

class Story : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    programs_ = new Programs();
    programs_->StartAll();
    programs_->StartGateway();
    programs_->WaitUntilReady("gateway");
  }
  static void TearDownTestSuite() { delete programs_; }

  static std::string Address(const std::string& name) {
    return absl::StrCat("127.0.0.1:", programs_->port(name));
  }

  static Programs* programs_;
};

Programs* Story::programs_ = nullptr;

TEST_P(Story, IsToldToItsEnd) {
  const std::string output = absl::StrCat(programs_->folder(), "/", GetParam(), ".log");
  const int code = testing::RunToEnd(
      {"env", "FIRSTFLOOR_OPINION=" + Address("opinion"),
       "FIRSTFLOOR_DELIBERATION=" + Address("deliberation"), "FIRSTFLOOR_VOLUNTEER=" + Address("volunteer"),
       "FIRSTFLOOR_GATEWAY=https://" + Address("gateway"), "FIRSTFLOOR_CA=" + programs_->ca_file(),
       absl::StrCat("FIRSTFLOOR_SIGNING_KEY=", programs_->folder(), "/signing.jwk"),
       absl::StrCat("FIRSTFLOOR_ISSUER=", Programs::IssuerName()), "timeout", "60",
       FIRSTFLOOR_SOURCE_DIR "/tests/clients/run.sh", GetParam()},
      {.output = output});
  std::stringstream told;
  told << std::ifstream(output).rdbuf();
  EXPECT_EQ(code, 0) << told.str();
}

INSTANTIATE_TEST_SUITE_P(Clients, Story, ::testing::Values("node", "python", "curl", "typescript", "openapi"),
                         [](const auto& client) { return std::string(client.param); });

}  // namespace
}  // namespace firstfloor
