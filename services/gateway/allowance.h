// How many calls one address may make of a kind that nobody else counts: those without a token, and those
// with one that does not hold. Callers with a good token are counted by the services.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_ALLOWANCE_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_ALLOWANCE_H_

#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

namespace firstfloor::gateway {

class Allowance {
 public:
  // Sustained calls a second and burst of one address; per_second 0: no limit.
  Allowance(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  // RESOURCE_EXHAUSTED, reason RATE_LIMITED, with RetryInfo when the address has spent what it may; of IPv6,
  // its network of 64 bits, which is what one household or machine is given. Addresses
  // are kept in memory only, and forgotten when their allowance is full again. Thread-safe.
  absl::Status Spend(const std::string& address, absl::Time now);
  // The same without spending anything.
  absl::Status Check(const std::string& address, absl::Time now);

 private:
  struct Bucket {
    double left;
    absl::Time at;
  };
  double Left(const Bucket& bucket, absl::Time now) const;
  absl::Status Exhausted(double left) const;
  void ForgetTheFull(absl::Time now);

  const double per_second_;
  const double burst_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Bucket> buckets_;
  absl::Time swept_ = absl::InfinitePast();
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_ALLOWANCE_H_
