// Erasing people's data (EraseSubject; 个人信息保护法, article 47): one mechanism for every service, which
// says in a Plan what it has of people.
#ifndef FIRSTFLOOR_COMMON_ERASURE_ERASURES_H_
#define FIRSTFLOOR_COMMON_ERASURE_ERASURES_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"
#include "common/erasure/plan.h"
#include "common/erasure/row.h"
#include "common/erasure/walk.h"
#include "common/events/reader.h"
#include "common/rpc/call.h"
#include "firstfloor/type/v1/erasure.pb.h"

namespace firstfloor::erasure {

// One a process; thread-safe. An erasure is a row that says how far it is; the Eraser works it off.
class Erasures {
 public:
  // `drop_row` as in DropRow; `wake` is called when an erasure was begun (must not block). `environment` is
  // not owned.
  Erasures(const rpc::Environment& environment, Plan plan, DropRow drop_row, std::function<void()> wake);

  // Begins an erasure. FAILED_PRECONDITION, reason SUBJECT_HAS_OPEN_MATTERS, unless forced.
  absl::StatusOr<type::v1::Erasure> EraseSubject(rpc::Call& call, db::Transaction& tx,
                                                 const type::v1::EraseSubjectRequest& request);
  absl::StatusOr<type::v1::Erasure> GetErasure(rpc::Call& call, const type::v1::GetErasureRequest& request);

  // Does one piece of work; false if no erasure runs. Blocks.
  absl::StatusOr<bool> Step(db::Connection& connection) const { return walk_.Step(connection); }

  // `effect`, of a peer's events, and besides: what the peer erased is erased from what was made of it here.
  events::Effect Following(events::Effect effect) const;

  // All erasures that were asked for here, to be kept apart from the database: one JSON object a line,
  // without anything about the people but keyed hashes. Blocks.
  absl::StatusOr<std::string> Export(db::Connection& connection) const;
  struct Replayed {
    int64_t erasures = 0;
    int64_t resources = 0;
    int64_t replies = 0;
  };
  // After a restore: carries out those of `exported` that this database does not know, and those that it
  // knows as running. INVALID_ARGUMENT if it cannot be read, or was made with another index key. May be
  // called again after a failure. Blocks for as long as it takes.
  absl::StatusOr<Replayed> Replay(db::Connection& connection, absl::string_view exported) const;

  const Plan& plan() const { return plan_; }

 private:
  absl::Status CheckNothingOpen(db::Transaction& tx, const type::v1::EraseSubjectRequest& request) const;
  absl::Status EraseCopies(db::Transaction& tx, const events::v1::Event& event) const;

  const rpc::Environment& environment_;
  const Plan plan_;
  const DropRow drop_row_;
  const std::function<void()> wake_;
  const Walk walk_;
};

}  // namespace firstfloor::erasure

#endif  // FIRSTFLOOR_COMMON_ERASURE_ERASURES_H_
