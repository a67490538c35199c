#include "services/outreach/local_hours.h"

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "common/calendar/calendar.h"
#include "gtest/gtest.h"

ABSL_DECLARE_FLAG(absl::Duration, travel_buffer);
ABSL_DECLARE_FLAG(std::string, quiet_hours);

namespace firstfloor::outreach {
namespace {

class LocalHoursFlags : public ::testing::Test {
 private:
  const absl::FlagSaver saver_;
};

TEST_F(LocalHoursFlags, SayWhatIsUsualUnlessTheyAreSet) {
  const absl::StatusOr<LocalHours> hours = HoursFromFlags();
  ASSERT_TRUE(hours.ok()) << hours.status();
  EXPECT_EQ(hours->travel_buffer, LocalHours().travel_buffer);
  const absl::Time midnight = calendar::StartOf(absl::CivilDay(2023, 5, 10));
  for (int minute = 0; minute < 24 * 60; ++minute) {
    const absl::Time time = midnight + absl::Minutes(minute);
    EXPECT_EQ(hours->quiet.Touch(time, time + absl::Minutes(1)),
              LocalHours().quiet.Touch(time, time + absl::Minutes(1)))
        << time;
  }
}

TEST_F(LocalHoursFlags, AreRefusedInOneLineWhenTheyAreNoGood) {
  absl::SetFlag(&FLAGS_travel_buffer, absl::Hours(13));
  EXPECT_EQ(HoursFromFlags().status().message(), "--travel_buffer: must be from 0 to 12h");
  absl::SetFlag(&FLAGS_travel_buffer, -absl::Seconds(1));
  EXPECT_EQ(HoursFromFlags().status().code(), absl::StatusCode::kInvalidArgument);
  absl::SetFlag(&FLAGS_travel_buffer, absl::ZeroDuration());
  EXPECT_EQ(HoursFromFlags()->travel_buffer, absl::ZeroDuration());
  absl::SetFlag(&FLAGS_quiet_hours, "at night");
  EXPECT_EQ(HoursFromFlags().status().message(),
            "--quiet_hours: \"at night\" is no span of a day, \"21:00-07:00\"");
}

}  // namespace
}  // namespace firstfloor::outreach
