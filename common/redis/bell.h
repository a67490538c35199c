// The bell: tells other replicas and readers that something changed. A hint, never the news itself:
// whoever misses it polls.
#ifndef FIRSTFLOOR_COMMON_REDIS_BELL_H_
#define FIRSTFLOOR_COMMON_REDIS_BELL_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "common/redis/client.h"

namespace firstfloor::redis {

// Rings through `Publish`, hears on one thread of its own. Rung messages are sent by another thread in the
// background: ringing never blocks; when Redis is down messages are dropped.
class Bell {
 public:
  explicit Bell(Config config);
  // Stops both threads.
  ~Bell();

  // Calls `heard(message)` for every message on `channel`, on the bell's thread; must be quick. Register
  // before Start.
  void Listen(std::string channel, std::function<void(absl::string_view message)> heard);
  // Calls `gap()` whenever hearing has stopped, and before it begins or resumes: messages may have been
  // missed. On the bell's thread; must be quick. Register before Start.
  void OnGap(std::function<void()> gap);
  void Start();

  // Never blocks.
  void Ring(absl::string_view channel, absl::string_view message);

  // False while the bell can't be heard: it polls the descriptor, pings every 250 ms, and 500 ms of
  // silence is deafness. Thread-safe, lock-free.
  bool hearing() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::redis

#endif  // FIRSTFLOOR_COMMON_REDIS_BELL_H_
