#include <gtest/gtest.h>

#include "common/statistics/projection.h"

namespace firstfloor::statistics {
namespace {

TEST(Series, IsTheKeyAndItsDimensions) {
  EXPECT_EQ(Series("opinions.received"), "opinions.received");
  EXPECT_EQ(Series("opinions.received", {{"channel", "APP"}, {"stall", "stalls/0190"}}),
            "opinions.received|channel=APP|stall=stalls/0190");
}

TEST(Series, KeepsValuesApart) {
  EXPECT_EQ(Series("k", {{"a", "1|b=2"}}), "k|a=1%7Cb%3D2");
  EXPECT_EQ(Series("k", {{"a", "50% 好"}}), "k|a=50%25%20%E5%A5%BD");
}

TEST(Deltas, OfNoAreaCountNowhere) {
  Deltas deltas;
  deltas.Add("", absl::UnixEpoch(), "k");
  deltas.Add("34011", absl::UnixEpoch(), "k");
  EXPECT_TRUE(deltas.empty());
  deltas.Add("340111", absl::UnixEpoch(), "k");
  EXPECT_FALSE(deltas.empty());
}

}  // namespace
}  // namespace firstfloor::statistics
