#include "common/telemetry/traceparent.h"

#include <gtest/gtest.h>

#include "absl/strings/string_view.h"

namespace firstfloor::telemetry {
namespace {

constexpr absl::string_view kTrace = "0af7651916cd43dd8448eb211c80319c";
constexpr absl::string_view kSpan = "b7ad6b7169203331";

TEST(Traceparent, IsReadInItsParts) {
  const auto parent = ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  ASSERT_TRUE(parent.has_value());
  EXPECT_EQ(parent->trace_id, kTrace);
  EXPECT_EQ(parent->span_id, kSpan);
  EXPECT_TRUE(parent->sampled);
}

TEST(Traceparent, TheLowestFlagAloneSaysSampled) {
  EXPECT_FALSE(ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")->sampled);
  EXPECT_FALSE(ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-fe")->sampled);
  EXPECT_TRUE(ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0b")->sampled);
}

TEST(Traceparent, ALaterVersionIsReadAsFarAsKnown) {
  const auto parent = ParseTraceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes");
  ASSERT_TRUE(parent.has_value());
  EXPECT_EQ(FormatTraceparent(*parent), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

class Malformed : public testing::TestWithParam<const char*> {};

TEST_P(Malformed, IsRefused) { EXPECT_FALSE(ParseTraceparent(GetParam()).has_value()); }

INSTANTIATE_TEST_SUITE_P(Traceparent, Malformed,
                         testing::Values("", "00", "garbage\r\nX-Injected: 1",
                                         "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
                                         "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
                                         "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                                         "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
                                         "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                         "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                         "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                         "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                         "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
                                         "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01"));

}  // namespace
}  // namespace firstfloor::telemetry
