// What an update's field mask means.
#ifndef FIRSTFLOOR_COMMON_RESOURCE_UPDATE_MASK_H_
#define FIRSTFLOOR_COMMON_RESOURCE_UPDATE_MASK_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/field_mask.pb.h"

namespace firstfloor::resource {

// Fields that an update may change, each with what changes it.
using Changes = std::vector<std::pair<std::string, std::function<void()>>>;

// Makes the changes that the mask names. INVALID_ARGUMENT, and nothing is changed, if it names none or
// another field.
absl::Status ApplyMask(const google::protobuf::FieldMask& mask, const Changes& changes);

}  // namespace firstfloor::resource

#endif  // FIRSTFLOOR_COMMON_RESOURCE_UPDATE_MASK_H_
