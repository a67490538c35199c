#include "tests/bench/compare/overload.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "tests/bench/compare/measure.h"
#include "tests/bench/compare/programs.h"

namespace firstfloor::bench {
namespace {

constexpr double kTimesThePeak = 3;

std::string Milliseconds(const Histogram& latency, double quantile) {
  if (latency.count() == 0) return "—";
  return Fixed(static_cast<double>(latency.Quantile(quantile)) / 1e6, 1);
}

}  // namespace

void PrintOverloadHead() {
  std::cout << "\n| at three times the peak | peak, calls/s | accepted, of the peak | left by the refusals "
               "| refused/s | refused: p50, p99 ms | accepted: p99 ms | at the peak: p99 ms |\n"
               "|---|---|---|---|---|---|---|---|\n";
}

void MeasureOverload(const Overloaded& overloaded) {
  const Result peak = overloaded.run(0);
  if (peak.failed() > 0 || peak.latency.count() == 0) Die(overloaded.what + ": calls failed at the peak");
  const Result cheapest = overloaded.refused();
  const double refusals_possible =
      static_cast<double>(cheapest.failed()) / absl::ToDoubleSeconds(cheapest.measured);
  const Result over = overloaded.run(kTimesThePeak * peak.per_second());
  for (const auto& [code, count] : over.errors) {
    if (overloaded.refusals.count(code) == 0)
      Die(absl::StrCat(overloaded.what, ": ", count, " calls ended with ", code));
  }
  const double refusals = static_cast<double>(over.failed()) / absl::ToDoubleSeconds(over.measured);
  std::cout << "| " << overloaded.what << " | " << Fixed(peak.per_second(), 0) << " | "
            << Fixed(over.per_second() / peak.per_second(), 2) << " | "
            << Fixed(1 - refusals / refusals_possible, 2) << " | " << Fixed(refusals, 0) << " | "
            << Milliseconds(over.refused, 0.5) << ", " << Milliseconds(over.refused, 0.99) << " | "
            << Milliseconds(over.latency, 0.99) << " | " << Milliseconds(peak.latency, 0.99) << " |"
            << std::endl;
}

}  // namespace firstfloor::bench
