#include "services/opinion/team_view.h"

#include <algorithm>
#include <iterator>

namespace firstfloor::opinion::view {
namespace {

constexpr api::v1::Role kStaff[] = {api::v1::ROLE_STEWARD, api::v1::ROLE_GRID_WORKER,
                                    api::v1::ROLE_BRANCH_SECRETARY, api::v1::ROLE_COMMUNITY_STAFF,
                                    api::v1::ROLE_DISTRICT_ADMIN};

}  // namespace

bool IsAmong(const google::protobuf::RepeatedPtrField<v1::TeamMember>& members, const rpc::Call& call) {
  return std::any_of(members.begin(), members.end(), [&](const v1::TeamMember& member) {
    return !member.person().subject().empty() && member.person().subject() == call.subject();
  });
}

bool MayUnmaskTeams(const rpc::Call& call, absl::string_view area) {
  return std::any_of(std::begin(kStaff), std::end(kStaff),
                     [&](api::v1::Role role) { return call.Holds(role, area); });
}

}  // namespace firstfloor::opinion::view
