// What running programs expose, for those who look at k8s/components/monitoring: written to a folder, where
// promtool and the checks of alerts and dashboards read it. And how many connections a replica holds, which
// the overlays are held against.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/telemetry/admin_client.h"
#include "common/testing/eventually.h"
#include "firstfloor/opinion/v1/statistics_service.pb.h"
#include "tests/operations/calls.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using telemetry::HttpGet;
using testing::Programs;

constexpr int kWorkers = 4;      // as Programs starts them
constexpr int kBackground = 10;  // as tests/k8s/rules/scale.mjs reckons

class Metrics : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    programs_ = new Programs();
    // Whoever exports traces also counts those that did not arrive: here, all of them.
    for (const std::string& name : Programs::Names())
      programs_->Start(name, 0, {"--otlp_endpoint=http://127.0.0.1:9", "--trace_ratio=1"});
    for (const std::string& name : Programs::Names()) programs_->WaitUntilReady(name);
    programs_->StartGateway();
    programs_->WaitUntilReady("gateway");
    CallAround();
  }
  static void TearDownTestSuite() { delete programs_; }

  // A few calls of each kind, so that what counts them is there.
  static void CallAround() {
    rpc::Client& opinions = programs_->client("opinion");
    const std::string token = testing::StaffToken(*programs_);
    const opinion::v1::Opinion opinion = testing::Submit(opinions, token);
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(testing::Get(opinions, opinion.name(), token).ok());
    opinion::v1::GetOpinionStatisticsRequest ask;
    ask.set_area(testing::kCommunity);
    ask.set_start_day("2023-01-01");
    ask.set_end_day("2024-01-01");
    opinion::v1::GetOpinionStatisticsResponse statistics;
    const absl::Status asked = opinions.Ask("firstfloor.opinion.v1.StatisticsService.GetOpinionStatistics",
                                            ask, statistics, testing::As(token));
    EXPECT_TRUE(asked.ok()) << asked;
  }

  static std::string Exposition(const std::string& name) {
    return HttpGet(programs_->admin_port(name), "/metrics").body;
  }

  static Programs* programs_;
};

Programs* Metrics::programs_ = nullptr;

// The value of the series that begins with `series`; -1 if there is none.
double ValueOf(const std::string& exposition, const std::string& series) {
  const size_t at = exposition.find("\n" + series);
  if (at == std::string::npos) return -1;
  const size_t space = exposition.find(' ', at);
  return std::stod(exposition.substr(space + 1));
}

TEST_F(Metrics, AreThereForEveryProgram) {
  std::filesystem::create_directories(FIRSTFLOOR_METRICS_FOLDER);
  std::vector<std::string> names = Programs::Names();
  names.emplace_back("gateway");
  for (const std::string& name : names) {
    const std::string text = Exposition(name);
    EXPECT_TRUE(absl::StrContains(text, "# HELP firstfloor_")) << name;
    std::ofstream(absl::StrCat(FIRSTFLOOR_METRICS_FOLDER, "/", name, ".txt")) << text;
  }
}

TEST_F(Metrics, TellWhetherRowsWereFoundInMemory) {
  const std::string text = Exposition("opinion");
  EXPECT_GT(ValueOf(text, "firstfloor_rows_asked_total{outcome=\"hit\"}"), 0);
  EXPECT_GT(ValueOf(text, "firstfloor_rows_asked_total{outcome=\"miss\"}"), 0);
}

TEST_F(Metrics, TellThatTheBellIsHeardNoLonger) {
  const auto hearing = [] { return ValueOf(Exposition("opinion"), "firstfloor_bell_hearing"); };
  const auto comes = [&](double value) { return testing::Eventually([&] { return hearing() == value; }); };
  EXPECT_TRUE(comes(1));
  programs_->redis().Stop();
  EXPECT_TRUE(comes(0));
  programs_->redis().Start();
  EXPECT_TRUE(comes(1));
}

TEST_F(Metrics, CountNoMoreConnectionsThanTheOverlaysReckonWith) {
  absl::SleepFor(absl::Seconds(2));  // readers and timers connect when they first ask
  db::Connection root(programs_->mariadb().Root());
  for (const std::string& name : Programs::Names()) {
    int64_t connections = 0;
    // The server counts a connection that was given up for a moment longer.
    EXPECT_TRUE(testing::Eventually([&] {
      const absl::StatusOr<db::Rows> rows = root.Query(
          "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE HOST LIKE '127.0.0.1:%' AND USER = ?",
          {name});
      connections = rows.ok() ? rows->front().Int(0) : 0;
      return connections > 0 && connections <= kWorkers + kBackground;
    })) << name
        << " has " << connections;
  }
}

}  // namespace
}  // namespace firstfloor
