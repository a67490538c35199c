#include "common/telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace firstfloor::telemetry {
namespace {

using testing::HasSubstr;

TEST(Metrics, CountersGaugesAndHistogramsAreExposed) {
  GetCounter("test_handled_total", "Calls handled.", {{"method", "Get"}}).Add(3);
  GetGauge("test_depth", "Queued.").Set(5);
  GetGauge("test_depth", "Queued.").Add(-2);
  GetHistogram("test_seconds", "Duration.").Observe(0.0002);
  GetHistogram("test_seconds", "Duration.").Observe(60);
  const std::string text = ExposeMetrics();
  EXPECT_THAT(text,
              HasSubstr("# HELP test_handled_total Calls handled.\n# TYPE test_handled_total counter\n"));
  EXPECT_THAT(text, HasSubstr("test_handled_total{method=\"Get\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("test_depth 3\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_bucket{le=\"0.0001\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_bucket{le=\"0.00025\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_bucket{le=\"30\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_bucket{le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("test_seconds_count 2\n"));
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameMetric) {
  Counter& get = GetCounter("test_same_total", "Same.", {{"method", "Get"}});
  EXPECT_EQ(&get, &GetCounter("test_same_total", "Same.", {{"method", "Get"}}));
  EXPECT_NE(&get, &GetCounter("test_same_total", "Same.", {{"method", "List"}}));
}

TEST(Metrics, LosesNoIncrementOfManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      Counter& counter = GetCounter("test_threads_total", "Threads.");
      for (int n = 0; n < 10'000; ++n) counter.Add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(ExposeMetrics(), HasSubstr("test_threads_total 40000\n"));
}

}  // namespace
}  // namespace firstfloor::telemetry
