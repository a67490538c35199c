#include "services/outreach/calendar_service.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/row.h"
#include "services/outreach/ical.h"

namespace firstfloor::outreach {
namespace {

constexpr absl::Duration kBack = absl::Hours(90 * 24);
constexpr absl::Duration kAhead = absl::Hours(366 * 24);
constexpr int kMostSessions = 5000;

}  // namespace

void CalendarHandlers::Register(rpc::Service& service) {
  service.Read("GetAreaCalendar", this, &CalendarHandlers::OfArea);
  service.Read("GetSeriesCalendar", this, &CalendarHandlers::OfSeries);
}

absl::StatusOr<v1::ICalendar> CalendarHandlers::Of(rpc::Call& call, const std::string& name,
                                                   resource::Condition which,
                                                   const type::v1::TimeWindow& window) {
  const absl::Time from =
      window.has_start_time() ? calendar::FromProto(window.start_time()) : call.now() - kBack;
  const absl::Time to = window.has_end_time() ? calendar::FromProto(window.end_time()) : call.now() + kAhead;
  ASSIGN_OR_RETURN(const std::vector<v1::Session> sessions,
                   sessions_.table().List(call.db(),
                                          {std::move(which), resource::AtLeast("start_time", from),
                                           resource::Below("start_time", to)},
                                          false, "", kMostSessions + 1));
  if (sessions.size() > kMostSessions) {
    return error::Precondition("CALENDAR_TOO_LARGE", "there are too many sessions for one calendar",
                               {{"most", absl::StrCat(kMostSessions)}});
  }
  std::map<std::string, std::string> places;
  std::vector<ical::Entry> entries;
  for (const v1::Session& session : sessions) {
    // Only what was announced has a report to come.
    if (!session.has_report_due_time()) continue;
    const auto [place, added] = places.try_emplace(session.venue());
    if (added) {
      ASSIGN_OR_RETURN(const v1::Venue venue, venues_.table().Load(call.db(), session.venue()));
      place->second = venue.display_name();
    }
    entries.push_back({session, place->second});
  }
  v1::ICalendar calendar;
  calendar.set_text(ical::Render(name, entries));
  return calendar;
}

absl::StatusOr<v1::ICalendar> CalendarHandlers::OfArea(rpc::Call& call,
                                                       const v1::GetAreaCalendarRequest& request) {
  const std::optional<area::Area> area = environment_.areas->Find(request.area());
  return Of(call, area ? area->name : request.area(), resource::Covered("area", request.area()),
            request.window());
}

absl::StatusOr<v1::ICalendar> CalendarHandlers::OfSeries(rpc::Call& call,
                                                         const v1::GetSeriesCalendarRequest& request) {
  ASSIGN_OR_RETURN(const v1::Series series,
                   rpc::HiddenIfMissing(series_.series().Load(call.db(), request.series())));
  RETURN_IF_ERROR(call.Authorize(series.area()));
  return Of(call, series.display_name(), resource::Equals("series", series.name()), request.window());
}

}  // namespace firstfloor::outreach
