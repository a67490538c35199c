#include "services/outreach/roles.h"

#include "common/rpc/call.h"

namespace firstfloor::outreach {

bool IsStaff(const rpc::Call& call, absl::string_view area) {
  return call.Holds(api::v1::ROLE_COMMUNITY_STAFF, area) || call.Holds(api::v1::ROLE_BRANCH_SECRETARY, area);
}

bool HoldsClasses(const rpc::Call& call, absl::string_view area) {
  return IsStaff(call, area) || call.Holds(api::v1::ROLE_LECTURER, area) ||
         call.Holds(api::v1::ROLE_STEWARD, area) || call.Holds(api::v1::ROLE_GRID_WORKER, area);
}

}  // namespace firstfloor::outreach
