#include "common/telemetry/library_log.h"

#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/wrappers.pb.h>
#include <grpc/support/log.h>
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
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);  // as a program that uses gRPC has it
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

TEST(LibraryLog, OfGrpcsWordsOnlyTheCodeIsRepeated) {
  const std::string logged = Logged([] {
    gpr_log(GPR_ERROR, "Handshake failed with fatal error %s: %s.", "SSL_ERROR_SSL",
            "error:0A000086:SSL routines::certificate verify failed");
    gpr_log(GPR_ERROR, "Failed to connect to ipv4:192.0.2.7:443: %s", "error:stranger\nBearer abc");
    gpr_log(GPR_ERROR, "%s", std::string(100'000, 'x').c_str());
  });
  const std::vector<json> lines = LinesOf(logged);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0]["message"], "gRPC has a problem");
  EXPECT_EQ(lines[0]["about"], "0A000086");
  EXPECT_THAT(lines[0]["place"].get<std::string>(), testing::MatchesRegex("library_log_test\\.cc:[0-9]+"));
  EXPECT_EQ(lines[1]["about"], "");
  for (const char* theirs : {"192.0.2.7", "stranger", "Bearer", "xxx"}) {
    EXPECT_THAT(logged, Not(HasSubstr(theirs)));
  }
}

TEST(LibraryLog, KeepsOnePlaceFromHidingAnother) {
  const std::vector<json> lines = LinesOf(Logged([] {
    for (int i = 0; i < 1000; ++i) gpr_log(GPR_ERROR, "a flood");
    gpr_log(GPR_ERROR, "something else");
  }));
  EXPECT_EQ(lines.size(), 2u);
}

TEST(LibraryLogDeathTest, TheLastWordIsWrittenBeforeTheEnd) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        StartLogging("opinion", Severity::kInfo);
        gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
        GPR_ASSERT(1 + 1 == 3);
      },
      "\"level\":\"error\".*\"message\":\"gRPC has a problem and ends the program\"");
  // Nobody in a program catches this.
  const std::vector<json> lines =
      LinesOf(Logged([] { EXPECT_THROW(GOOGLE_LOG(FATAL) << "secret", google::protobuf::FatalException); }));
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["level"], "error");
  EXPECT_EQ(lines[0]["message"], "protobuf has a problem and ends the program");
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
