// The events that an order's changes append. `order` as stored after the change, `from` its state before.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_EVENTS_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_EVENTS_H_

#include "absl/strings/string_view.h"
#include "firstfloor/deliberation/v1/order.pb.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::deliberation {

events::v1::Event OrderWasPlaced(const v1::Order& order);
// The event that fits what the last step of the order's timeline says happened.
events::v1::Event OrderChanged(const v1::Order& order, v1::OrderState from);

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_EVENTS_H_
