// How many calls one caller may make: a bucket per caller in Redis, spent in small lots so that most
// calls cost no round trip.
#ifndef FIRSTFLOOR_COMMON_RPC_RATE_H_
#define FIRSTFLOOR_COMMON_RPC_RATE_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/redis/client.h"

namespace firstfloor::rpc {

class Rate {
 public:
  // Sustained calls per second and burst of one caller over all replicas. per_second 0: no limit.
  Rate(double per_second, double burst);
  ~Rate();

  // RESOURCE_EXHAUSTED, reason RATE_LIMITED, with RetryInfo when the caller has spent what it may. `caller`
  // is a hash. Without Redis nobody is held back. Thread-safe.
  absl::Status Admit(redis::Client& redis, absl::string_view caller);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_RATE_H_
