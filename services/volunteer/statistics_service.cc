#include "services/volunteer/statistics_service.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "common/calendar/calendar.h"
#include "common/calendar/days.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/shared_answer.h"
#include "services/volunteer/statistics_projection.h"

namespace firstfloor::volunteer {
namespace {

using v1::GetVolunteerStatisticsRequest;
using v1::GetVolunteerStatisticsResponse;

constexpr absl::CivilDay kBeginning(2000, 1, 1);

struct Span {
  absl::CivilDay from;
  absl::CivilDay to;
};

absl::Status ParseDay(const char* field, const std::string& text, absl::CivilDay& day) {
  if (text.empty()) return absl::OkStatus();
  const std::optional<absl::CivilDay> parsed = calendar::ParseDay(text);
  if (!parsed) return error::InvalidField(field, "must be a day such as 2023-01-31");
  day = *parsed;
  return absl::OkStatus();
}

absl::StatusOr<Span> SpanOf(const GetVolunteerStatisticsRequest& request, absl::Time now) {
  Span span{kBeginning, calendar::DayOf(now) + 1};
  RETURN_IF_ERROR(ParseDay("start_day", request.start_day(), span.from));
  RETURN_IF_ERROR(ParseDay("end_day", request.end_day(), span.to));
  if (span.to < span.from) return error::InvalidField("end_day", "must not be before start_day");
  return span;
}

bool GroupsBy(const GetVolunteerStatisticsRequest& request, v1::StatisticsGroup group) {
  return std::find(request.group_by().begin(), request.group_by().end(), group) != request.group_by().end();
}

// Figures of one key from the sums of its series; without `by_kind` they are one.
void AddFigures(const FigureKey& figure, const std::map<std::string, int64_t>& sums, bool by_kind,
                const std::string& month, GetVolunteerStatisticsResponse& response) {
  std::map<std::string, int64_t> values;  // by the dimension's value
  if (month.empty() && !by_kind) values[""] = 0;
  const std::string prefix = absl::StrCat(figure.key, "|", figure.dimension, "=");
  for (const auto& [series, sum] : sums) {
    absl::string_view value = series;
    const bool has_value = absl::ConsumePrefix(&value, prefix);
    values[by_kind && has_value ? std::string(value) : ""] += sum;
  }
  for (const auto& [value, sum] : values) {
    type::v1::Figure* added = response.add_figures();
    added->set_key(figure.key);
    if (!value.empty()) (*added->mutable_dimensions())[figure.dimension] = value;
    if (!month.empty()) (*added->mutable_dimensions())["month"] = month;
    added->set_value(sum);
  }
}

absl::StatusOr<GetVolunteerStatisticsResponse> Compute(db::Connection& db,
                                                       const GetVolunteerStatisticsRequest& request,
                                                       const Span& span) {
  const bool by_kind = GroupsBy(request, v1::STATISTICS_GROUP_KIND);
  const bool by_month = GroupsBy(request, v1::STATISTICS_GROUP_MONTH);
  GetVolunteerStatisticsResponse response;
  for (const FigureKey& figure : FigureKeys()) {
    const bool told_apart = by_kind && *figure.dimension != '\0';
    // Who is of two kinds counts for each, so that their sum means nothing.
    if (figure.stock && *figure.dimension != '\0' && !by_kind) continue;
    if (figure.stock || !by_month) {
      ASSIGN_OR_RETURN(const auto sums, statistics::Sums(db, figure.key, request.area(),
                                                         figure.stock ? kBeginning : span.from, span.to));
      AddFigures(figure, sums, told_apart, "", response);
      continue;
    }
    ASSIGN_OR_RETURN(const auto months,
                     statistics::SumsByMonth(db, figure.key, request.area(), span.from, span.to));
    for (const auto& [month, sums] : months) AddFigures(figure, sums, told_apart, month, response);
  }
  return response;
}

std::string CacheKey(const GetVolunteerStatisticsRequest& request, const Span& span) {
  return absl::StrCat("volunteer/statistics/", request.area(), "/", absl::FormatCivilTime(span.from), "/",
                      absl::FormatCivilTime(span.to), "/", GroupsBy(request, v1::STATISTICS_GROUP_KIND),
                      GroupsBy(request, v1::STATISTICS_GROUP_MONTH));
}

}  // namespace

void StatisticsHandlers::Register(rpc::Service& service) {
  service.Read("GetVolunteerStatistics", this, &StatisticsHandlers::GetVolunteerStatistics);
}

absl::StatusOr<GetVolunteerStatisticsResponse> StatisticsHandlers::GetVolunteerStatistics(
    rpc::Call& call, const GetVolunteerStatisticsRequest& request) {
  ASSIGN_OR_RETURN(const Span span, SpanOf(request, call.now()));
  ASSIGN_OR_RETURN(auto answer, rpc::SharedAnswer<GetVolunteerStatisticsResponse>(
                                    call, kStatisticsReader, CacheKey(request, span),
                                    [&] { return Compute(call.db(), request, span); }));
  *answer.response.mutable_as_of_time() = calendar::ToProto(answer.as_of);
  return std::move(answer.response);
}

}  // namespace firstfloor::volunteer
