// kill -9 at random moments under load: nothing acknowledged is lost, nothing happens twice, nothing refused
// is there. --kills=N ends after N kills instead of after half a minute.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <random>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/testing/eventually.h"
#include "tests/fault/ledger.h"
#include "tests/support/programs.h"

namespace firstfloor {

int kills_wanted = 0;

namespace {

using testing::Entry;
using ::testing::IsEmpty;
using testing::Ledger;
using testing::Programs;

constexpr int kThreads = 8;
constexpr char kCommunity[] = "340111400";
constexpr absl::Duration kDuration = absl::Seconds(30);

// Kills the program at random moments, sometimes while it starts, until it is time.
int KillAgainAndAgain(Programs& programs) {
  std::mt19937 random(std::random_device{}());
  const absl::Time end = absl::Now() + kDuration;
  int kills = 0;
  while (kills_wanted > 0 ? kills < kills_wanted : absl::Now() < end) {
    if (random() % 4 != 0) programs.WaitUntilReady("opinion");
    absl::SleepFor(absl::Milliseconds(50 + random() % 950));
    programs.Kill("opinion");
    ++kills;
    programs.Start("opinion");
  }
  programs.WaitUntilReady("opinion");
  return kills;
}

int64_t Count(db::Connection& connection, const std::string& query) {
  const absl::StatusOr<db::Rows> rows = connection.Query(query);
  return rows.ok() ? rows->front().Int(0) : -1;
}

int64_t EventsWithoutSeq(db::Connection& connection) {
  return Count(connection, "SELECT COUNT(*) FROM event_log WHERE seq IS NULL");
}

TEST(Kill, LosesNothingAndDoesNothingTwice) {
  Programs programs;
  programs.Start("opinion");
  programs.WaitUntilReady("opinion");
  Ledger ledger(
      programs.client("opinion"),
      [&](int thread) {
        return programs.Token({{api::v1::ROLE_STEWARD, kCommunity}}, absl::StrCat("steward-", thread));
      },
      kThreads);
  const int kills = KillAgainAndAgain(programs);
  ledger.Stop();
  const absl::Status settled = ledger.Settle();
  ASSERT_TRUE(settled.ok()) << "a request got no answer from a program that runs: " << settled;

  db::Connection connection(programs.mariadb().Root("opinion"));
  EXPECT_THAT(testing::Discrepancies(ledger.entries(), connection), IsEmpty());
  int acknowledged = 0;
  int refused = 0;
  int resolved = 0;
  for (const Entry& entry : ledger.entries()) {
    resolved += entry.was_unknown;
    ++(entry.outcome == Entry::Outcome::kAcknowledged ? acknowledged : refused);
  }
  std::cout << kills << " kills, " << acknowledged << " acknowledged, " << refused << " refused, " << resolved
            << " without an answer at first and all resolved, " << ledger.attempts() << " attempts\n";
  EXPECT_EQ(Count(connection, "SELECT COUNT(*) FROM opinion"), acknowledged);
  EXPECT_EQ(ledger.internal_errors(), 0);
  EXPECT_GT(kills, 3);
  EXPECT_GT(acknowledged, 100);
  EXPECT_GT(refused, 0);
  EXPECT_GT(resolved, 0) << "the kills hit nothing";

  EXPECT_TRUE(testing::Eventually([&] { return EventsWithoutSeq(connection) == 0; }));
  EXPECT_EQ(programs.Terminate("opinion"), 0);
  EXPECT_EQ(programs.Run("opinion", "verify-log"), 0);
}

// Between two calls of a client that does nothing else nobody would work on its connection.
TEST(Kill, AClientThatAsksNowAndThenIsSoonBack) {
  Programs programs;
  rpc::Client& client = programs.client("opinion");
  rpc::CallOptions options;
  options.token = programs.Token({{api::v1::ROLE_STEWARD, kCommunity}}, "steward");
  const auto ask = [&] {
    opinion::v1::ListOpinionsRequest request;
    request.set_area(kCommunity);
    opinion::v1::ListOpinionsResponse reply;
    options.deadline = absl::Now() + absl::Seconds(3);
    return client.Ask("firstfloor.opinion.v1.OpinionService.ListOpinions", request, reply, options);
  };
  for (int i = 0; i < 3; ++i) {
    programs.Start("opinion");
    programs.WaitUntilReady("opinion");
    const absl::Time ready = absl::Now();
    EXPECT_TRUE(testing::Eventually([&] { return ask().ok(); }));
    EXPECT_LT(absl::Now() - ready, absl::Seconds(4)) << "gRPC tries again every two seconds";
    programs.Kill("opinion");
    EXPECT_EQ(ask().code(), absl::StatusCode::kUnavailable);
    absl::SleepFor(absl::Seconds(1));
    EXPECT_EQ(ask().code(), absl::StatusCode::kUnavailable);
  }
}

}  // namespace
}  // namespace firstfloor

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (!absl::ConsumePrefix(&argument, "--kills=") ||
        !absl::SimpleAtoi(argument, &firstfloor::kills_wanted)) {
      std::cerr << "kill_test [--kills=N]\n";
      return 2;
    }
  }
  return RUN_ALL_TESTS();
}
