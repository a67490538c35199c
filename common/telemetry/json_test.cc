#include "common/telemetry/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/string_view.h"

namespace firstfloor::telemetry {
namespace {

std::string StringOf(absl::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

std::string NumberOf(double value) {
  std::string out;
  AppendJsonNumber(value, out);
  return out;
}

TEST(Json, EveryByteThatNeedsItIsEscaped) {
  for (int code = 0; code < 128; ++code) {
    const std::string text(1, static_cast<char>(code));
    EXPECT_EQ(nlohmann::json::parse(StringOf(text)).get<std::string>(), text) << code;
  }
}

TEST(Json, KeepsChineseAndBeyondTheBasicPlane) { EXPECT_EQ(StringOf("居民 😀 é"), "\"居民 😀 é\""); }

TEST(Json, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(StringOf("a\xFFz"), "\"a\uFFFDz\"");
  EXPECT_EQ(StringOf("\xE5\xB1"), "\"\uFFFD\uFFFD\"") << "cut off";
  EXPECT_EQ(StringOf("\xC0\xAF"), "\"\uFFFD\uFFFD\"") << "overlong";
  EXPECT_EQ(StringOf("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\"") << "surrogate";
  EXPECT_EQ(StringOf("\xF4\x90\x80\x80"), "\"\uFFFD\uFFFD\uFFFD\uFFFD\"") << "beyond Unicode";
}

TEST(Json, WritesNumbersExactly) {
  EXPECT_EQ(NumberOf(0.1), "0.1");
  EXPECT_EQ(nlohmann::json::parse(NumberOf(1.0 / 3)).get<double>(), 1.0 / 3);
  EXPECT_EQ(NumberOf(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(NumberOf(std::numeric_limits<double>::infinity()), "null");
}

}  // namespace
}  // namespace firstfloor::telemetry
