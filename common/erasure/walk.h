// Carrying erasures out: bounded pieces of work, each a transaction that moves the erasure's row on, so that
// any replica goes on after a crash where the last piece ended.
#ifndef FIRSTFLOOR_COMMON_ERASURE_WALK_H_
#define FIRSTFLOOR_COMMON_ERASURE_WALK_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"
#include "common/erasure/erasure_store.h"
#include "common/erasure/plan.h"
#include "common/erasure/row.h"
#include "common/privacy/erase.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::erasure {

// The stage behind all tables: kept replies that name a resource in which something was erased.
inline constexpr char kReplies[] = "replies";

class Walk {
 public:
  // Nothing is owned.
  Walk(std::string service, const Plan& plan, const privacy::Keyring& keyring, events::Log& log,
       const DropRow& drop_row)
      : service_(std::move(service)), plan_(plan), keyring_(keyring), log_(log), drop_row_(drop_row) {}

  // Does one piece of the oldest erasure that runs. False if none does. Blocks. Thread-safe, and safe with
  // any number of replicas: of two that do the same piece one does nothing.
  absl::StatusOr<bool> Step(db::Connection& connection) const;

 private:
  absl::Status WalkTable(db::Connection& connection, const Holding& holding, Record record) const;
  absl::Status ReplaceColumns(db::Connection& connection, Record record) const;
  absl::Status EraseOwnReplies(db::Connection& connection, Record record) const;
  absl::Status EraseReplies(db::Connection& connection, Record record) const;
  absl::Status Complete(db::Connection& connection, Record record) const;

  // Moves on to the stage after `stage`.
  void NextStage(Record& record, const std::string& stage) const;
  std::vector<std::string> Stages() const;
  events::Origin OriginNow() const;

  const std::string service_;
  const Plan& plan_;
  const privacy::Keyring& keyring_;
  events::Log& log_;
  const DropRow& drop_row_;
};

// The resource names ("collection/uuid") in a serialized message.
std::set<std::string> NamesIn(absl::string_view bytes);

}  // namespace firstfloor::erasure

#endif  // FIRSTFLOOR_COMMON_ERASURE_WALK_H_
