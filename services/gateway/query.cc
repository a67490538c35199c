#include "services/gateway/query.h"

#include <algorithm>
#include <set>

#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::gateway {
namespace {

bool IsInside(const FieldPath& path, const FieldPath& outer) {
  return path.size() >= outer.size() && std::equal(outer.begin(), outer.end(), path.begin());
}

absl::Status ApplyOne(absl::string_view name, absl::string_view value, const std::vector<FieldPath>& taken,
                      std::set<FieldPath>& seen, google::protobuf::Message& message) {
  ASSIGN_OR_RETURN(const FieldPath path, ResolveField(*message.GetDescriptor(), name));
  for (const FieldPath& other : taken) {
    if (IsInside(path, other))
      return absl::InvalidArgumentError("is given by the path or the body, not here");
  }
  if (!seen.insert(path).second && !path.back()->is_repeated()) {
    return absl::InvalidArgumentError("is given twice");
  }
  return SetFromText(path, value, message);
}

}  // namespace

absl::Status ApplyQuery(const QueryPairs& query, const std::vector<FieldPath>& taken,
                        google::protobuf::Message& message) {
  error::Violations violations;
  std::set<FieldPath> seen;
  for (const auto& [name, value] : query) {
    const absl::Status applied = ApplyOne(name, value, taken, seen, message);
    if (!applied.ok()) violations.Add(name, applied.message());
  }
  return violations.ToStatus();
}

}  // namespace firstfloor::gateway
