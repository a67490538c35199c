// Cases as callers, other services' events and clocks all change them.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_CASES_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_CASES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"
#include "common/timers/timers.h"
#include "firstfloor/deliberation/v1/case.pb.h"
#include "firstfloor/deliberation/v1/order_service.pb.h"
#include "services/deliberation/case_store.h"

namespace firstfloor::deliberation {

class Orders;

class Cases {
 public:
  Cases(program::House& house, const Orders& orders) : house_(house), store_(house), orders_(orders) {}
  const CaseStore& store() const { return store_; }

  // Stores an opened case (its name set) and says so in the log.
  absl::Status Add(db::Transaction& tx, const events::Origin& origin, v1::Case& matter) const;
  // The same for a case that was changed; `from` is its state before. A case that ended tells its order.
  absl::Status Keep(db::Transaction& tx, const events::Origin& origin, v1::CaseState from,
                    v1::Case& matter) const;
  // Opens the case that `order`, just dispatched to MEDIATION or CONSULTATION, became.
  absl::Status OpenForOrder(db::Transaction& tx, const events::Origin& origin, const v1::Order& order,
                            const v1::DispatchOrderRequest& request) const;

  // The opinion that the case came from was taken back. Nothing if there is no such case.
  absl::Status Recall(db::Transaction& tx, const events::Origin& origin, absl::string_view name) const;

  // A deadline of the case has passed: it is noted, and so told in the log.
  absl::Status Fire(db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) const;

 private:
  absl::Status WindClocks(db::Transaction& tx, const events::Origin& origin, const v1::Case& matter) const;

  program::House& house_;
  const CaseStore store_;
  const Orders& orders_;
};

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_CASES_H_
