#include "common/telemetry/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::telemetry {
namespace {

using nlohmann::json;

// Standard error goes into a pipe while this lives.
class StandardErrorPipe {
 public:
  StandardErrorPipe() : saved_(dup(STDERR_FILENO)) {
    EXPECT_EQ(pipe(ends_.data()), 0);
    dup2(ends_[1], STDERR_FILENO);
    close(ends_[1]);
  }
  ~StandardErrorPipe() {
    Restore();
    close(ends_[0]);
  }

  void FillUp() {
    fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
    const std::string block(4096, '\n');
    while (write(STDERR_FILENO, block.data(), block.size()) > 0) {
    }
    fcntl(STDERR_FILENO, F_SETFL, 0);
  }

  // All that is written until `text` appears.
  std::string ReadUntil(const std::string& text) {
    std::string all;
    std::array<char, 65536> buffer;
    while (all.find(text) == all.npos) {
      const ssize_t count = read(ends_[0], buffer.data(), buffer.size());
      if (count <= 0) break;
      all.append(buffer.data(), static_cast<size_t>(count));
    }
    return all;
  }

  // All that was written; ends the capture.
  std::string Take() {
    FlushLogs();
    Restore();
    return ReadUntil(std::string("\0", 1));
  }

 private:
  void Restore() {
    if (saved_ < 0) return;
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    saved_ = -1;
  }

  int saved_;
  std::array<int, 2> ends_ = {};
};

std::vector<json> LinesOf(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST(LogDeathTest, LinesBeforeTheStartAreWrittenDirectly) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Log(Severity::kError, "a flag is missing");
        _exit(0);
      },
      testing::ExitedWithCode(0), "\"message\":\"a flag is missing\"");
}

TEST(Log, ALineIsOneJsonObjectWithItsFields) {
  StartLogging("opinion", Severity::kInfo);
  StandardErrorPipe captured;
  Log(Severity::kWarning, "slow \"call\"\nof \\ 居民",
      {{"method", "GetOpinion"}, {"count", int64_t{-7}}, {"seconds", 0.25}, {"ok", true}, {"\t", "\x01"}});
  const std::vector<json> lines = LinesOf(captured.Take());
  ASSERT_EQ(lines.size(), 1u);
  json line = lines[0];
  EXPECT_EQ(line["time"].get<std::string>().size(), std::string("2023-01-01T00:00:00.000000Z").size());
  line.erase("time");
  EXPECT_EQ(line, json({{"level", "warning"},
                        {"service", "opinion"},
                        {"message", "slow \"call\"\nof \\ 居民"},
                        {"method", "GetOpinion"},
                        {"count", -7},
                        {"seconds", 0.25},
                        {"ok", true},
                        {"\t", "\x01"}}));
}

TEST(Log, LeavesOutWhatIsBelowTheLeastSeverity) {
  StartLogging("opinion", Severity::kWarning);
  StandardErrorPipe captured;
  Log(Severity::kInfo, "no");
  Log(Severity::kError, "yes");
  EXPECT_FALSE(LogEnabled(Severity::kInfo));
  const std::vector<json> lines = LinesOf(captured.Take());
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["message"], "yes");
}

TEST(Log, LinesOfManyThreadsStayWhole) {
  StartLogging("opinion", Severity::kInfo);
  constexpr int kThreads = 4;
  constexpr int kLines = 100;
  StandardErrorPipe captured;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < kLines; ++n) Log(Severity::kInfo, "line", {{"n", int64_t{n}}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(LinesOf(captured.Take()).size(), size_t{kThreads * kLines});
}

TEST(Log, AFullQueueDropsTheOldestAndBlocksNobody) {
  StartLogging("opinion", Severity::kInfo);
  constexpr int kLines = 20'000;
  const uint64_t dropped_before = DroppedLogLines();
  StandardErrorPipe captured;
  captured.FillUp();
  for (int n = 0; n < kLines; ++n) Log(Severity::kInfo, "flood", {{"n", int64_t{n}}});
  const uint64_t dropped = DroppedLogLines() - dropped_before;
  EXPECT_GT(dropped, 10'000u);
  EXPECT_LT(dropped, uint64_t{kLines});
  EXPECT_NE(ExposeMetrics().find("firstfloor_log_dropped_total "), std::string::npos);
  const std::string written = captured.ReadUntil("\"n\":19999}\n");
  EXPECT_NE(written.find("\"n\":19999}"), std::string::npos) << "the newest line is kept";
  EXPECT_EQ(written.find("\"n\":5000}"), std::string::npos) << "an old line is dropped";
}

TEST(Log, AFlushGivesUpWhenNothingIsTaken) {
  StartLogging("opinion", Severity::kInfo);
  StandardErrorPipe captured;
  captured.FillUp();
  Log(Severity::kInfo, "stuck");
  const auto start = std::chrono::steady_clock::now();
  FlushLogs();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
  captured.ReadUntil("stuck");
}

}  // namespace
}  // namespace firstfloor::telemetry
