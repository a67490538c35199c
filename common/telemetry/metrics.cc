#include "common/telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <utility>

#include "common/telemetry/log.h"

namespace firstfloor::telemetry {
namespace {

const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const auto* const kBuckets = new prometheus::Histogram::BucketBoundaries{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return *kBuckets;
}

class PrometheusCounter : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& metric) : metric_(metric) {}
  void Add(double amount) override { metric_.Increment(amount); }

 private:
  prometheus::Counter& metric_;
};

class PrometheusGauge : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& metric) : metric_(metric) {}
  void Set(double value) override { metric_.Set(value); }
  void Add(double amount) override { metric_.Increment(amount); }

 private:
  prometheus::Gauge& metric_;
};

class PrometheusHistogram : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& metric) : metric_(metric) {}
  void Observe(double seconds) override { metric_.Observe(seconds); }

 private:
  prometheus::Histogram& metric_;
};

template <typename Metric>
using ByNameAndLabels = std::map<std::pair<std::string, Labels>, std::unique_ptr<Metric>>;

// All metrics of the process.
class Metrics {
 public:
  Counter& CounterOf(const std::string& name, const std::string& help, const Labels& labels) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<Counter>& counter = counters_[{name, labels}];
    if (counter == nullptr) {
      auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
      counter = std::make_unique<PrometheusCounter>(family.Add(labels));
    }
    return *counter;
  }

  Gauge& GaugeOf(const std::string& name, const std::string& help, const Labels& labels) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<Gauge>& gauge = gauges_[{name, labels}];
    if (gauge == nullptr) {
      auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
      gauge = std::make_unique<PrometheusGauge>(family.Add(labels));
    }
    return *gauge;
  }

  Histogram& HistogramOf(const std::string& name, const std::string& help, const Labels& labels) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<Histogram>& histogram = histograms_[{name, labels}];
    if (histogram == nullptr) {
      auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
      histogram = std::make_unique<PrometheusHistogram>(family.Add(labels, Buckets()));
    }
    return *histogram;
  }

  std::string Expose() {
    CountDroppedLogLines();
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

 private:
  void CountDroppedLogLines() {
    Counter& dropped = CounterOf("firstfloor_log_dropped_total", "Log lines that a full queue dropped.", {});
    const std::lock_guard<std::mutex> lock(mutex_);
    const uint64_t now = DroppedLogLines();
    dropped.Add(static_cast<double>(now - std::exchange(dropped_lines_counted_, now)));
  }

  std::mutex mutex_;
  prometheus::Registry registry_;
  ByNameAndLabels<Counter> counters_;
  ByNameAndLabels<Gauge> gauges_;
  ByNameAndLabels<Histogram> histograms_;
  uint64_t dropped_lines_counted_ = 0;
};

// Never destroyed: threads may still count while the process ends.
Metrics& ProcessMetrics() {
  static auto* const kMetrics = new Metrics;
  return *kMetrics;
}

}  // namespace

Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels) {
  return ProcessMetrics().CounterOf(name, help, labels);
}

Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels) {
  return ProcessMetrics().GaugeOf(name, help, labels);
}

Histogram& GetHistogram(const std::string& name, const std::string& help, const Labels& labels) {
  return ProcessMetrics().HistogramOf(name, help, labels);
}

std::string ExposeMetrics() { return ProcessMetrics().Expose(); }

}  // namespace firstfloor::telemetry
