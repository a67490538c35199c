// The end of the log in memory: one reader a process feeds every open stream.
#ifndef FIRSTFLOOR_COMMON_EVENTS_TAIL_H_
#define FIRSTFLOOR_COMMON_EVENTS_TAIL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/connection.h"

namespace firstfloor::events::v1 {
class Event;
}

namespace firstfloor::events {

// Keeps the last few thousand events and tells its followers of each new one. Thread-safe.
class Tail {
 public:
  explicit Tail(db::Config config, size_t ring_size = 4096);
  ~Tail();
  void Wake();  // something was sequenced: look now rather than at the next poll (100 ms; 1 s while nobody
                // follows)

  // A follower is told of events in order, without gap or repetition, from the one after `after_seq` on.
  // Called on the tail's threads, one call at a time per follower; returning false ends it. A follower that
  // starts before the ring is caught up by pages from the database on one catch-up thread shared by all.
  // LOG_DIVERGED when (after_seq, after_hash) is not of this log; checked before the first event. `caught_up`
  // is called with the position whenever a follower has seen everything there is, at most every 5 s when idle
  // (heartbeat).
  struct Follower {
    int64_t after_seq = 0;
    std::string after_hash;
    std::function<bool(const v1::Event& event)> take;
    std::function<bool(int64_t seq, const std::string& hash)> caught_up;
    // The log could not be followed any more, or is not to be (Close); perhaps before Follow returns.
    std::function<void(absl::Status)> ended;
    // Asked before each event: false pauses this follower (its stream's queue is full) until Resume.
    std::function<bool()> ready;
  };
  int64_t Follow(Follower follower);  // id
  void Resume(int64_t id);            // ready() may be true again
  // After it returns, no function of the follower runs or will run. Not from inside one of them.
  void Unfollow(int64_t id);
  // Ends every follower with `why`, those to come too: the program ends. Waits for what of them runs.
  void Close(const absl::Status& why);

  // Seq of the last event seen.
  int64_t seq() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_TAIL_H_
