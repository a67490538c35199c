#include "services/gateway/throttle.h"

#include <algorithm>
#include <cmath>

namespace firstfloor::gateway {
namespace {

constexpr absl::Duration kMemory = absl::Seconds(1);

}  // namespace

bool Throttle::Admits(absl::Time now) {
  const std::lock_guard lock(mutex_);
  Fade(now);
  const double too_many = (answered_ - kExcess * taken_) / (answered_ + 1);
  owed_ += std::clamp(too_many, 0.0, 1 - 1 / kTrial);
  if (owed_ < 1) return true;
  owed_ -= 1;
  answered_ += 1;
  return false;
}

void Throttle::Answered(absl::Time now, bool taken) {
  const std::lock_guard lock(mutex_);
  Fade(now);
  answered_ += 1;
  taken_ += taken ? 1 : 0;
}

void Throttle::Fade(absl::Time now) {
  if (now <= at_) return;
  const double left = std::exp(-absl::FDivDuration(now - at_, kMemory));
  answered_ *= left;
  taken_ *= left;
  at_ = now;
}

}  // namespace firstfloor::gateway
