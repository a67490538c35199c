#include "common/rpc/rate.h"

#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/cache/answers.h"
#include "common/error/error.h"

namespace firstfloor::rpc {
namespace {

constexpr int kLot = 20;
constexpr size_t kMostCallers = 50'000;
constexpr absl::Duration kLotLife = absl::Seconds(2);

}  // namespace

struct Rate::Impl {
  struct Lot {
    int left = 0;
    absl::Time taken;
  };
  double per_second;
  double burst;
  std::mutex mutex;
  absl::flat_hash_map<std::string, Lot> lots;
};

Rate::Rate(double per_second, double burst) : impl_(std::make_unique<Impl>()) {
  impl_->per_second = per_second;
  impl_->burst = burst;
}

Rate::~Rate() = default;

absl::Status Rate::Admit(redis::Client& redis, absl::string_view caller) {
  if (impl_->per_second <= 0) return absl::OkStatus();
  const absl::Time now = absl::Now();
  {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->lots.find(caller);
    if (found != impl_->lots.end() && found->second.left > 0 && now - found->second.taken < kLotLife) {
      --found->second.left;
      return absl::OkStatus();
    }
  }
  absl::Duration wait;
  if (!cache::Spend(redis, absl::StrCat("rate/", caller), impl_->per_second, impl_->burst, kLot, wait)) {
    return error::RetryAfter(absl::StatusCode::kResourceExhausted, "RATE_LIMITED",
                             "this caller has made too many calls", wait);
  }
  const std::lock_guard lock(impl_->mutex);
  if (impl_->lots.size() >= kMostCallers) impl_->lots.clear();
  impl_->lots[std::string(caller)] = {kLot - 1, now};
  return absl::OkStatus();
}

}  // namespace firstfloor::rpc
