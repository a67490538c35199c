#include "common/cache/rows.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::cache {
namespace {

// How often a row was asked for, and with what outcome.
telemetry::Counter& Asked(const std::string& outcome) {
  return telemetry::GetCounter("firstfloor_rows_asked_total", "Rows asked for in memory, by outcome.",
                               {{"outcome", outcome}});
}

constexpr size_t kShards = 16;
// Names that share a slot share its generation: a Drop of one voids a Put of the other, which costs a
// SELECT and nothing else.
constexpr size_t kSlots = 256;
constexpr uint64_t kVoid = std::numeric_limits<uint64_t>::max();

absl::Time SteadyNow() {
  return absl::FromUnixNanos(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                 std::chrono::steady_clock::now().time_since_epoch())
                                 .count());
}

struct Entry {
  std::string name;
  absl::Time sent;
  std::shared_ptr<const void> value;
};

// The newest use stands first.
using Entries = std::list<Entry>;

struct alignas(64) Shard {
  std::mutex mutex;
  Entries entries;
  // Keys are the names inside `entries`.
  absl::flat_hash_map<absl::string_view, Entries::iterator> index;
  std::array<uint64_t, kSlots> drops{};
  uint64_t clears = 0;
};

}  // namespace

struct Rows::Impl {
  Impl(size_t capacity, std::function<bool()> o, absl::Duration l, absl::Time (*c)())
      : on(std::move(o)),
        life(l),
        clock(c == nullptr ? SteadyNow : c),
        shards(std::clamp<size_t>(capacity, 1, kShards)),
        capacity_of_shard(capacity / shards.size()) {}

  struct Place {
    Shard& shard;
    size_t slot;
  };

  Place PlaceOf(absl::string_view name) {
    const size_t hash = absl::Hash<absl::string_view>()(name);
    // The table of a shard goes by the same hash: its low bits must not be the same for all its names.
    const size_t high = hash >> 48;
    return {shards[high % shards.size()], (high / kShards) % kSlots};
  }

  static uint64_t GenerationOf(const Place& place) {
    // Both only grow: the sum is the same only if neither changed.
    return place.shard.clears + place.shard.drops[place.slot];
  }

  std::shared_ptr<const void> FindFresh(absl::string_view name) {
    Shard& shard = PlaceOf(name).shard;
    const absl::Time now = clock();
    std::lock_guard lock(shard.mutex);
    const auto found = shard.index.find(name);
    if (found == shard.index.end()) return nullptr;
    const Entries::iterator entry = found->second;
    if (now - entry->sent >= life) return nullptr;
    shard.entries.splice(shard.entries.begin(), shard.entries, entry);
    return entry->value;
  }

  // What is taken out is given back, to be freed after the lock.
  static Entries TakeOut(Shard& shard, Entries::iterator entry) {
    Entries taken;
    shard.index.erase(entry->name);
    taken.splice(taken.begin(), shard.entries, entry);
    return taken;
  }

  const std::function<bool()> on;
  const absl::Duration life;
  absl::Time (*const clock)();
  std::vector<Shard> shards;
  const size_t capacity_of_shard;
  telemetry::Counter& hit = Asked("hit");
  telemetry::Counter& miss = Asked("miss");
  telemetry::Counter& off = Asked("off");  // the bell is not heard
};

Rows::Rows(size_t capacity, std::function<bool()> on, absl::Duration life, absl::Time (*clock)())
    : impl_(std::make_unique<Impl>(capacity, std::move(on), life, clock)) {}

Rows::~Rows() = default;

std::shared_ptr<const void> Rows::Find(absl::string_view name) const {
  if (!impl_->on()) {
    impl_->off.Add();
    return nullptr;
  }
  std::shared_ptr<const void> value = impl_->FindFresh(name);
  (value != nullptr ? impl_->hit : impl_->miss).Add();
  return value;
}

Rows::Ticket Rows::Begin(absl::string_view name) const {
  const absl::Time now = impl_->clock();
  if (!impl_->on()) return {now, kVoid};
  const Impl::Place place = impl_->PlaceOf(name);
  std::lock_guard lock(place.shard.mutex);
  return {now, Impl::GenerationOf(place)};
}

void Rows::Put(absl::string_view name, const Ticket& ticket, std::shared_ptr<const void> value) {
  if (impl_->capacity_of_shard == 0 || !impl_->on() || impl_->clock() - ticket.sent >= impl_->life) return;
  Entries fresh;
  fresh.push_back({std::string(name), ticket.sent, std::move(value)});
  Entries old;
  const Impl::Place place = impl_->PlaceOf(name);
  Shard& shard = place.shard;
  std::lock_guard lock(shard.mutex);
  if (Impl::GenerationOf(place) != ticket.generation) return;
  if (const auto found = shard.index.find(name); found != shard.index.end()) {
    // A slower SELECT must not replace what a later one has seen.
    if (found->second->sent > ticket.sent) return;
    old = Impl::TakeOut(shard, found->second);
  } else if (shard.entries.size() >= impl_->capacity_of_shard) {
    old = Impl::TakeOut(shard, std::prev(shard.entries.end()));
  }
  shard.entries.splice(shard.entries.begin(), fresh);
  shard.index.emplace(shard.entries.front().name, shard.entries.begin());
}

void Rows::Drop(absl::string_view name) {
  Entries old;
  const Impl::Place place = impl_->PlaceOf(name);
  Shard& shard = place.shard;
  std::lock_guard lock(shard.mutex);
  ++shard.drops[place.slot];
  if (const auto found = shard.index.find(name); found != shard.index.end()) {
    old = Impl::TakeOut(shard, found->second);
  }
}

void Rows::Clear() {
  for (Shard& shard : impl_->shards) {
    Entries old;
    std::lock_guard lock(shard.mutex);
    ++shard.clears;
    shard.index.clear();
    old.swap(shard.entries);
  }
}

size_t Rows::size() const {
  size_t size = 0;
  for (Shard& shard : impl_->shards) {
    std::lock_guard lock(shard.mutex);
    size += shard.entries.size();
  }
  return size;
}

}  // namespace firstfloor::cache
