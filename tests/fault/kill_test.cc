// kill -9 at random moments under load: nothing acknowledged is lost, nothing happens twice, nothing refused
// is there. --kills=N ends after N kills instead of after half a minute.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <random>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/resource/table.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "tests/fault/ledger.h"
#include "tests/support/programs.h"

namespace firstfloor {

int kills_wanted = 0;

namespace {

using testing::Entry;
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

// What is in the database, by name; asked without the program.
std::map<std::string, std::string> TagsByName(db::Connection& connection) {
  std::map<std::string, std::string> tags;
  const absl::StatusOr<db::Rows> rows = connection.Query("SELECT id, body FROM opinion");
  EXPECT_TRUE(rows.ok()) << rows.status();
  if (!rows.ok()) return tags;
  for (const db::Row& row : *rows) {
    opinion::v1::Opinion opinion;
    EXPECT_TRUE(opinion.ParseFromString(row.Text(1)));
    tags[resource::NameOf("opinions", row.Text(0))] = opinion.external_number();
  }
  return tags;
}

// How often each opinion was said to have been received.
std::map<std::string, int> ReceivedByName(db::Connection& connection) {
  std::map<std::string, int> received;
  const absl::StatusOr<db::Rows> rows = connection.Query("SELECT body FROM event_log");
  EXPECT_TRUE(rows.ok()) << rows.status();
  if (!rows.ok()) return received;
  for (const db::Row& row : *rows) {
    events::v1::Event event;
    EXPECT_TRUE(event.ParseFromString(row.Text(0)));
    if (event.opinion().has_received()) ++received[event.subject()];
  }
  return received;
}

int64_t EventsWithoutSeq(db::Connection& connection) {
  const absl::StatusOr<db::Rows> rows = connection.Query("SELECT COUNT(*) FROM event_log WHERE seq IS NULL");
  return rows.ok() ? rows->front().Int(0) : -1;
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
  ASSERT_TRUE(ledger.Settle()) << "some requests got no answer from a program that runs";

  db::Connection connection(programs.mariadb().Root("opinion"));
  const std::map<std::string, std::string> kept = TagsByName(connection);
  std::map<std::string, int> times;
  for (const auto& [name, tag] : kept) ++times[tag];

  int acknowledged = 0;
  int refused = 0;
  int resolved = 0;
  for (const Entry& entry : ledger.entries()) {
    resolved += entry.was_unknown;
    if (entry.outcome == Entry::Outcome::kAcknowledged) {
      ++acknowledged;
      EXPECT_FALSE(entry.must_be_refused) << entry.tag() << " was carried out";
      EXPECT_EQ(times[entry.tag()], 1) << entry.tag();
      const auto found = kept.find(entry.name);
      ASSERT_NE(found, kept.end()) << entry.name << " was acknowledged and is not there";
      EXPECT_EQ(found->second, entry.tag());
    } else {
      ++refused;
      EXPECT_TRUE(entry.must_be_refused) << entry.tag() << ": " << entry.refusal;
      EXPECT_EQ(times[entry.tag()], 0) << entry.tag() << " was refused and is there";
    }
  }
  std::cout << kills << " kills, " << acknowledged << " acknowledged, " << refused << " refused, " << resolved
            << " without an answer at first and all resolved, " << ledger.attempts() << " attempts\n";
  EXPECT_EQ(kept.size(), static_cast<size_t>(acknowledged));
  EXPECT_EQ(ledger.internal_errors(), 0);
  EXPECT_GT(kills, 3);
  EXPECT_GT(acknowledged, 100);
  EXPECT_GT(refused, 0);
  EXPECT_GT(resolved, 0) << "the kills hit nothing";

  const std::map<std::string, int> received = ReceivedByName(connection);
  EXPECT_EQ(received.size(), kept.size());
  for (const auto& [name, count] : received) EXPECT_EQ(count, 1) << name;
  for (int i = 0; i < 200 && EventsWithoutSeq(connection) > 0; ++i) absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(EventsWithoutSeq(connection), 0);
  EXPECT_EQ(programs.Terminate("opinion"), 0);
  EXPECT_EQ(programs.Run("opinion", "verify-log"), 0);
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
