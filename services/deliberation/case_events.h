// The events that a case's changes append. `matter` as stored after the change, `from` its state before.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_CASE_EVENTS_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_CASE_EVENTS_H_

#include "firstfloor/deliberation/v1/case.pb.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::deliberation {

events::v1::Event CaseWasOpened(const v1::Case& matter);
// The event that fits what the last step of the case's timeline says happened.
events::v1::Event CaseChanged(const v1::Case& matter, v1::CaseState from);

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_CASE_EVENTS_H_
