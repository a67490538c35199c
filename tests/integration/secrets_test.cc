// Secrets are in files and in memory: not in what `ps` shows everybody, and not in what a crash leaves
// behind.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/testing/process.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using testing::Programs;

std::string ContentOf(const std::filesystem::path& file) {
  std::stringstream content;
  content << std::ifstream(file).rdbuf();
  return content.str();
}

// Notes the command line of every program on the machine, again and again, so that also those are seen that
// run for a few milliseconds.
class CommandLines {
 public:
  CommandLines() {
    watcher_ = std::thread([this] {
      while (!stop_) Look();
    });
  }
  ~CommandLines() { Stop(); }

  // All that were seen, one a line.
  std::string Stop() {
    stop_ = true;
    if (watcher_.joinable()) watcher_.join();
    return absl::StrJoin(seen_, "\n");
  }

 private:
  void Look() {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      std::string line = ContentOf(entry.path() / "cmdline");
      std::replace(line.begin(), line.end(), '\0', ' ');
      seen_.insert(std::move(line));
    }
    absl::SleepFor(absl::Milliseconds(1));
  }

  std::atomic<bool> stop_ = false;
  std::set<std::string> seen_;
  std::thread watcher_;
};

std::map<std::string, std::string> PasswordsOf(Programs& programs) {
  std::map<std::string, std::string> passwords = {{"root", programs.mariadb().Root().password},
                                                  {"redis", programs.redis().config().password}};
  for (const auto& entry : std::filesystem::directory_iterator(programs.folder())) {
    if (entry.path().extension() == ".mysql") passwords[entry.path().stem()] = ContentOf(entry.path());
  }
  return passwords;
}

std::vector<std::string> StartEverything(Programs& programs) {
  programs.StartAll();
  programs.StartGateway();
  programs.WaitUntilReady("gateway");
  std::vector<std::string> names = Programs::Names();
  names.emplace_back("gateway");
  return names;
}

TEST(Secrets, AreOnNoCommandLine) {
  CommandLines seen;
  Programs programs;
  StartEverything(programs);
  EXPECT_EQ(programs.Run("opinion", "verify-log"), 0);
  const std::string lines = seen.Stop();
  for (const char* run : {"openssl ", "redis-server ", " migrate ", " verify-log ", "gateway serve "}) {
    EXPECT_TRUE(absl::StrContains(lines, run)) << run << "was not seen";
  }
  const std::map<std::string, std::string> passwords = PasswordsOf(programs);
  EXPECT_EQ(passwords.size(), 2 + 2 * Programs::Names().size());
  for (const auto& [account, password] : passwords) {
    ASSERT_GE(password.size(), 16u) << account;
    EXPECT_FALSE(absl::StrContains(lines, password)) << "password of " << account;
  }
}

bool LeavesACore(pid_t pid) {
  kill(pid, SIGABRT);
  siginfo_t end = {};
  EXPECT_EQ(waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(end.si_status, SIGABRT);
  return end.si_code == CLD_DUMPED;
}

TEST(Secrets, AreInNoCore) {
  Programs programs;
  std::filesystem::current_path(programs.folder());  // cores go there
  rlimit limit = {};
  getrlimit(RLIMIT_CORE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_CORE, &limit);
  const std::vector<std::string> names = StartEverything(programs);
  const testing::Process any({"sleep", "600"}, {});
  ASSERT_TRUE(LeavesACore(any.pid())) << "this machine keeps no cores (ulimit -c, kernel.core_pattern)";
  for (const std::string& name : names) EXPECT_FALSE(LeavesACore(programs.pid(name))) << name;
  std::filesystem::current_path("/");
}

}  // namespace
}  // namespace firstfloor
