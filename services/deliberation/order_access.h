// How a caller stands to an order, and what they may see of it.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_ACCESS_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_ACCESS_H_

#include "common/auth/identity.h"
#include "firstfloor/deliberation/v1/order.pb.h"

namespace firstfloor::deliberation {

// OWNER: the resident whose order it is. PARTICIPANT: whoever works on it (the steward who has it, property
// management it was dispatched to); where no resident's account is known, also those who handle the area and
// do not work on it, for what the resident would say.
auth::Standing StandingOf(const auth::Identity& caller, const v1::Order& order);
// The caller is to do the work.
bool WorksOn(const auth::Identity& caller, const v1::Order& order);
// The caller may say what the resident would say.
bool SpeaksForResident(const auth::Identity& caller, const v1::Order& order);

// The order as `caller` may see it: in plain for its resident, for services and with `unmask`.
v1::Order OrderSeenBy(const auth::Identity& caller, const v1::Order& order, bool unmask);

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_ACCESS_H_
