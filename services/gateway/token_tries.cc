#include "services/gateway/token_tries.h"

#include <utility>

#include "absl/hash/hash.h"

namespace firstfloor::gateway {
namespace {

// A megabyte or two; a community has a few thousand people who are logged in.
constexpr size_t kMostRecent = 50'000;

// Seeded for the process: nobody outside can make two tokens alike.
size_t HashOf(absl::string_view token) { return absl::HashOf(token); }

}  // namespace

absl::Status TokenTries::Admit(const std::string& address, absl::string_view token, absl::Time now) {
  absl::Status left = bad_.Check(address, now);
  if (left.ok()) return left;
  const std::lock_guard lock(mutex_);
  const size_t hash = HashOf(token);
  return recent_.contains(hash) || older_.contains(hash) ? absl::OkStatus() : left;
}

void TokenTries::Answered(const std::string& address, absl::string_view token, bool held, absl::Time now) {
  if (!held) return bad_.Spend(address, now).IgnoreError();
  const std::lock_guard lock(mutex_);
  if (!recent_.insert(HashOf(token)).second || recent_.size() < kMostRecent) return;
  older_ = std::exchange(recent_, {});
}

}  // namespace firstfloor::gateway
