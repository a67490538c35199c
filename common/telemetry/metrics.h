// Prometheus metrics. Resolve a metric once and keep the reference: an update is an atomic or two.
#ifndef FIRSTFLOOR_COMMON_TELEMETRY_METRICS_H_
#define FIRSTFLOOR_COMMON_TELEMETRY_METRICS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace firstfloor::telemetry {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(double amount = 1) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual void Add(double amount) = 0;
};

// Seconds, in fixed buckets from 100 µs to 30 s.
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double seconds) = 0;
};

// The process's metrics: the same name and labels give the same object, which lives as long as the
// process. Names as in "firstfloor_rpc_handled_total". Thread-safe; takes a lock, so not per call.
Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
Histogram& GetHistogram(const std::string& name, const std::string& help, const Labels& labels = {});

// The exposition in Prometheus text format.
std::string ExposeMetrics();

}  // namespace firstfloor::telemetry

#endif  // FIRSTFLOOR_COMMON_TELEMETRY_METRICS_H_
