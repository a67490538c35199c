#include "services/deliberation/orders.h"

#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/program/house.h"
#include "services/deliberation/order_events.h"
#include "services/deliberation/order_rules.h"

namespace firstfloor::deliberation {

namespace {

using v1::Order;

events::Origin NotBeforeChangeOf(const Order& order, const events::Origin& origin) {
  return events::NotBefore(origin, calendar::FromProto(order.update_time()));
}

}  // namespace

absl::Status Orders::Add(db::Transaction& tx, const events::Origin& origin, Order& order) const {
  RETURN_IF_ERROR(table().Insert(tx, order, origin));
  RETURN_IF_ERROR(house_.environment().log->Append(tx, origin, OrderWasPlaced(order)));
  return WindClock(tx, origin, order);
}

absl::Status Orders::Keep(db::Transaction& tx, const events::Origin& origin, v1::OrderState from,
                          Order& order) const {
  RETURN_IF_ERROR(table().Save(tx, order, origin));
  RETURN_IF_ERROR(house_.environment().log->Append(tx, origin, OrderChanged(order, from)));
  return WindClock(tx, origin, order);
}

absl::Status Orders::WindClock(db::Transaction& tx, const events::Origin& origin, const Order& order) const {
  const absl::Time due =
      order.has_clock_time() ? calendar::FromProto(order.clock_time()) : absl::InfiniteFuture();
  return timers::Set(tx, {order.name(), "CLOCK", order.area(), due, origin.back_dated});
}

absl::Status Orders::Fire(db::Transaction& tx, const timers::Timer& timer,
                          const events::Origin& origin) const {
  ASSIGN_OR_RETURN(Order order, table().Lock(tx, timer.subject));
  const bool runs = order.has_clock_time() && calendar::FromProto(order.clock_time()) <= timer.due;
  if (!runs) return absl::OkStatus();
  const v1::OrderState from = order.state();
  const events::Origin when = NotBeforeChangeOf(order, origin);
  RETURN_IF_ERROR(rules::Lapse(order, when.occur_time));
  return Keep(tx, when, from, order);
}

absl::Status Orders::FollowCase(db::Transaction& tx, const events::Origin& origin,
                                const v1::Case& ended) const {
  if (ended.order().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Order order, table().Lock(tx, ended.order()));
  if (!rules::IsWithCase(order) || order.case_() != ended.name()) return absl::OkStatus();
  const v1::OrderState from = order.state();
  const v1::ReturnReason reason = ended.state() == v1::CASE_STATE_WITHDRAWN ? v1::RETURN_REASON_CASE_WITHDRAWN
                                                                            : v1::RETURN_REASON_CASE_FAILED;
  RETURN_IF_ERROR(
      rules::FollowCase(order, ended.state() == v1::CASE_STATE_CLOSED, reason, origin.occur_time));
  return Keep(tx, origin, from, order);
}

absl::Status Orders::FollowTask(db::Transaction& tx, const events::Origin& origin, absl::string_view name,
                                absl::string_view task, bool done) const {
  absl::StatusOr<Order> order = table().Lock(tx, name);
  if (absl::IsNotFound(order.status())) return absl::OkStatus();
  RETURN_IF_ERROR(order.status());
  const bool waits =
      order->state() == v1::ORDER_STATE_DISPATCHED || order->state() == v1::ORDER_STATE_IN_PROGRESS;
  if (!waits || order->task() != task) return absl::OkStatus();
  const v1::OrderState from = order->state();
  const events::Origin when = NotBeforeChangeOf(*order, origin);
  RETURN_IF_ERROR(rules::FollowTask(*order, done, when.occur_time));
  return Keep(tx, when, from, *order);
}

absl::Status Orders::Recall(db::Transaction& tx, const events::Origin& origin, absl::string_view name) const {
  absl::StatusOr<Order> order = table().Lock(tx, name);
  if (absl::IsNotFound(order.status())) return absl::OkStatus();
  RETURN_IF_ERROR(order.status());
  const v1::OrderState from = order->state();
  const events::Origin when = NotBeforeChangeOf(*order, origin);
  rules::Recall(*order, when.occur_time);
  return Keep(tx, when, from, *order);
}

}  // namespace firstfloor::deliberation
