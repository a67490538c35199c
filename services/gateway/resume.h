// Where a stream of events goes on after a reconnection: "id" of Server-Sent Events and "Last-Event-ID".
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_RESUME_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_RESUME_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace firstfloor::gateway {

// The position after `message` by its fields: `cursor`; or `cursor_seq` with `cursor_hash` ("7.0af3…"); or
// `seq`. "" if it has none.
std::string EventIdOf(const google::protobuf::Message& message);

// Sets the fields of a watch's request that stand for the position: `cursor`; or `after_seq` with
// `after_hash`. Nothing is set for "" or if the method knows no position. INVALID_ARGUMENT, reason
// INVALID_HEADER, if `id` is not what EventIdOf makes.
absl::Status ResumeAfter(absl::string_view id, google::protobuf::Message& request);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_RESUME_H_
