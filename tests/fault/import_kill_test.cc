// kill -9 of the program, and of its database connections, in the middle of an import that is sent again
// until it is through: each row is there once, with its event.
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/resource/table.h"
#include "common/testing/eventually.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/opinion/v1/opinion_import.pb.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using opinion::v1::ImportOpinionsRequest;
using opinion::v1::ImportOpinionsResponse;
using testing::Programs;

constexpr int kRows = 20'000;
constexpr int kKills = 8;
constexpr char kCommunity[] = "340111400";
constexpr absl::Duration kPatience = absl::Minutes(2);

ImportOpinionsRequest Row(int number) {
  ImportOpinionsRequest row;
  row.set_source("SPREADSHEET");
  opinion::v1::Opinion& opinion = *row.mutable_opinion();
  opinion.set_area("340111400001-CJ-07");
  opinion.set_channel(opinion::v1::OPINION_CHANNEL_HOTLINE);
  opinion.set_kind(opinion::v1::OPINION_KIND_PROBLEM);
  opinion.set_text("the lamp on the stairs is broken");
  opinion.set_external_number(absl::StrCat("row-", number));
  return row;
}

// Sends all rows again until the answer comes, as a person would who sees the import fail: with a new request
// id or with the one before.
int SendUntilThrough(Programs& programs, ImportOpinionsResponse& summary) {
  std::mt19937 random(7);
  std::string request_id = resource::NewUuid();
  const absl::Time give_up = absl::Now() + kPatience;
  for (int attempts = 1; absl::Now() < give_up; ++attempts) {
    ImportOpinionsRequest row;
    int sent = 0;
    const auto next = [&]() -> const google::protobuf::Message* {
      if (sent == kRows) return nullptr;
      row = Row(sent++);
      row.set_request_id(request_id);
      return &row;
    };
    rpc::CallOptions options;
    options.deadline = absl::Now() + absl::Minutes(1);
    options.token = programs.Token({{api::v1::ROLE_COMMUNITY_STAFF, kCommunity}}, "staff");
    const absl::Status status = programs.client("opinion").Import(
        "firstfloor.opinion.v1.OpinionService.ImportOpinions", next, summary, options);
    if (status.ok()) return attempts;
    if (random() % 2 == 0) request_id = resource::NewUuid();
    absl::SleepFor(absl::Milliseconds(100));
  }
  ADD_FAILURE() << "the import did not get through";
  return 0;
}

void KillConnections(Programs& programs) {
  db::Connection root(programs.mariadb().Root());
  const absl::StatusOr<db::Rows> rows =
      root.Query("SELECT id FROM information_schema.processlist WHERE db = 'opinion' AND user <> 'root'");
  if (!rows.ok()) return;
  for (const db::Row& row : *rows) root.ExecuteText(absl::StrCat("KILL ", row.Int(0))).IgnoreError();
}

TEST(ImportKill, KilledInTheMiddleAndRunAgainHasEachRowOnce) {
  Programs programs;
  programs.Start("opinion");
  programs.WaitUntilReady("opinion");
  db::Connection connection(programs.mariadb().Root("opinion"));
  const auto count = [&](const char* sql) {
    const absl::StatusOr<db::Rows> rows = connection.Query(sql);
    return rows.ok() ? rows->front().Int(0) : -1;
  };
  ImportOpinionsResponse summary;
  std::atomic<bool> through{false};
  int attempts = 0;
  std::thread importer([&] {
    attempts = SendUntilThrough(programs, summary);
    through = true;
  });
  std::mt19937 random(std::random_device{}());
  int kills = 0;
  int64_t seen = 0;
  while (!through && kills < kKills) {
    // Somewhere behind the first rows that came since the last kill.
    const int64_t now = count("SELECT COUNT(*) FROM opinion");
    if (now <= seen) {
      absl::SleepFor(absl::Milliseconds(5));
      continue;
    }
    seen = now;
    absl::SleepFor(absl::Milliseconds(random() % 200));
    if (++kills % 2 == 0) {
      KillConnections(programs);
      continue;
    }
    programs.Kill("opinion");
    programs.Start("opinion");
    programs.WaitUntilReady("opinion");
  }
  importer.join();
  std::cout << kRows << " rows, " << kills << " kills, " << attempts << " attempts, " << summary.created()
            << " made by the last one\n";
  EXPECT_GT(kills, 2) << "the kills hit nothing";
  EXPECT_GT(attempts, 1) << "the kills hit nothing";
  EXPECT_EQ(summary.received(), kRows);
  EXPECT_EQ(summary.created() + summary.existing(), kRows);
  EXPECT_EQ(summary.refused(), 0);

  const absl::StatusOr<db::Rows> kept = connection.Query("SELECT id, body FROM opinion");
  ASSERT_TRUE(kept.ok()) << kept.status();
  std::map<std::string, int> times;
  std::map<std::string, int> received;
  for (const db::Row& row : *kept) {
    opinion::v1::Opinion opinion;
    ASSERT_TRUE(opinion.ParseFromString(row.Text(1)));
    ++times[opinion.external_number()];
    received[resource::NameOf("opinions", row.Text(0))] = 0;
  }
  EXPECT_EQ(times.size(), static_cast<size_t>(kRows));
  for (const auto& [number, count] : times) EXPECT_EQ(count, 1) << number;
  const absl::StatusOr<db::Rows> log = connection.Query("SELECT body FROM event_log");
  ASSERT_TRUE(log.ok()) << log.status();
  for (const db::Row& row : *log) {
    events::v1::Event event;
    ASSERT_TRUE(event.ParseFromString(row.Text(0)));
    if (event.opinion().has_received()) ++received[event.subject()];
  }
  EXPECT_EQ(received.size(), static_cast<size_t>(kRows)) << "an event of a row that is not there";
  for (const auto& [name, count] : received) EXPECT_EQ(count, 1) << name;
  EXPECT_EQ(count("SELECT COUNT(*) FROM opinion_external"), kRows);
  EXPECT_TRUE(
      testing::Eventually([&] { return count("SELECT COUNT(*) FROM event_log WHERE seq IS NULL") == 0; }));
  EXPECT_EQ(programs.Terminate("opinion"), 0);
  EXPECT_EQ(programs.Run("opinion", "verify-log"), 0);
}

}  // namespace
}  // namespace firstfloor
