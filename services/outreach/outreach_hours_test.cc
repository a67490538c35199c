// The service in a community that has set its own hours.
#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "common/error/error.h"
#include "services/outreach/outreach_fixture.h"

ABSL_DECLARE_FLAG(absl::Duration, travel_buffer);
ABSL_DECLARE_FLAG(std::string, quiet_hours);

namespace firstfloor::outreach {
namespace {

class OutreachWithOwnHours : public OutreachTest {
 protected:
  static void SetUpTestSuite() {
    absl::SetFlag(&FLAGS_travel_buffer, absl::Minutes(40));
    absl::SetFlag(&FLAGS_quiet_hours, "16:00-17:00");
    OutreachTest::SetUpTestSuite();
    absl::SetFlag(&FLAGS_travel_buffer, absl::Minutes(15));
    absl::SetFlag(&FLAGS_quiet_hours, "12:00-14:00,21:00-07:00");
  }
};

TEST_F(OutreachWithOwnHours, SessionsAreHeldByThem) {
  const v1::Venue venue = NewVenue(30);
  ASSERT_TRUE(Schedule(NewDraft(venue, NewLecturer(), 20, May(10, 10))).ok());
  EXPECT_EQ(error::ReasonOf(Schedule(NewDraft(venue, NewLecturer(), 20, May(10, 11, 39))).status()),
            "SLOT_TAKEN");
  EXPECT_TRUE(Schedule(NewDraft(venue, NewLecturer(), 20, May(10, 11, 40))).ok());  // over noon
  EXPECT_EQ(error::ReasonOf(Schedule(NewDraft(venue, NewLecturer(), 20, May(10, 15, 30))).status()),
            "QUIET_HOURS");
}

}  // namespace
}  // namespace firstfloor::outreach
