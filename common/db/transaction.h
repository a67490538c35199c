// Runs a piece of work in a transaction, and replays it when the database says so.
#ifndef FIRSTFLOOR_COMMON_DB_TRANSACTION_H_
#define FIRSTFLOOR_COMMON_DB_TRANSACTION_H_

#include <functional>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/db/connection.h"
#include "common/db/value.h"

namespace firstfloor::db {

// What a transaction body works with. The body MAY RUN MORE THAN ONCE (deadlock, lock wait timeout,
// certification failure, at any statement, COMMIT included): it keeps no state outside the transaction
// and calls no peer. Effects outside go into OnCommit.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  absl::StatusOr<Rows> Query(absl::string_view sql, absl::Span<const Value> params = {});
  absl::StatusOr<Rows> Query(absl::string_view sql, std::initializer_list<Value> params) {
    return Query(sql, absl::MakeConstSpan(params.begin(), params.size()));
  }
  absl::StatusOr<int64_t> Execute(absl::string_view sql, absl::Span<const Value> params = {});
  absl::StatusOr<int64_t> Execute(absl::string_view sql, std::initializer_list<Value> params) {
    return Execute(sql, absl::MakeConstSpan(params.begin(), params.size()));
  }

  // For a write whose outcome the body does not need: kept here and sent, in order, in one round trip with
  // the next statement that is answered or with COMMIT. Its error, a row that is there already included, is
  // the transaction's: it is rolled back whatever the body returns. INTERNAL if placeholders and values
  // differ in number.
  absl::Status Later(absl::string_view sql, std::vector<Value> params);

  // The same for one row of an INSERT: `insert` is "INSERT INTO t (a, b) VALUES", `tail` what stands behind
  // the rows. Rows of the same INSERT are sent as one statement, in their order, where the first of them
  // stood; other statements (not: rows of other INSERTs) that are left for later in between keep them apart.
  absl::Status RowLater(absl::string_view insert, std::vector<Value> row, absl::string_view tail = "");

  // Runs `effect` once after the commit has succeeded, in the order of registration. Forgotten when the
  // body is replayed or the transaction rolled back. Must not block for long and must not throw.
  void OnCommit(std::function<void()> effect) { effects_.push_back(std::move(effect)); }

  // True once a statement has failed in a way after which only a replay of the whole body helps, the
  // connection is gone, or a statement left for later has failed. From then on every statement returns that
  // error without being sent, and what the body returns is ignored.
  bool failed() const { return !failure_.ok(); }

 private:
  friend absl::Status RunInTransaction(Connection&, absl::Time,
                                       absl::FunctionRef<absl::Status(Transaction&)>);
  // A pending INSERT that takes more rows.
  struct OpenInsert {
    std::string insert;
    std::string tail;
    size_t at;  // in pending_
  };
  void Note(const absl::Status& status);
  // SendPending once enough is pending.
  absl::Status SendIfMany();
  absl::Status SendPending();
  absl::Status Attempt(absl::FunctionRef<absl::Status(Transaction&)> body);
  void RunEffects();

  Connection& connection_;
  std::vector<Statement> pending_;  // START TRANSACTION is the first of all
  std::vector<OpenInsert> open_inserts_;
  size_t pending_bytes_ = 0;
  bool begun_ = false;  // something has been sent
  std::vector<std::function<void()>> effects_;
  absl::Status failure_;
};

// START TRANSACTION, `body`, COMMIT; nothing at all when the body sends nothing. An error of the body rolls
// back and is returned. A deadlock or the
// like replays the body, after a short random pause, up to 8 times; then ABORTED, reason
// TRANSACTION_CONFLICT. No attempt begins past `deadline`: DEADLINE_EXCEEDED, reason DEADLINE. A connection
// lost before COMMIT was sent is replayed once on a new connection; lost during COMMIT the outcome is
// unknown: UNAVAILABLE, reason COMMIT_UNKNOWN. Transactions do not nest on one connection: INTERNAL.
absl::Status RunInTransaction(Connection& connection, absl::Time deadline,
                              absl::FunctionRef<absl::Status(Transaction&)> body);

// The same for a body that returns a value: `Run(c, deadline, [&](Transaction& tx) -> StatusOr<T> …)`.
template <typename Body>
auto Run(Connection& connection, absl::Time deadline, Body&& body)
    -> decltype(body(std::declval<Transaction&>())) {
  using Result = decltype(body(std::declval<Transaction&>()));
  if constexpr (std::is_same_v<Result, absl::Status>) {
    return RunInTransaction(connection, deadline, body);
  } else {
    Result result = absl::UnknownError("not run");
    const absl::Status status = RunInTransaction(connection, deadline, [&](Transaction& tx) {
      result = body(tx);
      return result.status();
    });
    if (!status.ok()) return status;
    return result;
  }
}

}  // namespace firstfloor::db

#endif  // FIRSTFLOOR_COMMON_DB_TRANSACTION_H_
