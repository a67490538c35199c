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

// Others of the community may see its public side: it has one, is not confined, and was neither withdrawn nor
// rejected as spam. Of what was taken back so, its followers still see how it ended, and nothing of what it
// was.
bool IsPublic(const v1::Opinion& opinion);

// The caller handles what is in the opinion's area, and this one: what is confined only if they are one of
// the few.
bool Handles(const v1::Opinion& opinion, const auth::Identity& caller);
bool HandlesArea(const auth::Identity& caller, absl::string_view area);
// They do, in some area.
bool HandlesAnything(const auth::Identity& caller);

// How the caller stands to it, for the access decision.
auth::Standing StandingOf(const v1::Opinion& opinion, const auth::Identity& caller);

// How much of it somebody may see, after the access decision: all for the owner and services, masked for
// those who handle it, the public side for others.
enum class Audience { kWhole, kMasked, kPublic };
inline constexpr size_t kAudiences = 3;
Audience AudienceOf(const v1::Opinion& opinion, const auth::Identity& caller);
v1::Opinion For(const v1::Opinion& opinion, Audience audience);

// What this caller may see of it.
v1::Opinion Of(const v1::Opinion& opinion, const auth::Identity& caller);

}  // namespace firstfloor::opinion::view

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_VIEW_H_
