// A new release replaces the old one replica by replica while callers go on, as a Deployment does it
// (one more, then one less); and a replica is killed. Callers see every replica under one name.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "tests/fault/ledger.h"
#include "tests/operations/calls.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using testing::Entry;
using testing::Ledger;
using testing::Prober;
using testing::Programs;

const std::vector<std::string>& Flags() {
  static const auto* const flags = new std::vector<std::string>{"--drain_pause=2s", "--grace=10s"};
  return *flags;
}

class Rolling : public ::testing::Test {
 protected:
  Rolling() {
    for (int replica : {0, 1}) programs_.Start("opinion", replica, Flags());
    for (int replica : {0, 1}) programs_.WaitUntilReady("opinion", replica);
  }

  // What a name in DNS that means several addresses is to gRPC. `last`: how many replicas there are in all.
  std::string Everybody(int last) {
    std::vector<std::string> addresses;
    for (int i = 0; i < last; ++i)
      addresses.push_back(absl::StrCat("127.0.0.1:", programs_.port("opinion", i)));
    return "ipv4:" + absl::StrJoin(addresses, ",");
  }

  rpc::TlsFiles files() { return {.cert = "", .key = "", .ca = programs_.ca_file()}; }
  std::string Steward(int thread) {
    return programs_.Token({{api::v1::ROLE_STEWARD, testing::kCommunity}}, absl::StrCat("steward-", thread));
  }

  Programs programs_;
};

TEST_F(Rolling, UpdateFailsNoCall) {
  const std::string token = testing::StaffToken(programs_);
  rpc::Client client(Everybody(4), files(), "localhost");
  const opinion::v1::Opinion opinion = testing::Submit(client, token);
  Prober reader([&] { return testing::Get(client, opinion.name(), token).status(); });
  Prober writer([&] {
    testing::Submit(client, token);
    return absl::OkStatus();
  });
  for (int old : {0, 1}) {
    programs_.Start("opinion", old + 2, Flags());
    programs_.WaitUntilReady("opinion", old + 2);
    absl::SleepFor(absl::Seconds(2));  // callers find it
    EXPECT_EQ(programs_.Terminate("opinion", old), 0);
  }
  absl::SleepFor(absl::Seconds(1));
  reader.Stop();
  writer.Stop();
  EXPECT_EQ(reader.failures(), 0) << reader.first_failure();
  EXPECT_GT(reader.calls(), 1000);
  EXPECT_GT(writer.calls(), 100);
}

TEST_F(Rolling, LossOfAReplicaLosesNothingThatWasAcknowledged) {
  rpc::Client client(Everybody(2), files(), "localhost");
  Ledger ledger(
      client, [&](int thread) { return Steward(thread); }, 4);
  absl::SleepFor(absl::Seconds(1));
  programs_.Kill("opinion", 0);
  absl::SleepFor(absl::Seconds(2));
  programs_.Start("opinion", 0, Flags());
  programs_.WaitUntilReady("opinion", 0);
  absl::SleepFor(absl::Seconds(2));
  ledger.Stop();
  ASSERT_TRUE(ledger.Settle().ok());
  db::Connection root(programs_.mariadb().Root("opinion"));
  const auto rows = root.Query("SELECT COUNT(*) FROM opinion");
  ASSERT_TRUE(rows.ok());
  int acknowledged = 0;
  for (const Entry& entry : ledger.entries()) acknowledged += entry.outcome == Entry::Outcome::kAcknowledged;
  EXPECT_EQ(rows->front().Int(0), acknowledged);
  EXPECT_GT(acknowledged, 200);
  EXPECT_EQ(ledger.internal_errors(), 0);
}

}  // namespace
}  // namespace firstfloor
