// Orders as callers, other services' events and clocks all change them.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_ORDERS_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_ORDERS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"
#include "common/timers/timers.h"
#include "firstfloor/deliberation/v1/case.pb.h"
#include "firstfloor/deliberation/v1/order.pb.h"
#include "services/deliberation/order_store.h"

namespace firstfloor::deliberation {

class Orders {
 public:
  explicit Orders(program::House& house) : house_(house), store_(house) {}
  const resource::Table<v1::Order>& table() const { return store_.table(); }

  // Stores a placed order (its name set), says so in the log and winds its clock.
  absl::Status Add(db::Transaction& tx, const events::Origin& origin, v1::Order& order) const;
  // The same for an order that was changed; `from` is its state before.
  absl::Status Keep(db::Transaction& tx, const events::Origin& origin, v1::OrderState from,
                    v1::Order& order) const;

  // The clock of the order named by the timer runs out, unless the order has moved on.
  absl::Status Fire(db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) const;
  // The order from which `ended` came goes on: done, or back to the branch. Nothing if there is none, or it
  // has moved on.
  absl::Status FollowCase(db::Transaction& tx, const events::Origin& origin, const v1::Case& ended) const;
  // The same for the task that `order` became.
  absl::Status FollowTask(db::Transaction& tx, const events::Origin& origin, absl::string_view order,
                          absl::string_view task, bool done) const;
  // The opinion that the order came from was taken back. Nothing if there is no such order.
  absl::Status Recall(db::Transaction& tx, const events::Origin& origin, absl::string_view order) const;

 private:
  absl::Status WindClock(db::Transaction& tx, const events::Origin& origin, const v1::Order& order) const;

  program::House& house_;
  const OrderStore store_;
};

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_ORDERS_H_
