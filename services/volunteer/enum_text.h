// Enum values as events, errors and statistics write them: by their names, without the prefix.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_ENUM_TEXT_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_ENUM_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"

namespace firstfloor::volunteer {

// "IN_PROGRESS" of PROJECT_STATE_IN_PROGRESS; "" of an _UNSPECIFIED or unknown value.
template <typename Enum>
std::string Short(Enum value) {
  const google::protobuf::EnumDescriptor* type = google::protobuf::GetEnumDescriptor<Enum>();
  const google::protobuf::EnumValueDescriptor* known = type->FindValueByNumber(value);
  if (known == nullptr || known->number() == 0) return "";
  // The zero value is called <PREFIX>UNSPECIFIED.
  const absl::string_view prefix =
      absl::StripSuffix(absl::string_view(type->FindValueByNumber(0)->name()), "UNSPECIFIED");
  return std::string(absl::StripPrefix(absl::string_view(known->name()), prefix));
}

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_ENUM_TEXT_H_
