#include "common/calendar/days.h"

#include <gtest/gtest.h>

namespace firstfloor::calendar {
namespace {

TEST(Days, AreReadInOneFormAlone) {
  EXPECT_EQ(ParseDay("2023-01-05"), absl::CivilDay(2023, 1, 5));
  EXPECT_EQ(ParseDay("2024-02-29"), absl::CivilDay(2024, 2, 29));
  EXPECT_EQ(ParseDay("1970-01-01"), absl::CivilDay(1970, 1, 1));
  EXPECT_EQ(ParseDay("9999-12-31"), absl::CivilDay(9999, 12, 31));
  for (const char* text : {"", "2023", "2023-1-5", " 2023-01-05", "2023-01-05 ", "2023-02-29", "2023-13-01",
                           "1969-12-31", "99999-1-1", "10000-01-01", "-999-01-01", "2023-01-05T10"}) {
    EXPECT_FALSE(ParseDay(text).has_value()) << text;
  }
}

TEST(Days, OfAMonthAreReadAlike) {
  EXPECT_EQ(ParseMonth("2023-05"), absl::CivilMonth(2023, 5));
  for (const char* text : {"", "2023-5", "2023-13", "2023-1 ", "2023-05-01", "-999-01", "0001-01"}) {
    EXPECT_FALSE(ParseMonth(text).has_value()) << text;
  }
}

TEST(Days, FromOneToBeforeAnotherAreNeverNone) {
  error::Violations none;
  const Days days = ParseDays({"start_day", "2023-01-31"}, {"end_day", "2023-02-01"}, none);
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(days.end - days.first, 1);
  const auto refused = [](const char* start, const char* end) {
    error::Violations violations;
    ParseDays({"start_day", start}, {"end_day", end}, violations);
    return !violations.empty();
  };
  EXPECT_TRUE(refused("2023-02-01", "2023-02-01"));
  EXPECT_TRUE(refused("2023-02-02", "2023-02-01"));
  EXPECT_TRUE(refused("", "2023-02-01"));
  EXPECT_TRUE(refused("2023-02-01", "tomorrow"));
}

}  // namespace
}  // namespace firstfloor::calendar
