// How a decided change of a box or an opening is carried out: rows, events, the timer. The same for calls,
// for slips that become opinions, and for an opening that is overdue.
#ifndef FIRSTFLOOR_SERVICES_OPINION_BOX_CHANGES_H_
#define FIRSTFLOOR_SERVICES_OPINION_BOX_CHANGES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/auth/identity.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"
#include "common/timers/timers.h"
#include "firstfloor/events/v1/opinion.pb.h"
#include "services/opinion/box_rules.h"
#include "services/opinion/box_store.h"

namespace firstfloor::opinion {

class BoxChanges {
 public:
  BoxChanges(program::House& house, const BoxStore& store) : house_(house), store_(store) {}

  // A new box; its name is set. Rows are as stored afterwards, here and below.
  absl::Status Hang(db::Transaction& tx, const events::Origin& origin, v1::Box& box) const;
  absl::Status Amend(db::Transaction& tx, const events::Origin& origin, v1::Box& box,
                     const std::vector<std::string>& fields) const;
  absl::Status Retire(db::Transaction& tx, const events::Origin& origin, v1::Box& box) const;
  absl::Status Open(db::Transaction& tx, const events::Origin& origin, box_rules::Emptied& opened) const;
  absl::Status Recount(db::Transaction& tx, const events::Origin& origin, v1::BoxOpening& opening) const;
  absl::Status Complete(db::Transaction& tx, const events::Origin& origin, box_rules::Emptied& emptied) const;

  // A slip of the opening becomes an opinion in this transaction. FAILED_PRECONDITION, reason
  // BOX_OPENING_NOT_OPEN, if there is no such opening, it is complete, or `caller` does not handle what is in
  // its area; SLIPS_ALL_ENTERED.
  absl::Status EnterSlip(db::Transaction& tx, const events::Origin& origin, const auth::Identity& caller,
                         absl::string_view opening) const;
  // What a box's timer brings.
  absl::Status Fire(db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) const;

 private:
  absl::Status Save(db::Transaction& tx, const events::Origin& origin, v1::Box& box,
                    events::v1::OpinionEvent what) const;
  absl::Status Save(db::Transaction& tx, const events::Origin& origin, v1::BoxOpening& opening,
                    events::v1::OpinionEvent what) const;
  absl::Status SetTimer(db::Transaction& tx, const events::Origin& origin, const v1::Box& box) const;

  program::House& house_;
  const BoxStore& store_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_BOX_CHANGES_H_
