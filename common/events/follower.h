// What a process keeps in memory of its service's own log: read from what is stored, then led on event by
// event. Every replica has its own, so that an answer from memory costs no database.
#ifndef FIRSTFLOOR_COMMON_EVENTS_FOLLOWER_H_
#define FIRSTFLOOR_COMMON_EVENTS_FOLLOWER_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/db/connection.h"
#include "common/events/reader.h"

namespace firstfloor::events {

// All three are called on the follower's thread, and may block.
struct Memory {
  // Forgets what it has and reads all that is stored. What is appended meanwhile is told of afterwards, even
  // if it was read already. May take minutes: gives up, with any error, once `ending` says so.
  std::function<absl::Status(db::Connection&, const std::function<bool()>& ending)> load;
  // Takes in what these events tell of; telling twice must do no harm. After an error they are told again.
  std::function<absl::Status(db::Connection&, absl::Span<const v1::Event>)> apply;
  // Everything up to `seq` is in it.
  std::function<void(int64_t seq)> passed;
};

// One thread with its own database connection. Once loaded it takes no more than a quarter of a processor:
// while very much happens, the memory is late rather than the calls. A log that was replaced by a restored
// one makes it load anew.
class Follower {
 public:
  Follower(db::Config config, std::unique_ptr<Source> source, Memory memory);
  ~Follower();  // stops; what is under way is finished
  void Wake();  // something was sequenced: look now rather than at the next poll

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_FOLLOWER_H_
