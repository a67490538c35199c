// What all handlers of opinions have in common: who is admitted to one, and how a decided change of it is
// made.
#ifndef FIRSTFLOOR_SERVICES_OPINION_OPINION_DESK_H_
#define FIRSTFLOOR_SERVICES_OPINION_OPINION_DESK_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"
#include "common/rpc/call.h"
#include "services/opinion/opinion_changes.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/opinion_store.h"

namespace firstfloor::opinion {

// Of whoever is anonymous the log knows no actor, who would be the same in all that they do, and no trace,
// which leads to the call.
events::Origin Unnamed(events::Origin origin);

class OpinionDesk {
 public:
  using Result = absl::StatusOr<v1::Opinion>;
  using Decide = absl::FunctionRef<absl::StatusOr<rules::Change>(const v1::Opinion&)>;

  OpinionDesk(const OpinionStore& opinions, const OpinionChanges& changes)
      : opinions_(opinions), changes_(changes) {}

  // The access decision for a loaded opinion.
  absl::Status Admit(rpc::Call& call, const v1::Opinion& opinion) const;
  // The locked opinion; DENIED also if there is none.
  Result Lock(rpc::Call& call, db::Transaction& tx, const std::string& name) const;
  // Lock, access, etag, decision, row: what every change of one opinion has in common. Answers with what the
  // caller may see of it.
  Result Change(rpc::Call& call, db::Transaction& tx, const std::string& name, const std::string& etag,
                Decide decide) const;
  // The same for the reporter or whoever holds the receipt code.
  Result ChangeByHolder(rpc::Call& call, db::Transaction& tx, const std::string& name,
                        const std::string& etag, const std::string& receipt_code, Decide decide) const;

 private:
  Result Carry(rpc::Call& call, db::Transaction& tx, const events::Origin& origin, const v1::Opinion& before,
               const std::string& etag, Decide decide) const;

  const OpinionStore& opinions_;
  const OpinionChanges& changes_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_OPINION_DESK_H_
