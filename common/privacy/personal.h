// What the `personal` field option means, applied to any message. A plan per message type is made once and
// kept: types must live as long as the process, as generated ones do. A packed Any is not looked into.
#ifndef FIRSTFLOOR_COMMON_PRIVACY_PERSONAL_H_
#define FIRSTFLOOR_COMMON_PRIVACY_PERSONAL_H_

#include "google/protobuf/message.h"

namespace firstfloor::privacy {

// True if the type has a personal field anywhere inside.
bool HasPersonal(const google::protobuf::Descriptor* type);

// Moves every personal field of `whole` (at any depth of singular submessages, and, for personal fields
// inside repeated or map elements, the whole repeated field) into `personal`, a message of the same type
// whose content is dropped first: afterwards `whole` holds nothing personal, and MergeBack restores it
// exactly.
void Split(google::protobuf::Message& whole, google::protobuf::Message& personal);
void MergeBack(google::protobuf::Message& whole, const google::protobuf::Message& personal);

// Hides personal fields for a caller without the right. A string keeps its first code point ("张*"; "*" if
// there is but one); a telephone number its first 3 and last 2 digits, behind a country code
// ("+86138******00"); texts of over 32 code points, bytes, numbers, enums, times and maps are cleared.
// Personal messages are masked inside, field by field.
void Mask(google::protobuf::Message& message);

// Clears every personal field, at any depth.
void Strip(google::protobuf::Message& message);

}  // namespace firstfloor::privacy

#endif  // FIRSTFLOOR_COMMON_PRIVACY_PERSONAL_H_
