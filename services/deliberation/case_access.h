// How a caller stands to a case, and what they may see of it.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_CASE_ACCESS_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_CASE_ACCESS_H_

#include "common/auth/identity.h"
#include "firstfloor/deliberation/v1/case.pb.h"

namespace firstfloor::deliberation {

// OWNER: speaks for the side that asked. PARTICIPANT: speaks for a side or for a seat.
auth::Standing StandingOf(const auth::Identity& caller, const v1::Case& matter);
// The caller speaks for side `side`.
bool IsSide(const auth::Identity& caller, const v1::Case& matter, int side);
// The side that asked has no account, and the caller handles the area.
bool SpeaksForAsking(const auth::Identity& caller, const v1::Case& matter);

// The case as `caller` may see it: in plain for services and with `unmask`; a side sees what was said and
// agreed, and itself, but the other persons masked.
v1::Case CaseSeenBy(const auth::Identity& caller, const v1::Case& matter, bool unmask);

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_CASE_ACCESS_H_
