#include "common/telemetry/seldom.h"

namespace firstfloor::telemetry {

int64_t Seldom::Due() {
  happened_.fetch_add(1);
  const Clock::rep now = Clock::now().time_since_epoch().count();
  Clock::rep next = next_.load();
  if (now < next || !next_.compare_exchange_strong(next, now + pause_.count())) return 0;
  return happened_.exchange(0);
}

}  // namespace firstfloor::telemetry
