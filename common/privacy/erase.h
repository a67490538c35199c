// Erasing somebody from a message, by the field options `subject` and `owner`. A plan per message type is
// made once and kept, as in personal.h.
#ifndef FIRSTFLOOR_COMMON_PRIVACY_ERASE_H_
#define FIRSTFLOOR_COMMON_PRIVACY_ERASE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "google/protobuf/message.h"

namespace firstfloor::privacy {

// Whether the value of `field` names a person who is to be erased: a `subject`, or an `owner` that is the
// name of a resource about a person.
using IsErased =
    absl::FunctionRef<bool(const google::protobuf::FieldDescriptor& field, const std::string& value)>;

// True if the type names people anywhere inside.
bool NamesPeople(const google::protobuf::Descriptor* type);
// The collections of resources about people that the type has for an `owner` ("volunteers").
std::vector<std::string> OwnerCollections(const google::protobuf::Descriptor* type);

// True if somebody who is to be erased is named anywhere in the message.
bool Names(const google::protobuf::Message& message, IsErased is_erased);

struct Erased {
  bool any = false;
  // The message as a whole was about the person.
  bool owner = false;
};
// Erases the people who are named: of a message that is about one of them everything personal, but for what
// names others beside them; elsewhere the naming itself. Their names and numbers are blanked out ("***") in
// the personal texts that stay.
Erased Erase(google::protobuf::Message& message, IsErased is_erased);

}  // namespace firstfloor::privacy

#endif  // FIRSTFLOOR_COMMON_PRIVACY_ERASE_H_
