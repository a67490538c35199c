// The suite on what k8s/ gives it in production: three nodes of Galera behind an endpoint, and Redis with
// Sentinel. The node that takes all writes is lost under load, and so is Redis' primary; both come back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <map>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/db/transaction.h"
#include "common/resource/table.h"
#include "common/telemetry/admin_client.h"
#include "common/testing/eventually.h"
#include "common/testing/process.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "tests/fault/ledger.h"
#include "tests/operations/calls.h"
#include "tests/operations/galera.h"
#include "tests/operations/sentinel.h"
#include "tests/scenario/demo.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using testing::Galera;
using ::testing::IsEmpty;
using testing::Ledger;
using testing::Programs;
using testing::SentinelRedis;

constexpr absl::Duration kResumesWithin = absl::Seconds(15);
constexpr absl::Duration kPatience = absl::Seconds(60);

// The node that the endpoint leads to; -1 if it leads nowhere.
int64_t Writer(Galera& galera) {
  db::Connection endpoint(galera.Root());
  const auto rows = endpoint.Query("SELECT @@server_id");
  return rows.ok() ? rows->front().Int(0) - 1 : -1;
}

// Until a program takes a new opinion in; the request is sent again as a careful client does it.
absl::Duration UntilServed(Programs& programs, const std::string& token) {
  const absl::Time start = absl::Now();
  opinion::v1::SubmitOpinionRequest request;
  request.mutable_opinion()->set_area(testing::kBuilding);
  request.mutable_opinion()->set_channel(opinion::v1::OPINION_CHANNEL_HOTLINE);
  request.mutable_opinion()->set_kind(opinion::v1::OPINION_KIND_PROBLEM);
  request.mutable_opinion()->set_text("The light in the stairwell is broken.");
  request.set_request_id(resource::NewUuid());
  const auto served = [&] {
    opinion::v1::SubmitOpinionResponse response;
    return programs.client("opinion")
        .Ask("firstfloor.opinion.v1.OpinionService.SubmitOpinion", request, response,
             testing::As(token, absl::Seconds(2)))
        .ok();
  };
  EXPECT_TRUE(testing::Eventually(served, kPatience));
  return absl::Now() - start;
}

// Until Redis tells every program again what the others ring.
absl::Duration UntilHeard(Programs& programs) {
  const absl::Time start = absl::Now();
  for (const std::string& name : Programs::Names()) {
    const auto hears = [&] {
      return absl::StrContains(telemetry::HttpGet(programs.admin_port(name), "/metrics").body,
                               "\nfirstfloor_bell_hearing 1\n");
    };
    EXPECT_TRUE(testing::Eventually(hears, kPatience)) << name;
  }
  return absl::Now() - start;
}

// What a node holds of a service's log and of what became of it.
std::string Digest(Galera& galera, int node, const std::string& schema) {
  db::Connection connection(galera.RootAt(node, schema));
  const absl::StatusOr<db::Rows> rows =
      connection.Query("SELECT COUNT(*), COUNT(DISTINCT seq), MAX(seq), BIT_XOR(CRC32(body)) FROM event_log");
  if (!rows.ok()) return rows.status().ToString();
  return absl::StrCat(rows->front().Int(0), " ", rows->front().Int(1), " ", rows->front().Int(2), " ",
                      rows->front().Int(3));
}

class Failover : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { galera_ = new Galera(); }
  static void TearDownTestSuite() { delete galera_; }

  // How often transactions of the node have lost against those of another.
  static int64_t Conflicts(int node) {
    db::Connection connection(galera_->RootAt(node, ""));
    const auto rows = connection.Query(
        "SELECT CAST(SUM(VARIABLE_VALUE) AS SIGNED) FROM information_schema.GLOBAL_STATUS "
        "WHERE VARIABLE_NAME IN ('WSREP_LOCAL_CERT_FAILURES', 'WSREP_LOCAL_BF_ABORTS')");
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? rows->front().Int(0) : 0;
  }

  static Galera* galera_;
};

Galera* Failover::galera_ = nullptr;

// The logs' heads, once none of them has moved for three seconds.
std::map<std::string, int64_t> SettledHeads(Programs& programs) {
  std::map<std::string, int64_t> heads = testing::Heads(programs);
  absl::Time since = absl::Now();
  while (absl::Now() - since < absl::Seconds(3)) {
    absl::SleepFor(absl::Milliseconds(100));
    std::map<std::string, int64_t> now = testing::Heads(programs);
    if (now == heads) continue;
    heads = std::move(now);
    since = absl::Now();
  }
  return heads;
}

// What the endpoint spares the programs, but for the moments when it changes over: two nodes change one row.
TEST_F(Failover, ATransactionThatLosesAgainstAnotherNodesIsDoneAgain) {
  db::Connection root(galera_->RootAt(0, ""));
  ASSERT_TRUE(root.ExecuteText("CREATE DATABASE trial").ok());
  ASSERT_TRUE(root.ExecuteText("CREATE TABLE trial.counter (id INT PRIMARY KEY, n BIGINT NOT NULL)").ok());
  ASSERT_TRUE(root.ExecuteText("INSERT INTO trial.counter VALUES (1, 0)").ok());
  std::atomic<int> done{0};
  const auto count = [&](int node) {
    db::Connection connection(galera_->RootAt(node, "trial"));
    for (int i = 0; i < 100; ++i) {
      const absl::Status status =
          db::Run(connection, absl::Now() + absl::Seconds(10), [&](db::Transaction& tx) {
            const auto rows = tx.Query("SELECT n FROM counter WHERE id = 1 FOR UPDATE");
            if (!rows.ok()) return rows.status();
            return tx.Execute("UPDATE counter SET n = ? WHERE id = 1", {rows->front().Int(0) + 1}).status();
          });
      EXPECT_TRUE(status.ok() || absl::IsAborted(status)) << status;
      done += status.ok();
    }
  };
  std::thread first(count, 0);
  std::thread second(count, 1);
  first.join();
  second.join();
  db::Connection third(galera_->RootAt(2, "trial"));
  const auto rows = third.Query("SELECT n FROM counter");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->front().Int(0), done);
  EXPECT_GT(done, 100);
  EXPECT_GT(Conflicts(0) + Conflicts(1), 0) << "they never met";
}

TEST_F(Failover, NothingAcknowledgedIsLostWithTheDatabasesWriterAndRedisPrimary) {
  Galera& galera = *galera_;
  SentinelRedis redis;
  Programs programs(galera.Root(), redis.config());
  programs.StartAll();
  const std::string token = testing::StaffToken(programs);

  const std::string output = programs.folder() + "/demo.log";
  std::vector<std::string> first_month = testing::DemoCommand(programs);
  first_month.push_back("--until=2023-01-31");
  testing::Process demo(first_month, {.output = output});
  Ledger ledger(
      programs.client("opinion"),
      [&](int thread) {
        return programs.Token({{api::v1::ROLE_STEWARD, testing::kCommunity}},
                              absl::StrCat("steward-", thread));
      },
      2);

  ASSERT_TRUE(testing::Eventually([&] { return testing::Heads(programs).at("outreach") > 30; }, kPatience));
  ASSERT_TRUE(demo.running());
  galera.Kill(0);
  const absl::Duration without_writer = UntilServed(programs, token);
  EXPECT_LT(without_writer, kResumesWithin);

  const int primary = redis.Primary();
  ASSERT_GE(primary, 0);
  redis.Kill(primary);
  const absl::Duration without_primary = UntilServed(programs, token);
  const absl::Duration deaf = without_primary + UntilHeard(programs);
  EXPECT_LT(without_primary, kResumesWithin);
  EXPECT_LT(deaf, kResumesWithin);
  EXPECT_NE(redis.Primary(), primary);

  // Both come back: the node catches up and takes the writes over again, the other follows the new primary.
  redis.Start(primary);
  galera.Start(0);
  galera.WaitUntilReady(0);
  ASSERT_TRUE(testing::Eventually([&] { return Writer(galera) == 0; }, kPatience));
  const absl::Duration while_back = UntilServed(programs, token);
  EXPECT_LT(while_back, kResumesWithin);
  EXPECT_TRUE(testing::Eventually([&] { return redis.IsReplica(primary); }, kPatience));

  EXPECT_EQ(demo.Wait(), 0) << testing::Content(output);
  ledger.Stop();
  ASSERT_TRUE(ledger.Settle().ok());
  std::cout << "writes resumed after " << without_writer << " without the writer, " << without_primary
            << " without Redis' primary, which was not heard for " << deaf << ", and " << while_back
            << " when the node was back; " << ledger.attempts() << " attempts, " << ledger.internal_errors()
            << " internal errors\n";

  db::Connection opinion(programs.database("opinion"));
  EXPECT_THAT(testing::Discrepancies(ledger.entries(), opinion), IsEmpty());
  EXPECT_GT(ledger.attempts(), 100);
  EXPECT_EQ(ledger.internal_errors(), 0);
  // Told again, the month is answered from what was kept. What the programs still had to tell each other
  // comes first.
  const std::map<std::string, int64_t> heads = SettledHeads(programs);
  ASSERT_EQ(testing::RunToEnd(first_month, {.output = output}), 0) << testing::Content(output);
  EXPECT_EQ(testing::Heads(programs), heads);

  for (const std::string& name : Programs::Names()) {
    EXPECT_EQ(programs.Terminate(name), 0) << name;
    EXPECT_EQ(programs.Run(name, "verify-log"), 0) << name;
    const std::string first = Digest(galera, 0, name);
    for (int node = 1; node < Galera::kNodes; ++node) EXPECT_EQ(Digest(galera, node, name), first) << name;
  }
}

}  // namespace
}  // namespace firstfloor
