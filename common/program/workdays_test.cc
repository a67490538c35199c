#include "common/program/workdays.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "common/calendar/calendar.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::program {
namespace {

using calendar::Calendar;
using ::testing::HasSubstr;

constexpr char kHeader[] = "date,kind,name_en,name_zh\n";

class Workdays : public ::testing::Test {
 protected:
  ~Workdays() override {
    std::remove(file_.c_str());
    Calendar::SetInForce(Calendar::BuiltIn());
  }
  absl::Status Take(const std::string& content) {
    std::ofstream(file_) << content;
    return TakeWorkdaysFrom(file_);
  }
  static absl::Time Day(int year, int month, int day) {
    return calendar::StartOf(absl::CivilDay(year, month, day)) + absl::Hours(9);
  }

  const std::string file_ = ::testing::TempDir() + "workdays.csv";
};

TEST_F(Workdays, ThatEndSoonAreToldAtTheStartAndOnceADay) {
  WorkdaysWatch watch;
  EXPECT_FALSE(watch.Look(Day(2026, 10, 31)));
  EXPECT_THAT(telemetry::ExposeMetrics(), HasSubstr("firstfloor_workdays_known_seconds 5270400"));
  WorkdaysWatch late;
  EXPECT_TRUE(late.Look(Day(2026, 11, 25)));
  EXPECT_THAT(telemetry::ExposeMetrics(), HasSubstr("firstfloor_workdays_known_seconds 3110400"));
  EXPECT_FALSE(late.Look(Day(2026, 11, 25) + absl::Hours(14)));
  EXPECT_TRUE(late.Look(Day(2026, 11, 26)));
  EXPECT_TRUE(late.Look(Day(2027, 2, 1)));
  EXPECT_THAT(telemetry::ExposeMetrics(), HasSubstr("firstfloor_workdays_known_seconds 0"));
}

TEST_F(Workdays, OfTheNextYearComeFromAFile) {
  ASSERT_TRUE(Take(std::string(kHeader) + "2027-10-01,HOLIDAY,National Day,国庆节\n").ok());
  EXPECT_FALSE(WorkdaysWatch().Look(Day(2026, 11, 25)));
  EXPECT_FALSE(Calendar::InForce().IsWorkday(absl::CivilDay(2027, 10, 1)));
  EXPECT_FALSE(Calendar::InForce().IsWorkday(absl::CivilDay(2026, 10, 1))) << "besides those built in";
}

TEST_F(Workdays, OfAFileThatIsNoGoodAreRefusedInOneLine) {
  const absl::Status status = Take(std::string(kHeader) + "2027-10-01,HOLIDAY,National Day\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("--workdays_file: "), HasSubstr("line 2")));
  EXPECT_FALSE(Take("").ok());
  // A file that is still empty of days is what a district begins with.
  EXPECT_TRUE(Take(kHeader).ok());
}

}  // namespace
}  // namespace firstfloor::program
