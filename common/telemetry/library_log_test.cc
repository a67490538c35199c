#include "common/telemetry/library_log.h"

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/seldom.h"

namespace firstfloor::telemetry {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// What `say` brings into the log.
template <typename Say>
std::string Logged(const Say& say) {
  StartLogging("opinion", Severity::kInfo);
  testing::internal::CaptureStderr();
  say();
  FlushLogs();
  return testing::internal::GetCapturedStderr();
}

std::vector<json> LinesOf(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

TEST(LibraryLog, TextThatIsNotUtf8NamesItsFieldOnceHoweverOftenItComes) {
  constexpr char kNotUtf8[] = "\x0a\x07secret\xff";
  const std::string logged = Logged([&] {
    google::protobuf::StringValue value;
    for (int i = 0; i < 1000; ++i) EXPECT_FALSE(value.ParseFromString(kNotUtf8));
  });
  const std::vector<json> lines = LinesOf(logged);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["level"], "warning");
  EXPECT_EQ(lines[0]["service"], "opinion");
  EXPECT_EQ(lines[0]["message"], "protobuf has a problem");
  EXPECT_EQ(lines[0]["about"], "google.protobuf.StringValue.value");
  EXPECT_EQ(lines[0]["times"], 1);
  EXPECT_THAT(logged, Not(HasSubstr("secret")));
  EXPECT_THAT(ExposeMetrics(), HasSubstr("firstfloor_library_problems_total{library=\"protobuf\"} 1000"));
}

TEST(Seldom, SaysHowOftenItHappenedSinceTheLastTime) {
  const std::chrono::milliseconds pause(50);
  Seldom seldom(pause);
  EXPECT_EQ(seldom.Due(), 1);
  EXPECT_EQ(seldom.Due(), 0);
  EXPECT_EQ(seldom.Due(), 0);
  std::this_thread::sleep_for(pause);
  EXPECT_EQ(seldom.Due(), 3);
}

}  // namespace
}  // namespace firstfloor::telemetry
