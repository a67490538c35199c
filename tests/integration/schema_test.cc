// A program and a schema of another release.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/db/connection.h"
#include "common/telemetry/admin_client.h"
#include "common/testing/eventually.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using testing::Eventually;
using testing::Programs;

constexpr char kList[] = "firstfloor.opinion.v1.OpinionService.ListOpinions";
constexpr char kCommunity[] = "340111400";

class OtherSchema : public ::testing::Test {
 protected:
  OtherSchema() : root_(programs_.mariadb().Root("opinion")) {
    programs_.Start("opinion");
    programs_.WaitUntilReady("opinion");
    EXPECT_EQ(programs_.Terminate("opinion"), 0);
  }
  void Execute(const std::string& statement) {
    const absl::Status done = root_.ExecuteText(statement);
    EXPECT_TRUE(done.ok()) << done;
  }
  absl::StatusCode List() {
    rpc::CallOptions options;
    options.deadline = absl::Now() + absl::Seconds(5);
    options.token = programs_.Token({{api::v1::ROLE_STEWARD, kCommunity}}, "steward");
    opinion::v1::ListOpinionsRequest request;
    request.set_area(kCommunity);
    opinion::v1::ListOpinionsResponse reply;
    return programs_.client("opinion").Ask(kList, request, reply, options).code();
  }
  std::string NotReadyBecause() {
    return telemetry::HttpGet(programs_.admin_port("opinion"), "/readyz").body;
  }

  Programs programs_;
  db::Connection root_;
};

TEST_F(OtherSchema, ThatIsOlderIsWaitedFor) {
  Execute("CREATE TABLE kept AS SELECT * FROM schema_migration ORDER BY number DESC LIMIT 1");
  Execute("DELETE FROM schema_migration WHERE number = (SELECT number FROM kept)");
  programs_.Serve("opinion");
  EXPECT_TRUE(Eventually([this] { return NotReadyBecause().find("schema is at") != std::string::npos; }));
  EXPECT_EQ(List(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(programs_.IsRunning("opinion"));
  Execute("INSERT INTO schema_migration SELECT * FROM kept");
  programs_.WaitUntilReady("opinion");
  EXPECT_TRUE(Eventually([this] { return List() == absl::StatusCode::kOk; }));
}

TEST_F(OtherSchema, ThatIsNewerIsAccepted) {
  Execute(
      "INSERT INTO schema_migration SELECT number + 1, 'of_the_next_release', checksum, state, "
      "applied_time FROM schema_migration ORDER BY number DESC LIMIT 1");
  programs_.Serve("opinion");
  programs_.WaitUntilReady("opinion");
  EXPECT_TRUE(Eventually([this] { return List() == absl::StatusCode::kOk; }));
}

}  // namespace
}  // namespace firstfloor
