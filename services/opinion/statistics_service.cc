#include "services/opinion/statistics_service.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/area/registry.h"
#include "common/calendar/days.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/shared_answer.h"
#include "common/statistics/projection.h"
#include "services/opinion/opinion_statistics.h"

namespace firstfloor::opinion {
namespace {

using v1::GetOpinionStatisticsRequest;
using v1::GetOpinionStatisticsResponse;

constexpr size_t kHottest = 20;
constexpr size_t kMostAreas = 5000;

// The codes of the areas below at `level`. FAILED_PRECONDITION, reason TOO_MANY_AREAS.
absl::StatusOr<std::vector<std::string>> CodesBelow(const area::Registry& registry, const std::string& area,
                                                    area::Level level) {
  std::vector<std::string> codes;
  for (area::Area& below : registry.Below(area, level)) codes.push_back(std::move(below.code));
  if (codes.size() > kMostAreas) {
    return error::Precondition("TOO_MANY_AREAS", "ask for a smaller area",
                               {{"most", absl::StrCat(kMostAreas)}});
  }
  return codes;
}

// The level directly below the area's; its own at the end.
area::Level LevelBelow(const std::string& area) {
  const area::Level level = area::LevelOf(area).value_or(area::Level::kUnit);
  return level == area::Level::kUnit ? level : static_cast<area::Level>(static_cast<int>(level) + 1);
}

// Figures of one area and span of days.
class Sheet {
 public:
  Sheet(db::Connection& connection, std::string area, absl::CivilDay from, absl::CivilDay to,
        GetOpinionStatisticsResponse& response)
      : connection_(connection), area_(std::move(area)), from_(from), to_(to), response_(response) {}

  absl::Status AddTotals() {
    ASSIGN_OR_RETURN(const int64_t received, Total(kReceived));
    ASSIGN_OR_RETURN(const int64_t resolved, Total(kResolved));
    ASSIGN_OR_RETURN(const int64_t on_time, Total(kOnTime));
    ASSIGN_OR_RETURN(const auto ratings, statistics::Sums(connection_, kRated, area_, from_, to_));
    int64_t rated = 0;
    int64_t satisfied = 0;
    for (const auto& [series, count] : ratings) {
      rated += count;
      if (ValueOf(series) == "SATISFIED") satisfied += count;
    }
    ASSIGN_OR_RETURN(const int64_t held, Total(kStallsHeld));
    ASSIGN_OR_RETURN(const int64_t missed, Total(kStallsMissed));
    ASSIGN_OR_RETURN(const int64_t visitors, Total(kVisitors));
    ASSIGN_OR_RETURN(const int64_t surveys, Total(kSurveysClosed));
    ASSIGN_OR_RETURN(const int64_t responses, Total(kSurveyResponses));
    Add("opinions.received", received);
    Add("opinions.resolved", resolved);
    Add("opinions.on_time", on_time);
    if (resolved > 0) Add("opinions.on_time_share", on_time * 1000 / resolved);
    Add("opinions.rated", rated);
    Add("opinions.satisfied", satisfied);
    if (rated > 0) Add("opinions.satisfied_share", satisfied * 1000 / rated);
    Add("stalls.held", held);
    Add("stalls.missed", missed);
    Add("stalls.visitors", visitors);
    RETURN_IF_ERROR(AddPlaces());
    Add("surveys.closed", surveys);
    Add("surveys.responses", responses);
    RETURN_IF_ERROR(AddQuantile("opinions.triage_median", kTimeToTriage, 0.5));
    RETURN_IF_ERROR(AddQuantile("opinions.triage_p90", kTimeToTriage, 0.9));
    RETURN_IF_ERROR(AddQuantile("opinions.resolve_median", kTimeToResolve, 0.5));
    return AddQuantile("opinions.resolve_p90", kTimeToResolve, 0.9);
  }

  // One figure for each value that occurs.
  absl::Status AddBy(const char* figure, const char* series_key, const char* dimension) {
    ASSIGN_OR_RETURN(const auto sums, statistics::Sums(connection_, series_key, area_, from_, to_));
    for (const auto& [series, count] : sums) {
      if (count != 0) Add(figure, count, dimension, ValueOf(series));
    }
    return absl::OkStatus();
  }

  // Boxes and home visits.
  absl::Status AddPlaces() {
    ASSIGN_OR_RETURN(const int64_t emptied, Total(kBoxesEmptied));
    ASSIGN_OR_RETURN(const int64_t slips, Total(kBoxSlips));
    ASSIGN_OR_RETURN(const int64_t visits, Total(kVisits));
    ASSIGN_OR_RETURN(const auto outcomes, statistics::Sums(connection_, kVisitsByOutcome, area_, from_, to_));
    const auto met = std::find_if(outcomes.begin(), outcomes.end(),
                                  [](const auto& outcome) { return ValueOf(outcome.first) == "MET"; });
    Add("boxes.emptied", emptied);
    Add("boxes.slips", slips);
    Add("visits.made", visits);
    Add("visits.met", met == outcomes.end() ? 0 : met->second);
    return absl::OkStatus();
  }

  // One figure for each of the areas in which it is not 0.
  absl::Status AddByArea(const char* figure, const char* series, const std::vector<std::string>& areas) {
    ASSIGN_OR_RETURN(const auto sums, statistics::SumsOfAreas(connection_, series, areas, from_, to_));
    for (const auto& [area, count] : sums) {
      if (count != 0) Add(figure, count, "area", area);
    }
    return absl::OkStatus();
  }

  absl::Status AddByDay(const char* figure, const char* series) {
    ASSIGN_OR_RETURN(const auto days, statistics::SumsByDay(connection_, series, area_, from_, to_));
    for (const auto& [day, count] : days) Add(figure, count, "day", day);
    return absl::OkStatus();
  }

  // Of the buildings those in which most was said and supported.
  absl::Status AddHottest(const std::vector<std::string>& buildings) {
    ASSIGN_OR_RETURN(auto received, statistics::SumsOfAreas(connection_, kReceived, buildings, from_, to_));
    ASSIGN_OR_RETURN(auto supported, statistics::SumsOfAreas(connection_, kSupported, buildings, from_, to_));
    std::vector<std::pair<int64_t, std::string>> heat;
    for (const std::string& building : buildings) {
      const int64_t all = received[building] + supported[building];
      if (all > 0) heat.emplace_back(-all, building);
    }
    std::sort(heat.begin(), heat.end());
    if (heat.size() > kHottest) heat.resize(kHottest);
    for (const auto& [all, building] : heat) {
      Add("opinions.received", received[building], "building", building);
      Add("opinions.supported", supported[building], "building", building);
    }
    return absl::OkStatus();
  }

  absl::Status AddByMonth(const char* figure, const char* series_key) {
    ASSIGN_OR_RETURN(const auto months, statistics::SumsByMonth(connection_, series_key, area_, from_, to_));
    for (const auto& [month, sums] : months) {
      for (const auto& [series, count] : sums) {
        if (series == series_key && count != 0) Add(figure, count, "month", month);
      }
    }
    return absl::OkStatus();
  }

 private:
  // What stands behind "dimension=" in a series.
  static std::string ValueOf(const std::string& series) { return series.substr(series.find('=') + 1); }

  absl::StatusOr<int64_t> Total(const char* series_key) {
    ASSIGN_OR_RETURN(const auto sums, statistics::Sums(connection_, series_key, area_, from_, to_));
    const auto found = sums.find(series_key);
    return found == sums.end() ? 0 : found->second;
  }

  absl::Status AddQuantile(const char* figure, const char* series, double q) {
    ASSIGN_OR_RETURN(const absl::Duration value,
                     statistics::Quantile(connection_, series, area_, from_, to_, q));
    Add(figure, absl::ToInt64Seconds(value));
    return absl::OkStatus();
  }

  void Add(const char* key, int64_t value, const char* dimension = nullptr, const std::string& of = "") {
    type::v1::Figure* figure = response_.add_figures();
    figure->set_key(key);
    figure->set_value(value);
    if (dimension != nullptr) (*figure->mutable_dimensions())[dimension] = of;
  }

  db::Connection& connection_;
  const std::string area_;
  const absl::CivilDay from_;
  const absl::CivilDay to_;
  GetOpinionStatisticsResponse& response_;
};

absl::StatusOr<GetOpinionStatisticsResponse> Compute(db::Connection& connection,
                                                     const area::Registry& registry,
                                                     const GetOpinionStatisticsRequest& request) {
  error::Violations violations;
  const calendar::Days days =
      calendar::ParseDays({"start_day", request.start_day()}, {"end_day", request.end_day()}, violations);
  RETURN_IF_ERROR(violations.ToStatus());

  GetOpinionStatisticsResponse response;
  Sheet sheet(connection, request.area(), days.first, days.end, response);
  RETURN_IF_ERROR(sheet.AddTotals());
  switch (request.group_by()) {
    case v1::OPINION_DIMENSION_CHANNEL:
      RETURN_IF_ERROR(sheet.AddBy("opinions.received", kReceivedByChannel, "channel"));
      break;
    case v1::OPINION_DIMENSION_KIND:
      RETURN_IF_ERROR(sheet.AddBy("opinions.received", kReceivedByKind, "kind"));
      break;
    case v1::OPINION_DIMENSION_CATEGORY:
      RETURN_IF_ERROR(sheet.AddBy("opinions.received", kReceivedByCategory, "category"));
      break;
    case v1::OPINION_DIMENSION_STATE:
      RETURN_IF_ERROR(sheet.AddBy("opinions.received", kReceivedByState, "state"));
      break;
    case v1::OPINION_DIMENSION_MONTH:
      RETURN_IF_ERROR(sheet.AddByMonth("opinions.received", kReceived));
      RETURN_IF_ERROR(sheet.AddByMonth("opinions.resolved", kResolved));
      RETURN_IF_ERROR(sheet.AddByMonth("stalls.held", kStallsHeld));
      RETURN_IF_ERROR(sheet.AddByMonth("stalls.missed", kStallsMissed));
      RETURN_IF_ERROR(sheet.AddByMonth("stalls.visitors", kVisitors));
      RETURN_IF_ERROR(sheet.AddByMonth("boxes.emptied", kBoxesEmptied));
      RETURN_IF_ERROR(sheet.AddByMonth("boxes.slips", kBoxSlips));
      RETURN_IF_ERROR(sheet.AddByMonth("visits.made", kVisits));
      break;
    case v1::OPINION_DIMENSION_CAMPAIGN:
      RETURN_IF_ERROR(sheet.AddBy("stalls.held", kStallsHeldByCampaign, "campaign"));
      RETURN_IF_ERROR(sheet.AddBy("stalls.visitors", kVisitorsByCampaign, "campaign"));
      break;
    case v1::OPINION_DIMENSION_VISIT_OUTCOME:
      RETURN_IF_ERROR(sheet.AddBy("visits.made", kVisitsByOutcome, "outcome"));
      break;
    case v1::OPINION_DIMENSION_VISIT_TOPIC:
      RETURN_IF_ERROR(sheet.AddBy("visits.made", kVisitsByTopic, "topic"));
      break;
    case v1::OPINION_DIMENSION_AREA: {
      ASSIGN_OR_RETURN(const auto areas, CodesBelow(registry, request.area(), LevelBelow(request.area())));
      RETURN_IF_ERROR(sheet.AddByArea("opinions.received", kReceived, areas));
      RETURN_IF_ERROR(sheet.AddByArea("opinions.supported", kSupported, areas));
      RETURN_IF_ERROR(sheet.AddByArea("opinions.resolved", kResolved, areas));
      break;
    }
    case v1::OPINION_DIMENSION_DAY:
      RETURN_IF_ERROR(sheet.AddByDay("opinions.received", kReceived));
      RETURN_IF_ERROR(sheet.AddByDay("opinions.resolved", kResolved));
      break;
    case v1::OPINION_DIMENSION_BUILDING: {
      ASSIGN_OR_RETURN(const auto buildings, CodesBelow(registry, request.area(), area::Level::kBuilding));
      RETURN_IF_ERROR(sheet.AddHottest(buildings));
      break;
    }
    default:
      break;
  }
  return response;
}

}  // namespace

void StatisticsHandlers::Register(rpc::Service& service) {
  service.Read("GetOpinionStatistics", this, &StatisticsHandlers::Get);
}

absl::StatusOr<GetOpinionStatisticsResponse> StatisticsHandlers::Get(
    rpc::Call& call, const GetOpinionStatisticsRequest& request) {
  const std::string key = absl::StrCat("statistics/opinion/", request.area(), "/", request.start_day(), "/",
                                       request.end_day(), "/", request.group_by());
  ASSIGN_OR_RETURN(auto answer,
                   rpc::SharedAnswer<GetOpinionStatisticsResponse>(call, kStatisticsReader, key, [&] {
                     return Compute(call.db(), *call.environment().areas, request);
                   }));
  *answer.response.mutable_as_of_time() = calendar::ToProto(answer.as_of);
  return std::move(answer.response);
}

}  // namespace firstfloor::opinion
