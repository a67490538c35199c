#include "common/text/similar_index.h"

#include <algorithm>
#include <deque>
#include <tuple>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "common/text/similarity.h"
#include "common/text/usage.h"

namespace firstfloor::text {
namespace {

using Slot = uint32_t;
// A scope's number and a feature's key: what a list is for.
using ListKey = uint64_t;

ListKey KeyOf(uint32_t scope, Feature::Key key) { return uint64_t{scope} << 32 | key; }

// Of each message that comes in, the lengths of so many others are taken anew: lengths grow with the
// logarithm of how many messages there are, so a length is never older than when a fifth fewer were there,
// and never wrong by more than that is worth. Taking them all anew for every look-up would cost ten times as
// much.
constexpr size_t kRenewed = 4;

struct Kept {
  MessageId id = 0;
  uint32_t scope = 0;
  absl::Time time;
  uint64_t reporter = 0;
  Fingerprint print;
  Lengths lengths;
};

// The pairs of `message` that say the most, with their weights; the heaviest first.
std::vector<std::pair<double, Feature::Key>> Telling(const Weighed& message) {
  std::vector<std::pair<double, Feature::Key>> pairs;
  for (size_t i = 0; i < message.features().size(); ++i) {
    const Feature feature = message.features()[i];
    if (feature.kind() == Feature::kPair) pairs.emplace_back(message.weights()[i], feature.key());
  }
  const size_t kept = std::min(pairs.size(), SimilarIndex::kListed);
  std::partial_sort(pairs.begin(), pairs.begin() + kept, pairs.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  pairs.resize(kept);
  return pairs;
}

}  // namespace

struct SimilarIndex::Impl {
  // The messages that share telling pairs with `message`, the most telling first.
  std::vector<Slot> Candidates(uint32_t scope, const Weighed& message) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex) {
    absl::flat_hash_map<Slot, double> shared;
    size_t unread = kRead;
    for (const auto& [weight, key] : Telling(message)) {
      const auto list = lists.find(KeyOf(scope, key));
      if (list == lists.end()) continue;
      const size_t reading = std::min(unread, list->second.size());
      for (auto slot = list->second.end() - reading; slot != list->second.end(); ++slot) {
        shared[*slot] += weight * weight;
      }
      unread -= reading;
    }
    std::vector<std::pair<double, Slot>> ranked;
    ranked.reserve(shared.size());
    for (const auto& [slot, weight] : shared) ranked.emplace_back(weight, slot);
    const size_t kept = std::min(ranked.size(), kCompared);
    // Of equal ones the one that came first, told by its slot: to look at each one's id would cost the most.
    std::partial_sort(ranked.begin(), ranked.begin() + kept, ranked.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    std::vector<Slot> slots(kept);
    std::transform(ranked.begin(), ranked.begin() + kept, slots.begin(),
                   [](const auto& r) { return r.second; });
    return slots;
  }

  void List(Slot slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const Kept& kept = messages[slot];
    for (const auto& [weight, key] : Telling(Weighed(kept.print, usage))) {
      std::vector<Slot>& list = lists[KeyOf(kept.scope, key)];
      if (list.size() == kListLength) list.erase(list.begin());
      list.push_back(slot);
    }
  }

  // Which pairs are the most telling may have changed since it was listed: looks on the lists of all.
  void Unlist(Slot slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const Kept& kept = messages[slot];
    for (const Feature feature : kept.print.features()) {
      const auto list = lists.find(KeyOf(kept.scope, feature.key()));
      if (list == lists.end()) continue;
      std::vector<Slot>& slots = list->second;
      slots.erase(std::remove(slots.begin(), slots.end(), slot), slots.end());
      if (slots.empty()) lists.erase(list);
    }
  }

  void Renew() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    for (size_t i = 0; i < kRenewed; ++i) {
      next_renewed = (next_renewed + 1) % messages.size();
      messages[next_renewed].lengths = LengthsOf(messages[next_renewed].print, usage);
    }
  }

  bool Remove(MessageId id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const auto place = places.find(id);
    if (place == places.end()) return false;
    const Slot slot = place->second;
    Unlist(slot);
    usage.Remove(messages[slot].print);
    messages[slot] = Kept{};
    free.push_back(slot);
    places.erase(place);
    return true;
  }

  mutable absl::Mutex mutex;
  std::deque<Kept> messages ABSL_GUARDED_BY(mutex);
  std::vector<Slot> free ABSL_GUARDED_BY(mutex);
  size_t next_renewed ABSL_GUARDED_BY(mutex) = 0;
  absl::flat_hash_map<MessageId, Slot> places ABSL_GUARDED_BY(mutex);
  absl::flat_hash_map<std::string, uint32_t> scopes ABSL_GUARDED_BY(mutex);
  absl::flat_hash_map<ListKey, std::vector<Slot>> lists ABSL_GUARDED_BY(mutex);  // oldest first
  Usage usage ABSL_GUARDED_BY(mutex);
};

SimilarIndex::SimilarIndex() : impl_(std::make_unique<Impl>()) {}
SimilarIndex::~SimilarIndex() = default;

void SimilarIndex::Add(MessageId id, const Message& message) {
  absl::MutexLock lock(&impl_->mutex);
  impl_->Remove(id);
  const auto scope = impl_->scopes.try_emplace(message.scope, impl_->scopes.size()).first;
  Slot slot = impl_->messages.size();
  if (impl_->free.empty()) {
    impl_->messages.emplace_back();
  } else {
    slot = impl_->free.back();
    impl_->free.pop_back();
  }
  impl_->usage.Add(message.print);
  impl_->messages[slot] = Kept{id,
                               scope->second,
                               message.time,
                               message.reporter,
                               message.print,
                               LengthsOf(message.print, impl_->usage)};
  impl_->places.emplace(id, slot);
  impl_->List(slot);
  impl_->Renew();
}

bool SimilarIndex::Remove(MessageId id) {
  absl::MutexLock lock(&impl_->mutex);
  return impl_->Remove(id);
}

std::vector<Match> SimilarIndex::Top(const Message& message, size_t k, double least,
                                     std::optional<MessageId> itself) const {
  absl::ReaderMutexLock lock(&impl_->mutex);
  const auto scope = impl_->scopes.find(message.scope);
  if (scope == impl_->scopes.end()) return {};
  const Weighed weighed(message.print, impl_->usage);
  std::vector<Match> matches;
  for (const Slot slot : impl_->Candidates(scope->second, weighed)) {
    const Kept& other = impl_->messages[slot];
    if (itself.has_value() && other.id == *itself) continue;
    const Circumstances circumstances{message.time - other.time,
                                      message.reporter != 0 && message.reporter == other.reporter};
    const double score = SameMatter(Compare(weighed, other.print, other.lengths), circumstances);
    if (score >= least) matches.push_back({other.id, score});
  }
  std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
    return a.score != b.score ? a.score > b.score : a.id < b.id;
  });
  if (matches.size() > k) matches.resize(k);
  return matches;
}

size_t SimilarIndex::size() const {
  absl::ReaderMutexLock lock(&impl_->mutex);
  return impl_->places.size();
}

}  // namespace firstfloor::text
