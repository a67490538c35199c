#include "services/gateway/allowance.h"

// clang-format off
#include <utility>  // before Asio, which forgets it
// clang-format on
#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "common/error/error.h"

namespace firstfloor::gateway {
namespace {

namespace ip = boost::asio::ip;

std::string CountedAs(const std::string& address) {
  boost::system::error_code bad;
  const ip::address parsed = ip::make_address(address, bad);
  if (bad || !parsed.is_v6()) return address;
  return ip::network_v6(parsed.to_v6(), 64).canonical().to_string();
}

}  // namespace

double Allowance::Left(const Bucket& bucket, absl::Time now) const {
  const double earned = per_second_ * absl::ToDoubleSeconds(std::max(absl::ZeroDuration(), now - bucket.at));
  return std::min(burst_, bucket.left + earned);
}

absl::Status Allowance::Exhausted(double left) const {
  return error::RetryAfter(absl::StatusCode::kResourceExhausted, "RATE_LIMITED",
                           "too many calls without a good token from this address",
                           absl::Seconds((1 - left) / per_second_));
}

absl::Status Allowance::Spend(const std::string& address, absl::Time now) {
  if (per_second_ <= 0) return absl::OkStatus();
  const std::lock_guard lock(mutex_);
  ForgetTheFull(now);
  Bucket& bucket = buckets_.try_emplace(CountedAs(address), Bucket{.left = burst_, .at = now}).first->second;
  bucket = {.left = Left(bucket, now), .at = now};
  if (bucket.left < 1) return Exhausted(bucket.left);
  bucket.left -= 1;
  return absl::OkStatus();
}

absl::Status Allowance::Check(const std::string& address, absl::Time now) {
  const std::lock_guard lock(mutex_);
  if (buckets_.empty()) return absl::OkStatus();
  const auto bucket = buckets_.find(CountedAs(address));
  if (bucket == buckets_.end() || Left(bucket->second, now) >= 1) return absl::OkStatus();
  return Exhausted(Left(bucket->second, now));
}

void Allowance::ForgetTheFull(absl::Time now) {
  const absl::Duration refill = absl::Seconds(burst_ / per_second_);
  if (now - swept_ < refill) return;
  swept_ = now;
  absl::erase_if(buckets_, [&](const auto& entry) { return now - entry.second.at >= refill; });
}

}  // namespace firstfloor::gateway
