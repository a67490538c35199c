#include "services/gateway/route_metrics.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace firstfloor::gateway {

RouteMetrics::RouteMetrics(const std::string& route) {
  for (size_t i = 0; i < by_class_.size(); ++i) {
    by_class_[i] = &telemetry::GetCounter("firstfloor_http_requests_total", "Requests answered",
                                          {{"route", route}, {"status", absl::StrCat(i, "xx")}});
  }
  seconds_ =
      &telemetry::GetHistogram("firstfloor_http_request_seconds",
                               "From the request being read to its answer being ready", {{"route", route}});
}

void RouteMetrics::Count(int http_status, absl::Duration took) const {
  by_class_[static_cast<size_t>(std::clamp(http_status / 100, 0, 5))]->Add(1);
  seconds_->Observe(absl::ToDoubleSeconds(took));
}

}  // namespace firstfloor::gateway
