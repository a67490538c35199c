// The drill: a backup is taken while calls go on, put back elsewhere, and is whole; statistics are the same;
// and a restore can end at a moment after the backup.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/testing/place.h"
#include "common/testing/process.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"
#include "tests/fault/ledger.h"
#include "tests/operations/calls.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using testing::Entry;
using testing::Ledger;
using testing::MariaDb;
using testing::Programs;

// Runs a script of deploy/ and dies with what it said if it fails.
void RunScript(const std::string& script, std::vector<std::string> words, const std::string& log) {
  words.insert(words.begin(), FIRSTFLOOR_SOURCE_DIR "/deploy/" + script);
  ASSERT_EQ(testing::RunToEnd(words, {.output = log}), 0) << testing::Content(log);
}

// Where the server is and as whom, as the scripts take it.
std::vector<std::string> Options(const MariaDb& server, const std::string& password_file) {
  const db::Config root = server.Root();
  std::ofstream(password_file) << root.password;
  std::vector<std::string> options = {"--user=" + root.user, "--password-file=" + password_file};
  const std::string endpoint = root.endpoint.substr(root.endpoint.find("://") + 3);
  if (root.endpoint.substr(0, 4) == "unix") {
    options.push_back("--socket=" + endpoint);
  } else {
    const size_t colon = endpoint.find(':');
    options.push_back("--host=" + endpoint.substr(0, colon));
    options.push_back("--port=" + endpoint.substr(colon + 1));
  }
  return options;
}

std::string TheOnlyFileIn(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path().string());
  EXPECT_EQ(files.size(), 1u);
  return files.empty() ? "" : files.front();
}

// The figures as text, once the projection has passed all events.
std::string Statistics(rpc::Client& client, const std::string& token) {
  opinion::v1::GetOpinionStatisticsRequest request;
  request.set_area(testing::kCommunity);
  request.set_start_day("2020-01-01");
  request.set_end_day("2099-01-01");
  opinion::v1::GetOpinionStatisticsResponse response;
  rpc::CallOptions options = testing::As(token);
  options.strong = true;
  const absl::Status status =
      client.Ask("firstfloor.opinion.v1.StatisticsService.GetOpinionStatistics", request, response, options);
  EXPECT_TRUE(status.ok()) << status;
  response.clear_as_of_time();
  return response.DebugString();
}

int64_t Count(const MariaDb& server, const std::string& what) {
  db::Connection root(server.Root("opinion"));
  const auto rows = root.Query("SELECT COUNT(*) FROM " + what);
  EXPECT_TRUE(rows.ok()) << rows.status();
  return rows.ok() ? rows->front().Int(0) : -1;
}

// The account of the program, which no backup holds.
void MakeAccount(const MariaDb& server, const db::Config& account) {
  db::Connection root(server.Root());
  const std::string who = absl::StrCat("'", account.user, "'@'127.0.0.1'");
  EXPECT_TRUE(
      root.ExecuteText(absl::StrCat("CREATE USER ", who, " IDENTIFIED BY '", account.password, "'")).ok());
  EXPECT_TRUE(
      root.ExecuteText(absl::StrCat("GRANT SELECT, INSERT, UPDATE, DELETE ON `opinion`.* TO ", who)).ok());
}

TEST(Backup, TakenUnderLoadAndPutBackElsewhereIsWhole) {
  Programs programs;
  programs.Start("opinion");
  programs.WaitUntilReady("opinion");
  const std::string token = testing::StaffToken(programs);
  const std::string log = programs.folder() + "/scripts.log";
  std::vector<std::string> source = Options(programs.mariadb(), programs.folder() + "/source.mysql");
  Ledger ledger(
      programs.client("opinion"),
      [&](int thread) {
        return programs.Token({{api::v1::ROLE_STEWARD, testing::kCommunity}},
                              absl::StrCat("steward-", thread));
      },
      4);
  absl::SleepFor(absl::Seconds(1));
  const int64_t before = Count(programs.mariadb(), "opinion");

  // The drill, while calls go on: restored into a scratch server, logs verified.
  std::vector<std::string> words = source;
  words.insert(words.end(), {"--drill", programs.folder() + "/under-load"});
  RunScript("backup.sh", words, log);
  const int64_t after = Count(programs.mariadb(), "opinion");
  ledger.Stop();
  ASSERT_TRUE(ledger.Settle().ok());
  EXPECT_GT(before, 10);
  EXPECT_GT(after, before) << "nothing happened during the backup";
  EXPECT_EQ(ledger.internal_errors(), 0);

  const MariaDb elsewhere;
  std::vector<std::string> target = Options(elsewhere, programs.folder() + "/elsewhere.mysql");
  words = target;
  words.push_back(TheOnlyFileIn(programs.folder() + "/under-load"));
  RunScript("restore.sh", words, log);
  const int64_t kept = Count(elsewhere, "opinion");
  EXPECT_GE(kept, before);
  EXPECT_LE(kept, after);
  EXPECT_EQ(Count(elsewhere, "event_log WHERE version = 1"), kept) << "rows and events are of two moments";
  words.insert(words.begin(), FIRSTFLOOR_SOURCE_DIR "/deploy/restore.sh");
  EXPECT_NE(testing::RunToEnd(words, {.output = log}), 0) << "a restore wrote over what was there";

  // Another, now that nothing changes: a program that works on what was put back gives the same figures.
  const std::string figures = Statistics(programs.client("opinion"), token);
  words = source;
  words.push_back(programs.folder() + "/quiet");
  RunScript("backup.sh", words, log);
  const MariaDb third;
  words = Options(third, programs.folder() + "/third.mysql");
  words.push_back(TheOnlyFileIn(programs.folder() + "/quiet"));
  RunScript("restore.sh", words, log);
  MakeAccount(third, programs.database("opinion"));
  programs.Start("opinion", 1, {"--mysql_endpoint=" + third.endpoint()});
  programs.WaitUntilReady("opinion", 1);
  EXPECT_EQ(Statistics(programs.client("opinion", 1), token), figures);
  EXPECT_EQ(Count(third, "opinion"), Count(programs.mariadb(), "opinion"));
}

}  // namespace
}  // namespace firstfloor
