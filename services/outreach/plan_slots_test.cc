#include "services/outreach/plan_slots.h"

#include "gtest/gtest.h"
#include "services/outreach/plan_matching.h"

namespace firstfloor::outreach::rules {
namespace {

const calendar::Calendar& Days() { return calendar::Calendar::BuiltIn(); }

absl::Time At(absl::CivilDay day, int hour, int minute = 0) {
  return calendar::StartOf(day) + absl::Hours(hour) + absl::Minutes(minute);
}

std::vector<Slot> SlotsOn(absl::CivilDay day) {
  return SlotsOf({.first_day = day, .end_day = day + 1, .windows = {}, .length = absl::Hours(1)}, Days());
}

TEST(PlanSlots, AWorkingDayHasItsEvening) {
  const std::vector<Slot> slots = SlotsOn(absl::CivilDay(2023, 5, 15));
  ASSERT_EQ(slots.size(), 1u);
  EXPECT_EQ(slots[0].start, At(absl::CivilDay(2023, 5, 15), 18, 30));
  EXPECT_EQ(slots[0].end, At(absl::CivilDay(2023, 5, 15), 19, 30));
}

TEST(PlanSlots, ADayOffHasMorningAndAfternoonWithTravelBetween) {
  const absl::CivilDay sunday(2023, 5, 14);
  const std::vector<Slot> slots = SlotsOn(sunday);
  ASSERT_EQ(slots.size(), 7u);
  EXPECT_EQ(slots[0].start, At(sunday, 9));
  EXPECT_EQ(slots[1].start, At(sunday, 10, 15));
  EXPECT_EQ(slots[2].start, At(sunday, 14));
  for (size_t i = 1; i < slots.size(); ++i) EXPECT_GE(slots[i].start - slots[i - 1].end, absl::Minutes(15));
}

TEST(PlanSlots, TheSpringFestivalRestsAndTheWeekendAfterItWorks) {
  for (int day = 21; day <= 27; ++day) EXPECT_EQ(SlotsOn(absl::CivilDay(2023, 1, day)).size(), 7u) << day;
  for (int day = 28; day <= 29; ++day) EXPECT_EQ(SlotsOn(absl::CivilDay(2023, 1, day)).size(), 1u) << day;
}

TEST(PlanSlots, NationalDayRestsAndTheWeekendAfterItWorks) {
  const absl::CivilDay first(2023, 9, 29);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(SlotsOn(first + i).size(), 7u) << first + i;
  for (int day = 7; day <= 8; ++day) EXPECT_EQ(SlotsOn(absl::CivilDay(2023, 10, day)).size(), 1u) << day;
}

TEST(PlanSlots, QuietHoursAreLeftOutOfAWindowThatHoldsThem) {
  v1::PlanWindow all_day;
  all_day.set_days(v1::PLAN_DAYS_WORKDAYS);
  all_day.set_start_minute(0);
  all_day.set_end_minute(1440);
  const absl::CivilDay day(2023, 5, 15);
  const std::vector<Slot> slots = SlotsOf(
      {.first_day = day, .end_day = day + 1, .windows = {all_day}, .length = absl::Minutes(90)}, Days());
  ASSERT_FALSE(slots.empty());
  EXPECT_EQ(slots[0].start, At(day, 7));
  for (const Slot& slot : slots) {
    EXPECT_FALSE(calendar::QuietHours::Usual().Touch(slot.start, slot.end)) << slot.start;
  }
}

TEST(PlanSlots, ACommunityHasItsOwnQuietHoursAndTravelsAsFastAsItDoes) {
  const absl::CivilDay sunday(2023, 5, 14);
  const LocalHours own = {.travel_buffer = absl::ZeroDuration(),
                          .quiet = *calendar::QuietHours::Parse("09:00-10:00")};
  const std::vector<Slot> slots = SlotsOf(
      {.first_day = sunday, .end_day = sunday + 1, .windows = {}, .length = absl::Hours(1), .hours = own},
      Days());
  ASSERT_EQ(slots.size(), 8u);  // 10, 11; 14, 15, 16, 17, 18, 19
  EXPECT_EQ(slots[0].start, At(sunday, 10));
  EXPECT_EQ(slots[1].start, At(sunday, 11));
  EXPECT_EQ(slots[2].start, At(sunday, 14));
}

// ---- who gets which ----

TEST(PlanMatching, AVenueGivesWayInTimeWhereOtherwiseSomebodyHadNoPlace) {
  // Group 0 takes venue 0 in slot 0, with the only lecturer; venue 1 is open in slot 0 alone.
  const Offer offer = {
      .venues_of_group = {{0}, {1}}, .open = {{true, true}, {true, false}}, .lecturers = {1, 1}};
  const std::vector<Seat> seats = Match(offer);
  EXPECT_EQ(seats[0].slot, 1);
  EXPECT_EQ(seats[1].slot, 0);
}

TEST(PlanMatching, AGroupGivesWayInSpaceWhereOtherwiseSomebodyHadNoPlace) {
  const Offer offer = {.venues_of_group = {{0, 1}, {0}}, .open = {{true}, {true}}, .lecturers = {2}};
  const std::vector<Seat> seats = Match(offer);
  EXPECT_EQ(seats[0].venue, 1);
  EXPECT_EQ(seats[1].venue, 0);
}

TEST(PlanMatching, ThoseWhoComeFirstAreNotPutOut) {
  const Offer offer = {.venues_of_group = {{0}, {0}}, .open = {{true}}, .lecturers = {1}};
  const std::vector<Seat> seats = Match(offer);
  EXPECT_EQ(seats[0].slot, 0);
  EXPECT_EQ(seats[1].slot, -1);
}

}  // namespace
}  // namespace firstfloor::outreach::rules
