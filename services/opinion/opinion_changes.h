// How a decided change of an opinion is carried out: row, events, deadlines. The same for calls, for what
// follows from a peer's event, and for deadlines that pass.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_CHANGES_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_CHANGES_H_

#include "absl/status/status.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"
#include "common/timers/timers.h"
#include "services/opinion/finding_store.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/opinion_store.h"

namespace firstfloor::opinion {

class OpinionChanges {
 public:
  OpinionChanges(program::House& house, const OpinionStore& opinions, const FindingStore& extracts)
      : house_(house), opinions_(opinions), extracts_(extracts) {}

  // A new opinion; its name is set. `change.opinion` is as stored afterwards.
  absl::Status Insert(db::Transaction& tx, const events::Origin& origin, rules::Change& change) const;
  // The same, with what its text is found by, where that is known already.
  absl::Status Insert(db::Transaction& tx, const events::Origin& origin, rules::Change& change,
                      const Extract& text) const;
  // Brings the timers from what `before` wants to what `after` wants.
  absl::Status SetTimers(db::Transaction& tx, const events::Origin& origin, const v1::Opinion& before,
                         const v1::Opinion& after) const;
  // A change of `before`, as locked in this transaction. `change.opinion` is as stored afterwards.
  absl::Status Save(db::Transaction& tx, const events::Origin& origin, const v1::Opinion& before,
                    rules::Change& change) const;
  // What a deadline that has been reached brings.
  absl::Status Fire(db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) const;

 private:
  absl::Status Tell(db::Transaction& tx, const events::Origin& origin, const rules::Change& change) const;

  program::House& house_;
  const OpinionStore& opinions_;
  const FindingStore& extracts_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_CHANGES_H_
