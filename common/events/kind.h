// What an event is about, as far as this program knows it.
#ifndef FIRSTFLOOR_COMMON_EVENTS_KIND_H_
#define FIRSTFLOOR_COMMON_EVENTS_KIND_H_

#include <string>

namespace firstfloor::events::v1 {
class Event;
}

namespace firstfloor::events {

// Name of the payload's field in Event ("opinion"); "" if it has none that this program knows.
std::string PayloadOf(const v1::Event& event);

// Full name of the message in the payload's `change` oneof, or of the payload if it has no such oneof; ""
// when this program does not know the payload or the change.
std::string KindOf(const v1::Event& event);

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_KIND_H_
