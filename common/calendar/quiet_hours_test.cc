#include "common/calendar/quiet_hours.h"

#include <gtest/gtest.h>

#include <string>

#include "common/calendar/calendar.h"
#include "common/error/error.h"

namespace firstfloor::calendar {
namespace {

absl::Time At(int hour, int minute = 0, int day = 10) {
  return absl::FromCivil(absl::CivilMinute(2023, 5, day, hour, minute), Shanghai());
}

bool IsQuiet(const QuietHours& hours, absl::Time time) {
  return hours.Touch(time, time + absl::Microseconds(1));
}

TEST(QuietHours, AreUsuallyNoonAndNight) {
  const QuietHours& usual = QuietHours::Usual();
  const std::pair<absl::Time, bool> moments[] = {
      {At(0), true},   {At(7) - absl::Microseconds(1), true},
      {At(7), false},  {At(11, 59), false},
      {At(12), true},  {At(13, 59), true},
      {At(14), false}, {At(21) - absl::Microseconds(1), false},
      {At(21), true},  {At(23, 59), true},
  };
  for (const auto& [moment, quiet] : moments) EXPECT_EQ(IsQuiet(usual, moment), quiet) << moment;
}

TEST(QuietHours, AreTouchedByAnythingThatReachesIntoThem) {
  const QuietHours& usual = QuietHours::Usual();
  EXPECT_FALSE(usual.Touch(At(9), At(12)));
  EXPECT_TRUE(usual.Touch(At(9), At(12, 1)));
  EXPECT_TRUE(usual.Touch(At(13, 59), At(15)));
  EXPECT_FALSE(usual.Touch(At(14), At(21)));
  EXPECT_TRUE(usual.Touch(At(11), At(15)));
  EXPECT_TRUE(usual.Touch(At(20), At(21, 1)));
  EXPECT_TRUE(usual.Touch(At(6, 59), At(8)));
  EXPECT_TRUE(usual.Touch(At(18), At(8, 0, 11)));
  EXPECT_FALSE(usual.Touch(At(12), At(12)));
}

TEST(QuietHours, CanBeSetToTheMinuteAndToNone) {
  const QuietHours own = *QuietHours::Parse("12:30-13:45, 22:15-06:05");
  EXPECT_FALSE(own.Touch(At(12), At(12, 30)));
  EXPECT_TRUE(own.Touch(At(13, 44), At(14)));
  EXPECT_FALSE(own.Touch(At(13, 45), At(22, 15)));
  EXPECT_TRUE(own.Touch(At(6, 4), At(7)));
  EXPECT_FALSE(own.Touch(At(6, 5), At(7)));
  EXPECT_FALSE(QuietHours::Parse("")->Touch(At(0), At(0, 0, 12)));
  EXPECT_TRUE(QuietHours::Parse("22:00-24:00")->Touch(At(23, 59), At(1, 0, 11)));
  EXPECT_FALSE(QuietHours::Parse("22:00-24:00")->Touch(At(0), At(22)));
}

// Minute by minute over two days, against what the text says read by hand.
TEST(QuietHours, AgreeWithTheClock) {
  const QuietHours& usual = QuietHours::Usual();
  for (int minute = 0; minute < 2 * 24 * 60; ++minute) {
    const int of_day = minute % (24 * 60);
    const bool quiet = of_day < 7 * 60 || of_day >= 21 * 60 || (of_day >= 12 * 60 && of_day < 14 * 60);
    const absl::Time time = At(0) + absl::Minutes(minute);
    EXPECT_EQ(usual.Touch(time, time + absl::Minutes(1)), quiet) << time;
  }
}

TEST(QuietHours, ThatCannotBeReadAreRefused) {
  for (const char* text : {"12:00", "12-14", "12:00-25:00", "12:60-13:00", "12:00-12:00", "a:bc-13:00",
                           "24:01-07:00", "+1:00-02:00", "12:00-14:00,21:00"}) {
    const absl::Status status = QuietHours::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(error::ReasonOf(status), "QUIET_HOURS_INVALID") << text;
  }
}

}  // namespace
}  // namespace firstfloor::calendar
