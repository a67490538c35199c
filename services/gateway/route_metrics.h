// Rate, errors and duration of every route.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_ROUTE_METRICS_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_ROUTE_METRICS_H_

#include <array>
#include <string>

#include "absl/time/time.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::gateway {

class RouteMetrics {
 public:
  // `route`: the name of a method, or what else the gateway answers.
  explicit RouteMetrics(const std::string& route);
  void Count(int http_status, absl::Duration took) const;

 private:
  std::array<telemetry::Counter*, 6> by_class_;  // 2xx at 2, …
  telemetry::Histogram* seconds_;
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_ROUTE_METRICS_H_
