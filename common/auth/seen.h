// Tokens that were verified before. Used within common/auth only.
#ifndef FIRSTFLOOR_COMMON_AUTH_SEEN_H_
#define FIRSTFLOOR_COMMON_AUTH_SEEN_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/auth/identity.h"

namespace firstfloor::auth {

// A bounded map from whole tokens to identities. Thread-safe; the locks are held for single look-ups.
class SeenTokens {
 public:
  static constexpr size_t kShards = 64;
  static constexpr size_t kMaxEntriesPerShard = 100'000 / kShards;
  static constexpr size_t kMaxBytesPerShard = (64 << 20) / kShards;

  // Null if unknown, or expired at `now`.
  std::shared_ptr<const Identity> Find(absl::string_view token, absl::Time now);

  // Keeps the token unless `generation`, that of the keys which verified it, is over.
  void Remember(absl::string_view token, std::shared_ptr<const Identity> identity, uint64_t generation,
                absl::Time now);

  // Forgets everything, and from now on takes only what keys of `generation` verified.
  void Begin(uint64_t generation);

  size_t size() const;

 private:
  using Entries = absl::flat_hash_map<std::string, std::shared_ptr<const Identity>>;
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    Entries entries;
    size_t bytes = 0;

    void Erase(Entries::iterator entry);
    void MakeRoomFor(size_t bytes_more, absl::Time now);
  };

  Shard& ShardOf(absl::string_view token);

  std::atomic<uint64_t> generation_{0};
  std::array<Shard, kShards> shards_;
};

}  // namespace firstfloor::auth

#endif  // FIRSTFLOOR_COMMON_AUTH_SEEN_H_
