// Between JSON and messages, by the JSON mapping of protobuf.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_JSON_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_JSON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace firstfloor::gateway {

// Sets `message`, or with `field` that field of it, to what the body says. INVALID_ARGUMENT: reason
// MALFORMED_JSON with line, column and byte where the body stops being JSON (RFC 8259), or INVALID_BODY where
// it does not fit the message. A body of no bytes is an empty object.
absl::Status FromJson(absl::string_view body, const google::protobuf::FieldDescriptor* field,
                      google::protobuf::Message& message);

// The message, or with `field` that field of it alone. INTERNAL, reason REPLY_NOT_JSON, if a value has no
// form in JSON: a time after the year 9999, for example.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message,
                                   const google::protobuf::FieldDescriptor* field = nullptr);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_JSON_H_
