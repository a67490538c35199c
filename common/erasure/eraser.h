// The thread that works erasures off.
#ifndef FIRSTFLOOR_COMMON_ERASURE_ERASER_H_
#define FIRSTFLOOR_COMMON_ERASURE_ERASER_H_

#include <memory>

#include "common/db/connection.h"

namespace firstfloor::erasure {

class Erasures;

// One thread with its own database connection. Looks for erasures when woken, else every two seconds; rests
// between pieces, so that calls come first. The destructor lets the piece under way end; another replica, or
// the next start, goes on. Exports firstfloor_erasure_running.
class Eraser {
 public:
  // `erasures` is not owned.
  Eraser(db::Config config, const Erasures& erasures);
  ~Eraser();
  void Wake();  // cheap, from any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::erasure

#endif  // FIRSTFLOOR_COMMON_ERASURE_ERASER_H_
