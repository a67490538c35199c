// Who sees the people of a team by name.
#ifndef FIRSTFLOOR_SERVICES_OPINION_TEAM_VIEW_H_
#define FIRSTFLOOR_SERVICES_OPINION_TEAM_VIEW_H_

#include "absl/strings/string_view.h"
#include "common/rpc/call.h"
#include "firstfloor/opinion/v1/stall.pb.h"

namespace firstfloor::opinion::view {

// The caller is one of them.
bool IsAmong(const google::protobuf::RepeatedPtrField<v1::TeamMember>& members, const rpc::Call& call);
// The caller is staff there, who may see the names in plain if they ask for it.
bool MayUnmaskTeams(const rpc::Call& call, absl::string_view area);

}  // namespace firstfloor::opinion::view

#endif  // FIRSTFLOOR_SERVICES_OPINION_TEAM_VIEW_H_
