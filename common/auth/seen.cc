#include "common/auth/seen.h"

#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace firstfloor::auth {

SeenTokens::Shard& SeenTokens::ShardOf(absl::string_view token) {
  // The high bits, as the map inside uses the low ones.
  static_assert(kShards == 64 && sizeof(size_t) == 8);
  return shards_[absl::Hash<absl::string_view>{}(token) >> 58];
}

void SeenTokens::Shard::Erase(Entries::iterator entry) {
  bytes -= entry->first.size();
  entries.erase(entry);
}

void SeenTokens::Shard::MakeRoomFor(size_t bytes_more, absl::Time now) {
  const auto holds_more_than = [&](size_t most_entries, size_t most_bytes) {
    return entries.size() + 1 > most_entries || bytes + bytes_more > most_bytes;
  };
  if (!holds_more_than(kMaxEntriesPerShard, kMaxBytesPerShard)) return;
  for (auto it = entries.begin(); it != entries.end();) {
    const auto entry = it++;
    if (entry->second->expires <= now) Erase(entry);
  }
  // A quarter at once, so that a full shard is not searched at every token.
  while (!entries.empty() && holds_more_than(kMaxEntriesPerShard * 3 / 4, kMaxBytesPerShard * 3 / 4)) {
    Erase(entries.begin());
  }
}

std::shared_ptr<const Identity> SeenTokens::Find(absl::string_view token, absl::Time now) {
  Shard& shard = ShardOf(token);
  std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(token);
  if (found == shard.entries.end()) return nullptr;
  if (found->second->expires <= now) {
    shard.Erase(found);
    return nullptr;
  }
  return found->second;
}

void SeenTokens::Remember(absl::string_view token, std::shared_ptr<const Identity> identity,
                          uint64_t generation, absl::Time now) {
  if (identity->expires <= now) return;
  Shard& shard = ShardOf(token);
  std::lock_guard lock(shard.mutex);
  // Asked under the lock: Begin sets it before it empties this shard.
  if (generation != generation_.load()) return;
  shard.MakeRoomFor(token.size(), now);
  if (shard.entries.try_emplace(token, std::move(identity)).second) shard.bytes += token.size();
}

void SeenTokens::Begin(uint64_t generation) {
  generation_.store(generation);
  for (Shard& shard : shards_) {
    Entries dropped;
    std::lock_guard lock(shard.mutex);
    dropped.swap(shard.entries);
    shard.bytes = 0;
  }
}

size_t SeenTokens::size() const {
  size_t total = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    total += shard.entries.size();
  }
  return total;
}

}  // namespace firstfloor::auth
