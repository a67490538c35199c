// Who may see what of an opinion, besides what the access options say.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_VIEW_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_VIEW_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/auth/identity.h"
#include "firstfloor/opinion/v1/opinion.pb.h"

namespace firstfloor::opinion::view {

// It is the caller's own matter.
bool IsOwner(const v1::Opinion& opinion, const auth::Identity& caller);

// The caller has a role somewhere in the community of `area`.
bool IsNeighbour(const auth::Identity& caller, absl::string_view area);

// Others of the community may see its public side: it has one, and is not about staff.
bool IsPublic(const v1::Opinion& opinion);

// The caller handles what is in the opinion's area, and this one: what is about staff only for the community
// as a whole or above.
bool Handles(const v1::Opinion& opinion, const auth::Identity& caller);
bool HandlesStaffMatters(const auth::Identity& caller, absl::string_view area);

// How the caller stands to it, for the access decision.
auth::Standing StandingOf(const v1::Opinion& opinion, const auth::Identity& caller);

// What the caller may see of it, after the access decision: all for the owner and services, masked for those
// who handle it, the public side for others.
v1::Opinion Of(const v1::Opinion& opinion, const auth::Identity& caller);

}  // namespace firstfloor::opinion::view

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_VIEW_H_
