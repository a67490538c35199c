// For what may happen any number of times and is worth a line only once in a while.
#ifndef FIRSTFLOOR_COMMON_TELEMETRY_SELDOM_H_
#define FIRSTFLOOR_COMMON_TELEMETRY_SELDOM_H_

#include <atomic>
#include <chrono>
#include <cstdint>

namespace firstfloor::telemetry {

// Thread-safe; never waits.
class Seldom {
 public:
  // At least `pause` from line to line.
  explicit Seldom(std::chrono::milliseconds pause) : pause_(pause) {}

  // It has happened again. If a line is due: how often it happened since the last line, this time included;
  // otherwise 0.
  int64_t Due();

 private:
  using Clock = std::chrono::steady_clock;

  const Clock::duration pause_;
  std::atomic<int64_t> happened_ = 0;
  std::atomic<Clock::rep> next_ = Clock::time_point::min().time_since_epoch().count();
};

}  // namespace firstfloor::telemetry

#endif  // FIRSTFLOOR_COMMON_TELEMETRY_SELDOM_H_
