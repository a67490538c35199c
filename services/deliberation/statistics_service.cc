#include "services/deliberation/statistics_service.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/calendar/days.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/shared_answer.h"
#include "common/statistics/projection.h"
#include "services/deliberation/statistics.h"

namespace firstfloor::deliberation {
namespace {

using v1::DeliberationStatistics;
using v1::GetDeliberationStatisticsRequest;

constexpr const char* kKeys[] = {
    "cases.opened",        "cases.settled",   "cases.closed",      "cases.settled_on_the_spot",
    "cases.failed",        "cases.withdrawn", "cases.escalated",   "cases.breached",
    "cases.entered",       "orders.placed",   "orders.entered",    "orders.lapsed",
    "orders.closed",       "orders.rated",    "orders.rating_sum", "disputes.resolved_by_consultation",
    "disputes.reconciled",
};
// What is there at the end of the span, however long ago it came in.
constexpr const char* kStocks[] = {"cases.stock", "orders.stock"};

constexpr char kMonth[] = "month";
const absl::CivilDay kBeginning(2000, 1, 1);

absl::StatusOr<calendar::Days> DaysOf(const GetDeliberationStatisticsRequest& request) {
  error::Violations violations;
  const calendar::Days days =
      calendar::ParseDays({"start_date", request.start_date()}, {"end_date", request.end_date()}, violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return days;
}

// "kind", "topic", … as series and figures name them.
std::set<std::string> GroupsOf(const GetDeliberationStatisticsRequest& request) {
  std::set<std::string> groups;
  for (const int dimension : request.group_by()) {
    const std::string name = v1::StatisticsDimension_Name(static_cast<v1::StatisticsDimension>(dimension));
    groups.insert(absl::AsciiStrToLower(absl::StripPrefix(name, "STATISTICS_DIMENSION_")));
  }
  return groups;
}

using Dimensions = std::map<std::string, std::string>;

// The dimensions of "key|a=b|c=d" by which figures are told apart.
Dimensions DimensionsOf(absl::string_view series, const std::set<std::string>& groups) {
  Dimensions dimensions;
  const std::vector<absl::string_view> parts = absl::StrSplit(series, '|');
  for (size_t i = 1; i < parts.size(); ++i) {
    std::pair<std::string, std::string> pair = absl::StrSplit(parts[i], absl::MaxSplits('=', 1));
    if (groups.contains(pair.first)) dimensions.insert(std::move(pair));
  }
  return dimensions;
}

// Collects the figures of one answer.
class Answer {
 public:
  Answer(rpc::Call& call, const GetDeliberationStatisticsRequest& request, const calendar::Days& days)
      : call_(call), area_(request.area()), days_(days), groups_(GroupsOf(request)) {}

  absl::StatusOr<DeliberationStatistics> Compute() {
    for (const char* key : kKeys) {
      RETURN_IF_ERROR(groups_.contains(kMonth) ? AddByMonth(key) : AddSums(key, days_.first));
    }
    for (const char* key : kStocks) RETURN_IF_ERROR(AddSums(key, kBeginning));
    RETURN_IF_ERROR(AddMedian(kSettleTime, {}));
    if (groups_.contains("level")) {
      for (const char* level : {"ON_THE_SPOT", "CONSULTATION"}) {
        RETURN_IF_ERROR(AddMedian(statistics::Series(kSettleTime, {{"level", level}}), {{"level", level}}));
      }
    }
    return std::move(figures_);
  }

 private:
  absl::Status AddSums(absl::string_view key, absl::CivilDay from) {
    ASSIGN_OR_RETURN(const auto sums, statistics::Sums(call_.db(), key, area_, from, days_.end));
    std::map<Dimensions, int64_t> figures;
    for (const auto& [series, value] : sums) figures[DimensionsOf(series, groups_)] += value;
    Put(key, figures);
    return absl::OkStatus();
  }

  absl::Status AddByMonth(absl::string_view key) {
    ASSIGN_OR_RETURN(const auto months,
                     statistics::SumsByMonth(call_.db(), key, area_, days_.first, days_.end));
    std::map<Dimensions, int64_t> figures;
    for (const auto& [month, sums] : months) {
      for (const auto& [series, value] : sums) {
        Dimensions dimensions = DimensionsOf(series, groups_);
        dimensions[kMonth] = month;
        figures[dimensions] += value;
      }
    }
    Put(key, figures);
    return absl::OkStatus();
  }

  absl::Status AddMedian(const std::string& series, const Dimensions& dimensions) {
    ASSIGN_OR_RETURN(const absl::Duration median,
                     statistics::Quantile(call_.db(), series, area_, days_.first, days_.end, 0.5));
    Put("cases.settle_seconds_median", {{dimensions, absl::ToInt64Seconds(median)}});
    return absl::OkStatus();
  }

  void Put(absl::string_view key, const std::map<Dimensions, int64_t>& figures) {
    for (const auto& [dimensions, value] : figures) {
      type::v1::Figure* figure = figures_.add_figures();
      figure->set_key(std::string(key));
      figure->mutable_dimensions()->insert(dimensions.begin(), dimensions.end());
      figure->set_value(value);
    }
  }

  rpc::Call& call_;
  const std::string area_;
  const calendar::Days days_;
  const std::set<std::string> groups_;
  DeliberationStatistics figures_;
};

std::string KeyOf(const GetDeliberationStatisticsRequest& request) {
  return absl::StrCat("deliberation/statistics/", request.area(), "/", request.start_date(), "/",
                      request.end_date(), "/", absl::StrJoin(GroupsOf(request), ","));
}

}  // namespace

void StatisticsHandlers::Register(rpc::Service& service) {
  service.Read("GetDeliberationStatistics", this, &StatisticsHandlers::Get);
}

absl::StatusOr<DeliberationStatistics> StatisticsHandlers::Get(
    rpc::Call& call, const GetDeliberationStatisticsRequest& request) {
  ASSIGN_OR_RETURN(const calendar::Days days, DaysOf(request));
  ASSIGN_OR_RETURN(auto answer,
                   rpc::SharedAnswer<DeliberationStatistics>(call, kStatisticsReader, KeyOf(request), [&] {
                     return Answer(call, request, days).Compute();
                   }));
  *answer.response.mutable_as_of() = calendar::ToProto(answer.as_of);
  return std::move(answer.response);
}

}  // namespace firstfloor::deliberation
