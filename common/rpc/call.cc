#include "common/rpc/call.h"

#include "absl/strings/string_view.h"
#include "common/error/error.h"

namespace firstfloor::rpc {

absl::Status Call::Authorize(absl::string_view area, auth::Standing standing) {
  if (!auth::Allows(access_, *identity_, area, standing)) return error::Denied();
  decided_ = true;
  return absl::OkStatus();
}

bool Call::Holds(api::v1::Role role, absl::string_view area) const { return identity_->Has(role, area); }

void Call::RecordPersonalRead(absl::string_view name, absl::string_view area) {
  personal_reads_.emplace_back(name);
  if (personal_read_area_.empty()) personal_read_area_ = std::string(area);
}

}  // namespace firstfloor::rpc
