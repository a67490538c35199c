// The last events of a log in memory.
#ifndef FIRSTFLOOR_COMMON_EVENTS_RING_H_
#define FIRSTFLOOR_COMMON_EVENTS_RING_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events {

using EventPtr = std::shared_ptr<const v1::Event>;

// Not thread-safe.
class Ring {
 public:
  explicit Ring(size_t size) : size_(std::max<size_t>(1, size)) {}

  // Empty, at this position.
  void Restart(int64_t seq, std::string hash) {
    events_.clear();
    base_seq_ = seq;
    base_hash_ = std::move(hash);
  }

  // The one after the last.
  void Add(v1::Event event) {
    events_.push_back(std::make_shared<const v1::Event>(std::move(event)));
    if (events_.size() <= size_) return;
    base_seq_ = events_.front()->seq();
    base_hash_ = events_.front()->hash();
    events_.pop_front();
  }

  // Everything after `seq` is here, and the hash at it is known.
  bool Covers(int64_t seq) const { return seq >= base_seq_ && seq <= last_seq(); }
  // `seq` must be covered.
  const std::string& HashAt(int64_t seq) const { return seq == base_seq_ ? base_hash_ : At(seq)->hash(); }
  std::vector<EventPtr> After(int64_t seq, size_t limit) const {
    const auto begin = events_.begin() + (seq - base_seq_);
    const auto count = std::min<int64_t>(static_cast<int64_t>(limit), last_seq() - seq);
    return {begin, begin + count};
  }

  int64_t last_seq() const { return base_seq_ + static_cast<int64_t>(events_.size()); }
  const std::string& last_hash() const { return HashAt(last_seq()); }

 private:
  const EventPtr& At(int64_t seq) const { return events_[static_cast<size_t>(seq - base_seq_ - 1)]; }

  const size_t size_;
  int64_t base_seq_ = 0;
  std::string base_hash_;
  std::deque<EventPtr> events_;
};

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_RING_H_
