// The community's year, played by the demonstration's client against the suite as it is deployed.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/time/clock.h"
#include "common/testing/process.h"
#include "tests/scenario/demo.h"
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

void ExpectUnbrokenLogs(Programs& programs) {
  for (const std::string& name : Programs::Names()) EXPECT_EQ(programs.Run(name, "verify-log"), 0) << name;
}

TEST(Year, MeetsEveryFigureAndPlayedAgainChangesNothing) {
  Programs programs;
  programs.StartAll();
  const std::string output = programs.folder() + "/demo.log";
  ASSERT_EQ(testing::RunToEnd(testing::DemoCommand(programs), {.output = output}), 0) << Read(output);
  const std::map<std::string, int64_t> heads = testing::Heads(programs);
  for (const auto& [name, head] : heads) EXPECT_GT(head, 100) << name;

  ASSERT_EQ(testing::RunToEnd(testing::DemoCommand(programs), {.output = output}), 0) << Read(output);
  EXPECT_EQ(testing::Heads(programs), heads);
  ExpectUnbrokenLogs(programs);
}

TEST(Year, GoesOnWhenEveryProgramIsKilledInTheMiddle) {
  Programs programs;
  programs.StartAll();
  const std::string output = programs.folder() + "/demo.log";
  Process demo(testing::DemoCommand(programs), {.output = output});
  while (demo.running() && testing::Heads(programs).at("outreach") < 300)
    absl::SleepFor(absl::Milliseconds(50));
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
