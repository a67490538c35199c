// Handlers of CalendarService.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_CALENDAR_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_CALENDAR_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/outreach/v1/calendar_service.pb.h"
#include "services/outreach/series_store.h"
#include "services/outreach/session_store.h"
#include "services/outreach/venue_store.h"

namespace firstfloor::outreach {

class CalendarHandlers {
 public:
  CalendarHandlers(const rpc::Environment& environment, const VenueStore& venues, const SeriesStore& series,
                   const SessionStore& sessions)
      : environment_(environment), venues_(venues), series_(series), sessions_(sessions) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::ICalendar> OfArea(rpc::Call& call, const v1::GetAreaCalendarRequest& request);
  absl::StatusOr<v1::ICalendar> OfSeries(rpc::Call& call, const v1::GetSeriesCalendarRequest& request);

 private:
  absl::StatusOr<v1::ICalendar> Of(rpc::Call& call, const std::string& name, resource::Condition which,
                                   const type::v1::TimeWindow& window);

  const rpc::Environment& environment_;
  const VenueStore& venues_;
  const SeriesStore& series_;
  const SessionStore& sessions_;
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_CALENDAR_SERVICE_H_
