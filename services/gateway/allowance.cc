#include "services/gateway/allowance.h"

#include <algorithm>

#include "common/error/error.h"

namespace firstfloor::gateway {

absl::Status Allowance::Spend(const std::string& address, absl::Time now) {
  if (per_second_ <= 0) return absl::OkStatus();
  const std::lock_guard lock(mutex_);
  ForgetTheFull(now);
  Bucket& bucket = buckets_.try_emplace(address, Bucket{.left = burst_, .at = now}).first->second;
  const double earned = per_second_ * absl::ToDoubleSeconds(std::max(absl::ZeroDuration(), now - bucket.at));
  bucket = {.left = std::min(burst_, bucket.left + earned), .at = now};
  if (bucket.left < 1) {
    return error::RetryAfter(absl::StatusCode::kResourceExhausted, "RATE_LIMITED",
                             "too many calls without a token from this address",
                             absl::Seconds((1 - bucket.left) / per_second_));
  }
  bucket.left -= 1;
  return absl::OkStatus();
}

void Allowance::ForgetTheFull(absl::Time now) {
  const absl::Duration refill = absl::Seconds(burst_ / per_second_);
  if (now - swept_ < refill) return;
  swept_ = now;
  absl::erase_if(buckets_, [&](const auto& entry) { return now - entry.second.at >= refill; });
}

}  // namespace firstfloor::gateway
