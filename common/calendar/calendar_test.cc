#include "common/calendar/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "common/error/error.h"

namespace firstfloor::calendar {
namespace {

using ::testing::HasSubstr;

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string why;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, absl::FixedTimeZone(8 * 3600), &time, &why))
      << why;
  return time;
}

std::string Text(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::FixedTimeZone(8 * 3600));
}

std::string Deadline(const std::string& from, int days) {
  return Text(Calendar::BuiltIn().AddWorkdays(At(from), days));
}

std::string Duty(const std::string& from, absl::Duration duty) {
  return Text(Calendar::BuiltIn().AddDutyTime(At(from), duty));
}

bool Works(int year, int month, int day) {
  return Calendar::BuiltIn().IsWorkday(absl::CivilDay(year, month, day));
}

TEST(Shanghai, IsEightHoursAhead) {
  EXPECT_EQ(Shanghai().At(At("2023-07-01 12:00:00")).offset, 8 * 3600);
  EXPECT_EQ(Shanghai().At(At("2026-01-01 12:00:00")).offset, 8 * 3600);
}

TEST(Day, BeginsAtMidnightInShanghai) {
  EXPECT_EQ(DayOf(absl::FromUnixSeconds(1672502399)), absl::CivilDay(2022, 12, 31));  // 15:59:59 UTC
  EXPECT_EQ(DayOf(absl::FromUnixSeconds(1672502400)), absl::CivilDay(2023, 1, 1));
  EXPECT_EQ(StartOf(absl::CivilDay(2023, 1, 1)), absl::FromUnixSeconds(1672502400));
  for (absl::CivilDay day(2023, 1, 1); day < absl::CivilDay(2025, 1, 1); ++day) {
    EXPECT_EQ(DayOf(StartOf(day)), day);
    EXPECT_EQ(DayOf(StartOf(day) - absl::Nanoseconds(1)), day - 1);
    EXPECT_EQ(StartOf(day + 1) - StartOf(day), absl::Hours(24));
  }
}

TEST(Calendar, KnowsTheSpringFestivalOf2023) {
  EXPECT_TRUE(Works(2023, 1, 20));
  for (int day = 21; day <= 27; ++day) EXPECT_FALSE(Works(2023, 1, day)) << day;
  EXPECT_TRUE(Works(2023, 1, 28)) << "a Saturday that works";
  EXPECT_TRUE(Works(2023, 1, 29)) << "a Sunday that works";
  EXPECT_TRUE(Works(2023, 1, 30));
  EXPECT_FALSE(Works(2023, 2, 4)) << "a plain Saturday";
}

TEST(Calendar, KnowsTheNationalDayOf2023) {
  EXPECT_TRUE(Works(2023, 9, 28));
  for (absl::CivilDay day(2023, 9, 29); day <= absl::CivilDay(2023, 10, 6); ++day) {
    EXPECT_FALSE(Calendar::BuiltIn().IsWorkday(day)) << day;
  }
  EXPECT_TRUE(Works(2023, 10, 7));
  EXPECT_TRUE(Works(2023, 10, 8));
  EXPECT_FALSE(Works(2023, 10, 14));
}

TEST(Calendar, FollowsTheWeekdayRuleOutsideItsData) {
  EXPECT_FALSE(Works(2031, 10, 4));
  EXPECT_TRUE(Works(2031, 10, 3));
  EXPECT_TRUE(Works(2022, 10, 3));
}

TEST(Calendar, HasDataForEachOfItsYears) {
  EXPECT_FALSE(Works(2023, 5, 1));
  EXPECT_FALSE(Works(2024, 5, 1));
  EXPECT_FALSE(Works(2025, 5, 1));
  EXPECT_FALSE(Works(2026, 5, 1));
}

TEST(Workdays, EndAtTheEndOfTheDay) {
  EXPECT_EQ(Deadline("2023-05-10 09:00:00", 1), "2023-05-12 00:00:00");
  EXPECT_EQ(Deadline("2023-05-10 00:00:00", 1), "2023-05-12 00:00:00");
  EXPECT_EQ(Deadline("2023-05-10 23:59:59", 1), "2023-05-12 00:00:00");
  EXPECT_EQ(Deadline("2023-05-11 00:00:00", 1), "2023-05-13 00:00:00");
}

TEST(Workdays, SkipPlainWeekends) {
  EXPECT_EQ(Deadline("2023-05-12 16:00:00", 1), "2023-05-16 00:00:00");
  EXPECT_EQ(Deadline("2023-05-13 16:00:00", 1), "2023-05-16 00:00:00");
  EXPECT_EQ(Deadline("2023-05-12 16:00:00", 5), "2023-05-20 00:00:00");
}

TEST(Workdays, SkipTheSpringFestivalAndCountItsWorkingWeekend) {
  EXPECT_EQ(Deadline("2023-01-20 10:00:00", 1), "2023-01-29 00:00:00");
  EXPECT_EQ(Deadline("2023-01-20 10:00:00", 2), "2023-01-30 00:00:00");
  EXPECT_EQ(Deadline("2023-01-24 10:00:00", 3), "2023-01-31 00:00:00");
}

TEST(Workdays, SkipTheNationalDayAndCountItsWorkingWeekend) {
  EXPECT_EQ(Deadline("2023-09-28 17:00:00", 1), "2023-10-08 00:00:00");
  EXPECT_EQ(Deadline("2023-09-28 17:00:00", 3), "2023-10-10 00:00:00");
  EXPECT_EQ(Deadline("2023-09-28 17:00:00", 8), "2023-10-17 00:00:00");
}

TEST(Workdays, CrossTheYearsEnd) {
  EXPECT_EQ(Deadline("2022-12-30 10:00:00", 1), "2023-01-04 00:00:00");
  EXPECT_EQ(Deadline("2023-12-29 10:00:00", 1), "2024-01-03 00:00:00");
}

TEST(Workdays, NoneMeansTheEndOfTodayOrOfTheNextThatWorks) {
  EXPECT_EQ(Deadline("2023-05-10 09:00:00", 0), "2023-05-11 00:00:00");
  EXPECT_EQ(Deadline("2023-05-13 09:00:00", 0), "2023-05-16 00:00:00");
  EXPECT_EQ(Deadline("2023-01-22 09:00:00", 0), "2023-01-29 00:00:00");
}

TEST(Workdays, BetweenAgreesWithAdding) {
  const Calendar& calendar = Calendar::BuiltIn();
  for (absl::CivilDay day(2023, 1, 1); day < absl::CivilDay(2024, 1, 1); ++day) {
    for (int days : {1, 2, 5, 15}) {
      const absl::CivilDay due = DayOf(calendar.AddWorkdays(StartOf(day), days)) - 1;
      EXPECT_TRUE(calendar.IsWorkday(due));
      EXPECT_EQ(calendar.WorkdaysBetween(day, due), days) << day;
    }
  }
}

TEST(Workdays, BetweenLeavesOutTheFirstDayAndHoldsTheLast) {
  const Calendar& calendar = Calendar::BuiltIn();
  using Day = absl::CivilDay;
  EXPECT_EQ(calendar.WorkdaysBetween(Day(2023, 5, 10), Day(2023, 5, 10)), 0);
  EXPECT_EQ(calendar.WorkdaysBetween(Day(2023, 5, 10), Day(2023, 5, 11)), 1);
  EXPECT_EQ(calendar.WorkdaysBetween(Day(2023, 5, 11), Day(2023, 5, 10)), 0);
  EXPECT_EQ(calendar.WorkdaysBetween(Day(2023, 1, 20), Day(2023, 1, 30)), 3);
  EXPECT_EQ(calendar.WorkdaysBetween(Day(2022, 12, 31), Day(2023, 12, 31)), 249) << "as the notice adds up";
}

TEST(DutyTime, RunsInWorkingHours) {
  EXPECT_EQ(Duty("2023-05-10 09:00:00", absl::Hours(2)), "2023-05-10 11:00:00");
  EXPECT_EQ(Duty("2023-05-10 15:00:00", absl::Minutes(15)), "2023-05-10 15:15:00");
}

TEST(DutyTime, StandsStillOverLunch) {
  EXPECT_EQ(Duty("2023-05-10 11:00:00", absl::Hours(2)), "2023-05-10 15:00:00");
  EXPECT_EQ(Duty("2023-05-10 12:30:00", absl::Hours(1)), "2023-05-10 15:00:00");
  EXPECT_EQ(Duty("2023-05-10 12:00:00", absl::Seconds(1)), "2023-05-10 14:00:01");
}

TEST(DutyTime, StandsStillOverNightAndBeforeWork) {
  EXPECT_EQ(Duty("2023-05-10 17:00:00", absl::Hours(1)), "2023-05-11 09:00:00");
  EXPECT_EQ(Duty("2023-05-10 22:00:00", absl::Hours(1)), "2023-05-11 09:30:00");
  EXPECT_EQ(Duty("2023-05-10 03:00:00", absl::Hours(1)), "2023-05-10 09:30:00");
}

TEST(DutyTime, StandsStillOverWeekendsAndHolidays) {
  EXPECT_EQ(Duty("2023-05-12 17:00:00", absl::Hours(1)), "2023-05-15 09:00:00");
  EXPECT_EQ(Duty("2023-05-13 10:00:00", absl::Hours(1)), "2023-05-15 09:30:00");
  EXPECT_EQ(Duty("2023-01-20 17:00:00", absl::Hours(1)), "2023-01-28 09:00:00");
}

TEST(DutyTime, EndsWithTheHalfDayItFills) {
  EXPECT_EQ(Duty("2023-05-10 08:30:00", absl::Minutes(210)), "2023-05-10 12:00:00");
  EXPECT_EQ(Duty("2023-05-10 08:30:00", absl::Hours(7)), "2023-05-10 17:30:00");
  EXPECT_EQ(Duty("2023-05-10 08:30:00", absl::Hours(14)), "2023-05-11 17:30:00");
}

TEST(DutyTime, OfNothingOrOfForeverEndsAtOnceOrNever) {
  EXPECT_EQ(Duty("2023-05-13 10:00:00", absl::ZeroDuration()), "2023-05-13 10:00:00");
  EXPECT_EQ(Calendar::BuiltIn().AddDutyTime(At("2023-05-13 10:00:00"), absl::InfiniteDuration()),
            absl::InfiniteFuture());
  EXPECT_EQ(Calendar::BuiltIn().AddDutyTime(absl::InfiniteFuture(), absl::Hours(1)), absl::InfiniteFuture());
}

TEST(DutyTime, AddedInPartsIsTheSameAsAtOnce) {
  const Calendar& calendar = Calendar::BuiltIn();
  for (int hour = 0; hour < 24 * 40; ++hour) {
    const absl::Time from = At("2023-01-10 00:15:00") + absl::Hours(hour);
    const absl::Time half = calendar.AddDutyTime(from, absl::Minutes(100));
    EXPECT_EQ(calendar.AddDutyTime(half, absl::Minutes(500)), calendar.AddDutyTime(from, absl::Minutes(600)));
  }
}

TEST(CalendarData, IsRefusedWithTheLineAtFault) {
  const std::string header = "date,kind,name_en,name_zh\n";
  const std::pair<std::string, std::string> faults[] = {
      {"", "line 1: the header"},
      {"day,kind\n", "line 1: the header"},
      {header + "2023-01-02,HOLIDAY,New Year\n", "line 2: has not four fields"},
      {header + "2023-02-30,HOLIDAY,a,b\n", "line 2: the date"},
      {header + "2023-01-02,FESTIVAL,a,b\n", "line 2: kind"},
      {header + "2023-01-02,WORKDAY,a,b\n", "line 2: says what"},
      {header + "2023-01-07,HOLIDAY,a,b\n", "line 2: says what"},
      {header + "2023-01-02,HOLIDAY,a,b\n\n2023-01-02,HOLIDAY,a,b\n", "line 4: the day is there already"},
  };
  for (const auto& [csv, why] : faults) {
    const absl::Status status = Calendar::Parse(csv).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << why;
    EXPECT_EQ(error::ReasonOf(status), "CALENDAR_INVALID") << why;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
  }
}

TEST(CalendarData, SaysForHowLongItIsKnown) {
  const Calendar& built_in = Calendar::BuiltIn();
  EXPECT_FALSE(built_in.KnowsYear(absl::CivilYear(2022)));
  for (int year = 2023; year <= 2026; ++year) EXPECT_TRUE(built_in.KnowsYear(absl::CivilYear(year))) << year;
  EXPECT_FALSE(built_in.KnowsYear(absl::CivilYear(2027)));
  EXPECT_EQ(built_in.DaysKnown(absl::CivilDay(2026, 12, 31)), 0);
  EXPECT_EQ(built_in.DaysKnown(absl::CivilDay(2026, 12, 1)), 30);
  EXPECT_EQ(built_in.DaysKnown(absl::CivilDay(2025, 12, 31)), 365);
  EXPECT_EQ(built_in.DaysKnown(absl::CivilDay(2027, 3, 1)), 0);
  EXPECT_EQ(built_in.DaysKnown(absl::CivilDay(2022, 3, 1)), 0);
}

TEST(CalendarData, IsContinuedByTheNextYearsFile) {
  // The first line stands in both; a day about New Year makes no year known. The days are made up.
  const std::string header = "date,kind,name_en,name_zh\n";
  const auto new_year = Calendar::BuiltIn().With(header + "2027-01-01,HOLIDAY,New Year's Day,元旦\n");
  ASSERT_TRUE(new_year.ok()) << new_year.status();
  EXPECT_FALSE(new_year->IsWorkday(absl::CivilDay(2027, 1, 1)));
  EXPECT_FALSE(new_year->KnowsYear(absl::CivilYear(2027)));
  const auto whole = Calendar::BuiltIn().With(header +
                                              "2026-10-07,HOLIDAY,National Day,国庆节\n"
                                              "2027-10-01,HOLIDAY,National Day,国庆节\n"
                                              "2027-10-09,WORKDAY,National Day,国庆节\n");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_TRUE(whole->IsWorkday(absl::CivilDay(2027, 10, 9)));
  EXPECT_FALSE(whole->IsWorkday(absl::CivilDay(2023, 1, 24)));
  EXPECT_EQ(whole->DaysKnown(absl::CivilDay(2026, 12, 31)), 365);
  EXPECT_EQ(error::ReasonOf(Calendar::BuiltIn().With("day,kind\n").status()), "CALENDAR_INVALID");
}

TEST(CalendarData, IsInForceOnceItIsSet) {
  EXPECT_FALSE(Calendar::InForce().KnowsYear(absl::CivilYear(2027)));
  Calendar::SetInForce(
      *Calendar::BuiltIn().With("date,kind,name_en,name_zh\n2027-10-01,HOLIDAY,National Day,国庆节\n"));
  EXPECT_TRUE(Calendar::InForce().KnowsYear(absl::CivilYear(2027)));
  EXPECT_FALSE(Calendar::BuiltIn().KnowsYear(absl::CivilYear(2027)));
  Calendar::SetInForce(Calendar::BuiltIn());
}

TEST(CalendarData, CanBeReplaced) {
  const auto calendar = Calendar::Parse("date,kind,name_en,name_zh\r\n2031-10-03,HOLIDAY,Day,日\r\n");
  ASSERT_TRUE(calendar.ok()) << calendar.status();
  EXPECT_FALSE(calendar->IsWorkday(absl::CivilDay(2031, 10, 3)));
  EXPECT_TRUE(calendar->IsWorkday(absl::CivilDay(2023, 10, 3)));
}

}  // namespace
}  // namespace firstfloor::calendar
