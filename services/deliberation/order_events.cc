#include "services/deliberation/order_events.h"

#include <string>

#include "absl/strings/strip.h"
#include "common/events/about.h"

namespace firstfloor::deliberation {
namespace {

using events::v1::Event;
using v1::Order;

// Names of enum values without their prefix, as events carry them.
std::string Short(const std::string& name, absl::string_view prefix) {
  return std::string(absl::StripPrefix(name, prefix));
}

std::string StateName(v1::OrderState state) {
  return state == v1::ORDER_STATE_UNSPECIFIED ? "" : Short(v1::OrderState_Name(state), "ORDER_STATE_");
}

std::string AssigneeName(v1::OrderAssignee assignee) {
  return Short(v1::OrderAssignee_Name(assignee), "ORDER_ASSIGNEE_");
}

// What every event of an order says; the caller adds the change.
Event About(const Order& order, v1::OrderState from) {
  Event event = events::About(order);
  event.set_stall(order.stall());
  events::v1::DeliberationEvent* payload = event.mutable_deliberation();
  payload->set_from(StateName(from));
  payload->set_to(StateName(order.state()));
  payload->set_opinion(order.opinion());
  *payload->mutable_start_time() = order.create_time();
  payload->set_topic(order.need());
  return event;
}

void SayLapse(const Order& order, events::v1::OrderClockLapsed& lapsed) {
  const v1::ClockLapse& last = *order.lapses().rbegin();
  lapsed.set_clock(Short(v1::OrderClock_Name(last.clock()), "ORDER_CLOCK_"));
  lapsed.set_level(Short(v1::OrderLevel_Name(last.level()), "ORDER_LEVEL_"));
}

void SayDispatch(const Order& order, events::v1::OrderDispatched& dispatched) {
  dispatched.set_assignee(AssigneeName(order.assignee()));
  dispatched.set_task(order.task());
  dispatched.set_case_(order.case_());
  *dispatched.mutable_due_time() = order.due_time();
}

void SayClosed(const Order& order, events::v1::OrderClosed& closed) {
  closed.set_rating(order.rating());
  closed.set_unconfirmed(order.unconfirmed());
  closed.set_decided(!order.unconfirmed() && order.rating() == 0);
}

}  // namespace

Event OrderWasPlaced(const Order& order) {
  Event event = About(order, v1::ORDER_STATE_UNSPECIFIED);
  *event.mutable_deliberation()->mutable_order_placed()->mutable_wanted_time() = order.wanted_time();
  return event;
}

Event OrderChanged(const Order& order, v1::OrderState from) {
  Event event = About(order, from);
  events::v1::DeliberationEvent& payload = *event.mutable_deliberation();
  const v1::OrderStep& step = *order.timeline().rbegin();
  if (step.what() == "CLOCK_LAPSED") {
    SayLapse(order, *payload.mutable_order_clock_lapsed());
  } else if (order.state() == v1::ORDER_STATE_CLOSED) {
    SayClosed(order, *payload.mutable_order_closed());
  } else if (order.state() == v1::ORDER_STATE_CANCELLED) {
    payload.mutable_order_cancelled()->set_reason_code(step.reason_code());
  } else if (step.what() == "DISPATCHED" || step.what() == "TO_BE_DONE_AGAIN" ||
             (step.what() == "TRANSFERRED" && order.state() == v1::ORDER_STATE_DISPATCHED)) {
    SayDispatch(order, *payload.mutable_order_dispatched());
  } else if (step.what() == "TRANSFERRED") {
    payload.mutable_order_amended()->add_fields("steward");
  } else if (step.what() == "RECALLED") {
    payload.mutable_order_amended()->add_fields("text");
  } else if (step.what() == "EXTENDED") {
    payload.mutable_order_amended()->add_fields("due_time");
  } else {
    payload.mutable_order_moved()->set_reason_code(step.reason_code());
  }
  return event;
}

}  // namespace firstfloor::deliberation
