// Fields of a message by path and text, as paths and query parameters give them.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_FIELD_VALUE_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_FIELD_VALUE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace firstfloor::gateway {

// From the message down to a field: {opinion, area}.
using FieldPath = std::vector<const google::protobuf::FieldDescriptor*>;

// "opinion.area", by the names of the proto or of JSON. NOT_FOUND if there is no such field;
// INVALID_ARGUMENT if a step leads through a list, a map or a message that JSON writes as a value.
absl::StatusOr<FieldPath> ResolveField(const google::protobuf::Descriptor& message, absl::string_view path);

// True if a text can stand for one value of the field: scalars, enums and the messages that JSON writes as a
// string or number (Timestamp, Duration, FieldMask, wrappers).
bool HasTextForm(const google::protobuf::FieldDescriptor& field);

// Sets the field, or adds to it if it is a list. `text` is UTF-8. INVALID_ARGUMENT, saying what was expected,
// if the text is no value of it or another field of the same oneof is set.
absl::Status SetFromText(const FieldPath& path, absl::string_view text, google::protobuf::Message& message);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_FIELD_VALUE_H_
