// Calendars of sessions that are in a real database.
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/calendar/timestamp.h"
#include "firstfloor/outreach/v1/calendar_service.pb.h"
#include "firstfloor/outreach/v1/series_service.pb.h"
#include "gmock/gmock.h"
#include "services/outreach/outreach_fixture.h"

namespace firstfloor::outreach {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::RequestId;

class OutreachCalendar : public OutreachTest {
 protected:
  // What begins on a day of May.
  static type::v1::TimeWindow DayOf(int day) {
    type::v1::TimeWindow window;
    *window.mutable_start_time() = calendar::ToProto(May(day, 0));
    *window.mutable_end_time() = calendar::ToProto(May(day + 1, 0));
    return window;
  }

  static std::string OfArea(const std::string& area, int day) {
    v1::GetAreaCalendarRequest request;
    request.set_area(area);
    *request.mutable_window() = DayOf(day);
    return Must<v1::ICalendar>("CalendarService.GetAreaCalendar", request,
                               Resident("reader", absl::InfinitePast()))
        .text();
  }

  static std::string UidOf(const v1::Session& session) {
    return absl::StrCat("UID:", absl::StripPrefix(session.name(), "sessions/"), "@firstfloor\r\n");
  }

  static void Cancel(const v1::Session& session) {
    v1::CancelSessionRequest request;
    request.set_request_id(RequestId());
    request.set_name(session.name());
    request.set_reason(v1::CANCEL_REASON_WEATHER);
    Must<v1::Session>("SessionService.CancelSession", request, Staff(May(2, 9)));
  }
};

TEST_F(OutreachCalendar, AnAreaHasWhatWasAnnouncedAlsoIfItWasCalledOff) {
  const v1::Session session = NewScheduled(30, May(22, 10));
  const v1::Session draft = NewDraft(NewVenue(30), NewLecturer(), 30, May(22, 10));
  const v1::Session dropped = NewDraft(NewVenue(30), NewLecturer(), 30, May(22, 10));
  Cancel(dropped);
  for (const std::string area : {kCommunity, kBuilding}) {
    const std::string text = OfArea(area, 22);
    EXPECT_THAT(text, HasSubstr(UidOf(session)));
    EXPECT_THAT(text, HasSubstr("STATUS:CONFIRMED\r\n"));
    EXPECT_THAT(text, Not(HasSubstr(UidOf(draft))));
    EXPECT_THAT(text, Not(HasSubstr(UidOf(dropped))));
  }
  Cancel(session);
  const std::string text = OfArea(kBuilding, 22);
  EXPECT_THAT(text, HasSubstr(UidOf(session)));
  EXPECT_THAT(text, HasSubstr("STATUS:CANCELLED\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("STATUS:CONFIRMED\r\n")));
  EXPECT_THAT(OfArea("340111400001-CJ-08", 22), Not(HasSubstr("BEGIN:VEVENT")));
}

TEST_F(OutreachCalendar, ASeriesHasItsOwn) {
  v1::CreateSeriesRequest create;
  create.set_request_id(RequestId());
  create.mutable_series()->set_display_name("初心课堂");
  create.mutable_series()->set_area(kCommunity);
  const auto series = Must<v1::Series>("SeriesService.CreateSeries", create, Staff(May(1, 9)));
  v1::CreateSessionRequest request;
  request.set_request_id(RequestId());
  *request.mutable_session() = NewDraft(NewVenue(30), NewLecturer(), 30, May(23, 10));
  request.mutable_session()->set_series(series.name());
  const auto session = Must<v1::Session>("SessionService.CreateSession", request, Staff(May(1, 10)));
  ASSERT_TRUE(Schedule(session).ok());
  const v1::Session other = NewScheduled(30, May(23, 10));

  v1::GetSeriesCalendarRequest get;
  get.set_series(series.name());
  *get.mutable_window() = DayOf(23);
  const std::string text =
      Must<v1::ICalendar>("CalendarService.GetSeriesCalendar", get, Resident("reader", absl::InfinitePast()))
          .text();
  EXPECT_THAT(text, HasSubstr("X-WR-CALNAME:初心课堂\r\n"));
  EXPECT_THAT(text, HasSubstr(UidOf(session)));
  EXPECT_THAT(text, Not(HasSubstr(UidOf(other))));
}

}  // namespace
}  // namespace firstfloor::outreach
