#include "services/outreach/statistics_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/area/registry.h"
#include "common/calendar/days.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/shared_answer.h"
#include "services/outreach/outreach_statistics.h"

namespace firstfloor::outreach {
namespace {

using statistics::Classes;
using statistics::Period;
using Response = v1::GetOutreachStatisticsResponse;

absl::StatusOr<Period> PeriodOf(const v1::GetOutreachStatisticsRequest& request) {
  Period period;
  period.area = request.area();
  error::Violations violations;
  const calendar::Days days =
      calendar::ParseDays({"start_day", request.start_day()}, {"end_day", request.end_day()}, violations);
  RETURN_IF_ERROR(violations.ToStatus());
  period.from = days.first;
  period.to = days.end;
  return period;
}

// Writes figures that stand under one value of one dimension, or under none.
class Sheet {
 public:
  explicit Sheet(Response& response) : response_(response) {}
  void Under(std::string dimension, std::string value) {
    dimension_ = std::move(dimension);
    value_ = std::move(value);
  }
  void Add(const char* key, int64_t value) {
    type::v1::Figure* figure = response_.add_figures();
    figure->set_key(key);
    if (!dimension_.empty()) (*figure->mutable_dimensions())[dimension_] = value_;
    figure->set_value(value);
  }
  void Add(const Classes& classes) {
    Add("outreach.rounds", static_cast<int64_t>(classes.rounds.size()));
    Add("outreach.sessions", classes.sessions);
    Add("outreach.attendances", classes.attendances);
  }
  void Add(const statistics::Venues& venues) {
    Add("outreach.venues", venues.active);
    Add("outreach.venues_used", venues.used);
    Add("outreach.venues_unused", std::max<int64_t>(0, venues.active - venues.used));
  }

 private:
  Response& response_;
  std::string dimension_;
  std::string value_;
};

absl::Status AddByArea(db::Connection& connection, const area::Registry& areas, const Period& period,
                       const Classes& all, Sheet& sheet) {
  Classes rest = all;
  const auto level = area::LevelOf(period.area);
  const bool deepest = !level || *level == area::Level::kUnit;
  const std::vector<area::Area> parts =
      deepest ? std::vector<area::Area>()
              : areas.Below(period.area, static_cast<area::Level>(static_cast<int>(*level) + 1));
  for (const area::Area& part : parts) {
    const Period inside = {part.code, period.from, period.to};
    ASSIGN_OR_RETURN(const statistics::ClassFigures figures, statistics::ClassesOf(connection, inside, ""));
    ASSIGN_OR_RETURN(const statistics::Venues venues, statistics::VenuesOf(connection, inside));
    rest.sessions -= figures.all.sessions;
    rest.attendances -= figures.all.attendances;
    if (figures.all.sessions == 0 && venues.active == 0 && venues.used == 0) continue;
    sheet.Under("area", part.code);
    sheet.Add(venues);
    sheet.Add(figures.all);
  }
  if (rest.sessions == 0) return absl::OkStatus();
  sheet.Under("area", period.area);
  sheet.Add("outreach.sessions", rest.sessions);
  sheet.Add("outreach.attendances", rest.attendances);
  return absl::OkStatus();
}

absl::Status AddByMonth(db::Connection& connection, const Period& period, Sheet& sheet) {
  ASSIGN_OR_RETURN(const auto months, statistics::ClassesByMonth(connection, period));
  for (const auto& [month, classes] : months) {
    sheet.Under("month", month);
    sheet.Add(classes);
  }
  return absl::OkStatus();
}

absl::Status AddByIdentity(db::Connection& connection, const Period& period, Sheet& sheet) {
  ASSIGN_OR_RETURN(const auto identities, statistics::AttendancesByIdentity(connection, period));
  for (const auto& [identity, heads] : identities) {
    sheet.Under("identity", identity);
    sheet.Add("outreach.attendances", heads);
  }
  return absl::OkStatus();
}

absl::Status AddByVenue(db::Connection& connection, const Period& period, Sheet& sheet) {
  ASSIGN_OR_RETURN(const auto uses, statistics::VenueUses(connection, period));
  for (const auto& [venue, use] : uses) {
    sheet.Under("venue", venue);
    sheet.Add("outreach.sessions", use.sessions);
    if (use.days_since) sheet.Add("outreach.days_since_last", *use.days_since);
  }
  return absl::OkStatus();
}

absl::Status AddByBuilding(db::Connection& connection, const area::Registry& areas, const Period& period,
                           Sheet& sheet) {
  ASSIGN_OR_RETURN(const auto reached, statistics::Reached(connection, period));
  const std::vector<area::Area> buildings = areas.Below(period.area, area::Level::kBuilding);
  std::vector<std::string> unreached;
  for (const area::Area& building : buildings) {
    if (!statistics::IsReached(reached, building.code)) unreached.push_back(building.code);
  }
  sheet.Under("", "");
  sheet.Add("outreach.buildings", static_cast<int64_t>(buildings.size()));
  sheet.Add("outreach.buildings_unreached", static_cast<int64_t>(unreached.size()));
  for (const std::string& building : unreached) {
    sheet.Under("building", building);
    sheet.Add("outreach.buildings_unreached", 1);
  }
  return absl::OkStatus();
}

absl::StatusOr<Response> Compute(db::Connection& connection, const area::Registry& areas,
                                 const Period& period, v1::OutreachDimension group_by) {
  const bool by_series = group_by == v1::OUTREACH_DIMENSION_SERIES;
  const bool by_form = group_by == v1::OUTREACH_DIMENSION_FORM;
  ASSIGN_OR_RETURN(const statistics::Venues venues, statistics::VenuesOf(connection, period));
  ASSIGN_OR_RETURN(const statistics::ClassFigures classes,
                   statistics::ClassesOf(connection, period, by_series ? "series" : (by_form ? "form" : "")));
  Response response;
  Sheet sheet(response);
  sheet.Add(venues);
  sheet.Add(classes.all);
  for (const auto& [value, part] : classes.by) {
    const bool named = by_series && !value.empty();
    sheet.Under(by_series ? "series" : "form", named ? absl::StrCat("series/", value) : value);
    sheet.Add(part);
  }
  if (group_by == v1::OUTREACH_DIMENSION_AREA) {
    RETURN_IF_ERROR(AddByArea(connection, areas, period, classes.all, sheet));
  } else if (group_by == v1::OUTREACH_DIMENSION_MONTH) {
    RETURN_IF_ERROR(AddByMonth(connection, period, sheet));
  } else if (group_by == v1::OUTREACH_DIMENSION_IDENTITY) {
    RETURN_IF_ERROR(AddByIdentity(connection, period, sheet));
  } else if (group_by == v1::OUTREACH_DIMENSION_VENUE) {
    RETURN_IF_ERROR(AddByVenue(connection, period, sheet));
  } else if (group_by == v1::OUTREACH_DIMENSION_BUILDING) {
    RETURN_IF_ERROR(AddByBuilding(connection, areas, period, sheet));
  }
  return response;
}

}  // namespace

void StatisticsHandlers::Register(rpc::Service& service) {
  service.Read("GetOutreachStatistics", this, &StatisticsHandlers::Get);
}

absl::StatusOr<Response> StatisticsHandlers::Get(rpc::Call& call,
                                                 const v1::GetOutreachStatisticsRequest& request) {
  ASSIGN_OR_RETURN(const Period period, PeriodOf(request));
  const std::string key =
      absl::StrCat("outreach/statistics/", period.area, "/", absl::FormatCivilTime(period.from), "/",
                   absl::FormatCivilTime(period.to), "/", request.group_by());
  ASSIGN_OR_RETURN(auto answer, rpc::SharedAnswer<Response>(call, statistics::kReader, key, [&] {
                     return Compute(call.db(), *environment_.areas, period, request.group_by());
                   }));
  *answer.response.mutable_as_of_time() = calendar::ToProto(answer.as_of);
  return std::move(answer.response);
}

}  // namespace firstfloor::outreach
