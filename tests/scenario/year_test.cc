// The community's year, played by the demonstration's client against the suite as it is deployed.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/events/log.h"
#include "common/testing/process.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using testing::Process;
using testing::Programs;

std::string Read(const std::string& path) {
  std::stringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

std::vector<std::string> DemoCommand(Programs& programs) {
  std::vector<std::string> command = {FIRSTFLOOR_BINARY_DIR "/deploy/firstfloor-demo",
                                      "--year_file=" FIRSTFLOOR_SOURCE_DIR "/deploy/demo/year.json",
                                      "--areas_file=" FIRSTFLOOR_SOURCE_DIR "/deploy/data/areas.csv",
                                      absl::StrCat("--signing_key_file=", programs.folder(), "/signing.jwk"),
                                      absl::StrCat("--token_issuer=", Programs::IssuerName()),
                                      absl::StrCat("--tls_ca_file=", programs.ca_file())};
  for (const std::string& name : Programs::Names()) {
    command.push_back(absl::StrCat("--", name, "=127.0.0.1:", programs.port(name)));
  }
  return command;
}

std::map<std::string, int64_t> Heads(Programs& programs) {
  std::map<std::string, int64_t> heads;
  for (const std::string& name : Programs::Names()) {
    db::Connection connection(programs.database(name));
    const auto head = events::ReadHead(connection);
    EXPECT_TRUE(head.ok()) << head.status();
    heads[name] = head.ok() ? head->seq : -1;
  }
  return heads;
}

void ExpectUnbrokenLogs(Programs& programs) {
  for (const std::string& name : Programs::Names()) EXPECT_EQ(programs.Run(name, "verify-log"), 0) << name;
}

TEST(Year, MeetsEveryFigureAndPlayedAgainChangesNothing) {
  Programs programs;
  programs.StartAll();
  const std::string output = programs.folder() + "/demo.log";
  ASSERT_EQ(testing::RunToEnd(DemoCommand(programs), {.output = output}), 0) << Read(output);
  const std::map<std::string, int64_t> heads = Heads(programs);
  for (const auto& [name, head] : heads) EXPECT_GT(head, 100) << name;

  ASSERT_EQ(testing::RunToEnd(DemoCommand(programs), {.output = output}), 0) << Read(output);
  EXPECT_EQ(Heads(programs), heads);
  ExpectUnbrokenLogs(programs);
}

TEST(Year, GoesOnWhenEveryProgramIsKilledInTheMiddle) {
  Programs programs;
  programs.StartAll();
  const std::string output = programs.folder() + "/demo.log";
  Process demo(DemoCommand(programs), {.output = output});
  while (demo.running() && Heads(programs).at("outreach") < 300) absl::SleepFor(absl::Milliseconds(50));
  for (const std::string& name : Programs::Names()) {
    programs.Kill(name);
    programs.Start(name);
    programs.WaitUntilReady(name);
    absl::SleepFor(absl::Milliseconds(700));
  }
  EXPECT_EQ(demo.Wait(), 0) << Read(output);
  ExpectUnbrokenLogs(programs);
}

}  // namespace
}  // namespace firstfloor
