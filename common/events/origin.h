// Where a change comes from: who, when, in which trace. A call, a reader's effect and a timer each have
// one, so that the same domain code serves all three.
#ifndef FIRSTFLOOR_COMMON_EVENTS_ORIGIN_H_
#define FIRSTFLOOR_COMMON_EVENTS_ORIGIN_H_

#include <algorithm>
#include <string>
#include <utility>

#include "absl/time/time.h"

namespace firstfloor::events {

struct Origin {
  // Token subject of a person (personal: only its random actor id reaches the log), or the name of a
  // program when `by_service`.
  std::string subject;
  bool by_service = false;
  // Token subject of whom the person speaks for; may be empty.
  std::string on_behalf_of;
  // What rules, deadlines and statistics count by.
  absl::Time occur_time;
  // The wall clock.
  absl::Time record_time;
  // occur_time was given, not taken from the clock.
  bool back_dated = false;
  std::string traceparent;
  // The actor that `subject` is in the log (Log::ActorOf), where it was asked for once for many changes; ""
  // to look it up.
  std::string actor = "";
};

// `origin`, but not before `time`, when its subject changed last: what follows from an event or a deadline
// may come late.
inline Origin NotBefore(Origin origin, absl::Time time) {
  origin.occur_time = std::max(origin.occur_time, time);
  return origin;
}

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_ORIGIN_H_
