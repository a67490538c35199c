#include "common/testing/servers.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/testing/place.h"
#include "common/testing/process.h"
#include "common/testing/server_program.h"

namespace firstfloor::testing {
namespace {

// What the `mariadb` client answers to `sql` over TCP.
std::string Ask(const MariaDb& server, const db::Config& config, const std::string& sql) {
  const std::string port = std::string(absl::StripPrefix(config.endpoint, "tcp://127.0.0.1:"));
  const std::string file = server.folder() + "/test";
  std::ofstream(file + ".cnf") << "[client]\nprotocol=tcp\nhost=127.0.0.1\nport=" << port
                               << "\nuser=" << config.user << "\npassword=" << config.password << "\n";
  std::ofstream(file + ".sql") << sql;
  std::filesystem::remove(file + ".out");
  RunToEnd({"mariadb", "--defaults-file=" + file + ".cnf", "--batch", "--skip-column-names", config.schema},
           {.input = file + ".sql", .output = file + ".out"});
  std::ifstream answer(file + ".out");
  return std::string(std::istreambuf_iterator<char>(answer), {});
}

TEST(MariaDb, MakesSchemasWhoseAccountsTouchNothingElse) {
  MariaDb server;
  const db::Config one = server.NewSchema("opinion");
  const db::Config two = server.NewSchema("opinion");
  EXPECT_NE(one.schema, two.schema);
  EXPECT_EQ(Ask(server, one, "CREATE TABLE t (a INT); INSERT INTO t VALUES (1); SELECT a FROM t"), "1\n");
  EXPECT_NE(Ask(server, two, absl::StrCat("SELECT a FROM ", one.schema, ".t")).find("denied"),
            std::string::npos);
  EXPECT_EQ(Ask(server, server.Root(one.schema), "SELECT COUNT(*) FROM t"), "1\n");
}

TEST(MariaDb, KeepsCommittedRowsAndItsPortOverAKill) {
  MariaDb server;
  const db::Config config = server.NewSchema("kept");
  Ask(server, config, "CREATE TABLE t (a INT); INSERT INTO t VALUES (7)");
  const std::string endpoint = server.endpoint();
  server.Kill();
  EXPECT_NE(Ask(server, config, "SELECT a FROM t").find("ERROR"), std::string::npos);
  server.Restart();
  EXPECT_EQ(server.endpoint(), endpoint);
  EXPECT_EQ(Ask(server, config, "SELECT a FROM t"), "7\n");
}

TEST(MariaDb, RunsWithTheSettingsOfProduction) {
  MariaDb server;
  EXPECT_EQ(Ask(server, server.Root(),
                "SELECT @@innodb_flush_log_at_trx_commit, @@innodb_lock_wait_timeout, "
                "@@time_zone, @@character_set_server, @@log_bin, "
                "@@sql_mode LIKE '%STRICT_TRANS_TABLES%'"),
            "1\t2\t+00:00\tutf8mb4\t0\t1\n");
  EXPECT_EQ(Ask(server, server.Root(), "SELECT COUNT(*) FROM mysql.user WHERE User = ''"), "0\n");
}

TEST(MariaDb, IsMySqlOnlyWhereThatWasAskedFor) {
  MariaDb server;
  EXPECT_EQ(Ask(server, server.Root(), "SELECT VERSION() LIKE '%MariaDB%'"), OnMySql() ? "0\n" : "1\n");
}

TEST(MariaDb, RemovesItsFolder) {
  std::string folder;
  {
    MariaDb server;
    folder = server.folder();
    EXPECT_TRUE(std::filesystem::exists(folder));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(Redis, LosesEverythingWhenStoppedOrFlushed) {
  Redis server;
  redis::Config config = server.config();
  config.timeout = absl::Seconds(5);
  ASSERT_TRUE(redis::Client(config).Command({"SET", "a", "1"}).ok());
  server.Flush();
  EXPECT_EQ(redis::Client(config).Command({"GET", "a"})->kind, redis::Reply::Kind::kNil);
  ASSERT_TRUE(redis::Client(config).Command({"SET", "a", "1"}).ok());
  server.Stop();
  EXPECT_FALSE(redis::Client(config).Command({"GET", "a"}).ok());
  server.Start();
  EXPECT_EQ(redis::Client(config).Command({"GET", "a"})->kind, redis::Reply::Kind::kNil);
}

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool Lives(const std::string& pid) {
  const std::string state = Content(absl::StrCat("/proc/", pid, "/stat"));
  return !state.empty() && state.find(") Z") == std::string::npos;
}

bool ComesTrue(const std::function<bool()>& condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

TEST(Process, ChildrenDieWithAKilledParent) {
  constexpr char kOrphan[] = "FIRSTFLOOR_ORPHAN_FILE";
  if (getenv(kOrphan) != nullptr) {  // this is the parent, which the test below has started
    Process child({"sh", "-c",
                   "echo $$ > $FIRSTFLOOR_ORPHAN_FILE.new; mv $FIRSTFLOOR_ORPHAN_FILE.new "
                   "$FIRSTFLOOR_ORPHAN_FILE; exec sleep 300"},
                  {});
    child.Wait();
    return;
  }
  const PrivateFolder folder;
  const std::string file = folder.path() + "/pid";
  setenv(kOrphan, file.c_str(), 1);
  Process parent({"/proc/self/exe", "--gtest_filter=Process.ChildrenDieWithAKilledParent"}, {});
  unsetenv(kOrphan);
  ASSERT_TRUE(ComesTrue([&] { return std::filesystem::exists(file); }));
  std::string pid = Content(file);
  pid.pop_back();
  ASSERT_TRUE(Lives(pid));
  parent.Signal(SIGKILL);
  EXPECT_EQ(parent.Wait(), -SIGKILL);
  EXPECT_TRUE(ComesTrue([&] { return !Lives(pid); }));
}

TEST(Place, GivesEveryoneAnotherPortAndFolder) {
  const ReservedPort one;
  const ReservedPort two;
  EXPECT_NE(one.number(), two.number());
  const PrivateFolder left;
  const PrivateFolder right;
  EXPECT_NE(left.path(), right.path());
  EXPECT_TRUE(std::filesystem::exists(left.path())) << "taken for an abandoned one";
}

}  // namespace
}  // namespace firstfloor::testing
