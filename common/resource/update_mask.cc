#include "common/resource/update_mask.h"

#include <algorithm>

#include "common/error/error.h"

namespace firstfloor::resource {

absl::Status ApplyMask(const google::protobuf::FieldMask& mask, const Changes& changes) {
  error::Violations violations;
  if (mask.paths().empty()) violations.Add("update_mask", "must name at least one field");
  std::vector<const std::function<void()>*> wanted;
  for (const std::string& path : mask.paths()) {
    const auto found = std::find_if(changes.begin(), changes.end(),
                                    [&](const auto& change) { return change.first == path; });
    if (found == changes.end()) {
      violations.Add("update_mask", "names a field that cannot be changed");
    } else {
      wanted.push_back(&found->second);
    }
  }
  if (!violations.empty()) return violations.ToStatus();
  for (const auto* change : wanted) (*change)();
  return absl::OkStatus();
}

}  // namespace firstfloor::resource
