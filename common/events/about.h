// What every event says of its resource.
#ifndef FIRSTFLOOR_COMMON_EVENTS_ABOUT_H_
#define FIRSTFLOOR_COMMON_EVENTS_ABOUT_H_

#include <cstdint>

#include "absl/strings/numbers.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events {

// Subject, version and area of `resource` as stored after the change; the caller adds the change.
template <typename R>
v1::Event About(const R& resource) {
  v1::Event event;
  event.set_subject(resource.name());
  int64_t version = 0;
  if (absl::SimpleAtoi(resource.etag(), &version)) event.set_version(version);
  event.set_area(resource.area());
  return event;
}

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_ABOUT_H_
