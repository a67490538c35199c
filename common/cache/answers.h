// Answers that are dear to compute (statistics, coverage), shared by all replicas through Redis.
#ifndef FIRSTFLOOR_COMMON_CACHE_ANSWERS_H_
#define FIRSTFLOOR_COMMON_CACHE_ANSWERS_H_

#include <functional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/redis/client.h"

namespace firstfloor::cache {

struct Answer {
  std::string bytes;
  absl::Time as_of;  // when it was computed
};

// The answer under `key` if it is younger than `life`. An older one (up to ten lives) is given to everybody
// but the one caller who holds a short-lived "recomputing" key in Redis, who computes it and stores it.
// Without Redis, or without an answer, computes. When computing fails for a passing reason (UNAVAILABLE,
// ABORTED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED), the old answer is given if there is one. Never holds
// personal data: `bytes` is stored as it is. Blocks for Redis' timeout at most, plus compute.
absl::StatusOr<Answer> Shared(redis::Client& redis, absl::string_view key, absl::Duration life,
                              absl::Time now, absl::FunctionRef<absl::StatusOr<std::string>()> compute);

// A token bucket per caller in Redis (Lua, one round trip): true if `cost` may be spent now. `key` must hold
// no personal data (hash it). `wait` is how long it takes until the cost could be spent, zero if it was.
// `per_second` and `burst` are above zero; a cost above the burst takes a full bucket and leaves a debt.
// Without Redis: true.
bool Spend(redis::Client& redis, absl::string_view key, double per_second, double burst, double cost,
           absl::Duration& wait);

}  // namespace firstfloor::cache

#endif  // FIRSTFLOOR_COMMON_CACHE_ANSWERS_H_
