#include "services/outreach/venue_rules.h"

#include <cmath>

#include "common/calendar/calendar.h"
#include "common/error/error.h"
#include "gtest/gtest.h"
#include "services/outreach/series_rules.h"

namespace firstfloor::outreach::rules {
namespace {

using v1::Venue;

// 2023-05-10 is a Wednesday.
absl::Time Wednesday(int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2023, 5, 10, hour, minute), calendar::Shanghai());
}

Venue Lobby() {
  Venue venue;
  venue.set_display_name("Lobby of building 7");
  venue.set_kind(v1::VENUE_KIND_LOBBY);
  venue.set_capacity(30);
  return venue;
}

void Open(Venue& venue, v1::Weekday weekday, int from_minute, int to_minute) {
  v1::OpenDay* day = nullptr;
  for (v1::OpenDay& known : *venue.mutable_open_days()) {
    if (known.weekday() == weekday) day = &known;
  }
  if (day == nullptr) day = venue.add_open_days();
  day->set_weekday(weekday);
  v1::OpenSpan* span = day->add_spans();
  span->set_start_minute(from_minute);
  span->set_end_minute(to_minute);
}

TEST(VenueRules, AVenueWithoutOpenDaysIsAlwaysOpen) {
  EXPECT_TRUE(IsOpen(Lobby(), Wednesday(3), Wednesday(4)));
}

TEST(VenueRules, AVenueIsOpenInItsHoursToTheMinute) {
  Venue venue = Lobby();
  Open(venue, v1::WEEKDAY_WEDNESDAY, 9 * 60, 11 * 60);
  EXPECT_TRUE(IsOpen(venue, Wednesday(9), Wednesday(11)));
  EXPECT_FALSE(IsOpen(venue, Wednesday(8, 59), Wednesday(10)));
  EXPECT_FALSE(IsOpen(venue, Wednesday(10), Wednesday(11, 1)));
  EXPECT_FALSE(IsOpen(venue, Wednesday(9) + absl::Hours(24), Wednesday(10) + absl::Hours(24)));
}

TEST(VenueRules, SpansThatTouchAreOneAcrossMidnightToo) {
  Venue venue = Lobby();
  Open(venue, v1::WEEKDAY_WEDNESDAY, 20 * 60, 22 * 60);
  Open(venue, v1::WEEKDAY_WEDNESDAY, 22 * 60, 24 * 60);
  Open(venue, v1::WEEKDAY_THURSDAY, 0, 60);
  EXPECT_TRUE(IsOpen(venue, Wednesday(21), Wednesday(23)));
  EXPECT_TRUE(IsOpen(venue, Wednesday(21), Wednesday(21) + absl::Hours(4)));
  EXPECT_FALSE(IsOpen(venue, Wednesday(21), Wednesday(21) + absl::Hours(4) + absl::Minutes(1)));
}

TEST(VenueRules, AVenueNeedsNameKindCapacityAndARealPlace) {
  EXPECT_TRUE(CheckVenue(Lobby(), "venue.").ok());
  Venue venue = Lobby();
  venue.clear_display_name();
  venue.clear_kind();
  venue.set_capacity(0);
  EXPECT_EQ(error::ReasonOf(CheckVenue(venue, "venue.")), "INVALID_FIELD");
  for (const double north : {90.1, -90.1, std::nan("")}) {
    venue = Lobby();
    venue.mutable_location()->set_latitude(north);
    EXPECT_FALSE(CheckVenue(venue, "").ok());
  }
  venue = Lobby();
  venue.mutable_location()->set_longitude(180.5);
  EXPECT_FALSE(CheckVenue(venue, "").ok());
}

TEST(VenueRules, OpenHoursNeitherOverlapNorRunBackwards) {
  Venue venue = Lobby();
  Open(venue, v1::WEEKDAY_FRIDAY, 600, 720);
  Open(venue, v1::WEEKDAY_FRIDAY, 540, 600);
  EXPECT_TRUE(CheckVenue(venue, "").ok());
  Open(venue, v1::WEEKDAY_FRIDAY, 719, 800);
  EXPECT_FALSE(CheckVenue(venue, "").ok());
  venue = Lobby();
  Open(venue, v1::WEEKDAY_FRIDAY, 720, 720);
  EXPECT_FALSE(CheckVenue(venue, "").ok());
  venue = Lobby();
  venue.add_open_days()->set_weekday(v1::WEEKDAY_MONDAY);
  venue.add_open_days()->set_weekday(v1::WEEKDAY_MONDAY);
  EXPECT_FALSE(CheckVenue(venue, "").ok());
}

TEST(VenueRules, OnlyAVenueInUseIsRetired) {
  for (int state = v1::VenueState_MIN; state <= v1::VenueState_MAX; ++state) {
    Venue venue = Lobby();
    venue.set_state(static_cast<v1::VenueState>(state));
    const absl::StatusOr<Venue> retired = Retire(venue);
    if (state == v1::VENUE_STATE_ACTIVE) {
      ASSERT_TRUE(retired.ok()) << retired.status();
      EXPECT_EQ(retired->state(), v1::VENUE_STATE_RETIRED);
    } else {
      EXPECT_EQ(error::ReasonOf(retired.status()), "VENUE_WRONG_STATE") << state;
    }
  }
}

TEST(SeriesRules, OnlyASeriesThatGoesOnEndsAndTakesMore) {
  v1::Series series;
  series.set_area("340111400001");
  for (int state = v1::SeriesState_MIN; state <= v1::SeriesState_MAX; ++state) {
    series.set_state(static_cast<v1::SeriesState>(state));
    const bool goes_on = state == v1::SERIES_STATE_ACTIVE;
    const std::string reason = goes_on ? "" : "SERIES_WRONG_STATE";
    const absl::StatusOr<v1::Series> ended = End(series);
    EXPECT_EQ(error::ReasonOf(ended.status()), reason) << state;
    EXPECT_EQ(ended.ok() ? ended->state() : v1::SERIES_STATE_ENDED, v1::SERIES_STATE_ENDED);
    EXPECT_EQ(error::ReasonOf(MayJoin(series, "340111400001-CJ-07")), reason) << state;
  }
  series.set_state(v1::SERIES_STATE_ACTIVE);
  EXPECT_EQ(error::ReasonOf(MayJoin(series, "340111400002")), "INVALID_FIELD");
}

TEST(SeriesRules, ARoundIsTaughtInItsArea) {
  v1::Round round;
  round.set_area("340111400001-CJ");
  EXPECT_TRUE(MayJoin(round, "340111400001-CJ-07").ok());
  EXPECT_FALSE(MayJoin(round, "340111400001-CJ2-01").ok());
}

}  // namespace
}  // namespace firstfloor::outreach::rules
