// What the service has of people, for erasing them.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_ERASURE_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_ERASURE_H_

#include "common/erasure/plan.h"
#include "services/volunteer/books.h"

namespace firstfloor::volunteer {

// `books` must live as long as the plan is used.
erasure::Plan ErasurePlan(const Books& books);

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_ERASURE_H_
