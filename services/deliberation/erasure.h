// What the service has of people, for erasing them.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_ERASURE_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_ERASURE_H_

#include "common/erasure/plan.h"
#include "services/deliberation/cases.h"
#include "services/deliberation/orders.h"

namespace firstfloor::deliberation {

// `orders` and `cases` must live as long as the plan is used.
erasure::Plan ErasurePlan(const Orders& orders, const Cases& cases);

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_ERASURE_H_
