// What only few may read and decide: matters about staff, children at risk, threats. Decisions only.
#ifndef FIRSTFLOOR_SERVICES_OPINION_CONFINEMENT_H_
#define FIRSTFLOOR_SERVICES_OPINION_CONFINEMENT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/auth/identity.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "services/opinion/opinion_states.h"

namespace firstfloor::area {
class Registry;
}

namespace firstfloor::opinion::confinement {

// Others of the community, search, similar opinions and hot topics know nothing of it.
bool IsConfined(const v1::Opinion& opinion);

// The area whose staff reads and decides what is about staff: one level above the highest post that the
// person concerned holds around the matter, the community if none of them is known to be as high; "" above
// the city. Where it was settled that no such area exists, the highest that does.
absl::string_view DecidingArea(const v1::Opinion& opinion);

// It is about somebody of the community, and so decided by the district or the city.
bool IsDecidedAbove(const v1::Opinion& opinion);

// Whether the caller decides on it what is the secretary's: the secretary of the branch; of what is decided
// above the community, the secretary of that level or its administrator.
bool DecidesAsSecretary(const v1::Opinion& opinion, const auth::Identity& caller);

// Whoever names a post so high that nobody is above it would hide the matter from everybody: settles that the
// highest area of `areas` around the matter decides where that is so. For an opinion whose `concerned` is
// new.
void SettleDecidingArea(v1::Opinion& opinion, const area::Registry& areas);

// Whether the caller may read and decide a confined opinion. About staff: somebody of exactly the deciding
// area, who is not the person concerned and holds none of their posts. A child at risk, a threat: somebody
// whose role holds for the whole community, or above.
bool Handles(const v1::Opinion& opinion, const auth::Identity& caller);

// There may be confined opinions that the caller handles.
bool MayHandleSome(const auth::Identity& caller);

// The caller may handle children at risk and threats in all of `area`.
bool HandlesRestricted(const auth::Identity& caller, absl::string_view area);

// OK unless the opinion is confined and not the caller's to handle: denied, as if it were not there. A
// service is told so, reason OPINION_CONFINED; what it would copy is seen by others than those who handle it.
absl::Status CheckMayRead(const v1::Opinion& opinion, const auth::Identity& caller);

// Sets what confines the opinion from `now` on, or lifts it. What is confined is taken back from
// deliberation. INVALID_ARGUMENT if somebody is concerned without about_staff.
absl::StatusOr<rules::Change> Confine(const v1::Opinion& opinion, const v1::ConfineOpinionRequest& request,
                                      absl::Time now);

// OK unless the opinion is confined: deliberation knows nothing of whom a matter is about, and its cases and
// orders are seen by all who work in the area.
absl::Status CheckNotConfined(const v1::Opinion& opinion);

}  // namespace firstfloor::opinion::confinement

#endif  // FIRSTFLOOR_SERVICES_OPINION_CONFINEMENT_H_
