// How a decided change of a stall is carried out: row, team, event, timer. The same for calls and for the
// stall that closes itself.
#ifndef FIRSTFLOOR_SERVICES_OPINION_STALL_CHANGES_H_
#define FIRSTFLOOR_SERVICES_OPINION_STALL_CHANGES_H_

#include "absl/status/status.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"
#include "common/timers/timers.h"
#include "firstfloor/opinion/v1/stall.pb.h"
#include "services/opinion/stall_store.h"

namespace firstfloor::opinion {

class StallChanges {
 public:
  StallChanges(program::House& house, const StallStore& stalls) : house_(house), stalls_(stalls) {}

  // A new stall; its name is set. `stall` is as stored afterwards.
  absl::Status Insert(db::Transaction& tx, const events::Origin& origin, v1::Stall& stall) const;
  // A stall that was moved to another state, as locked in this transaction before.
  absl::Status Save(db::Transaction& tx, const events::Origin& origin, v1::Stall& stall) const;
  // What a stall's timer brings.
  absl::Status Fire(db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) const;

 private:
  // When it ends by itself.
  absl::Status SetTimer(db::Transaction& tx, const v1::Stall& stall, bool back_dated) const;
  absl::Status Tell(db::Transaction& tx, const events::Origin& origin, const v1::Stall& stall) const;

  program::House& house_;
  const StallStore& stalls_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_STALL_CHANGES_H_
