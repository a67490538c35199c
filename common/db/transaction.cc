#include "common/db/transaction.h"

#include <algorithm>
#include <iterator>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/db/errors.h"
#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::db {

// An open transaction of a connection. Left open (by an exception, or by an error of ROLLBACK) it takes
// the connection with it: START TRANSACTION on that connection would commit what it holds.
class OpenTransaction {
 public:
  explicit OpenTransaction(Connection& connection) : connection_(connection) {
    connection_.in_transaction_ = true;
  }
  ~OpenTransaction() {
    connection_.in_transaction_ = false;
    if (!finished_) connection_.Discard();
  }
  OpenTransaction(const OpenTransaction&) = delete;
  OpenTransaction& operator=(const OpenTransaction&) = delete;

  static bool IsOpen(const Connection& connection) { return connection.in_transaction_; }

  void Finished() { finished_ = true; }
  void Rollback() { finished_ = !connection_.broken() && connection_.ExecuteText("ROLLBACK").ok(); }

 private:
  Connection& connection_;
  bool finished_ = false;
};

namespace {

constexpr int kMostReplays = 8;
constexpr size_t kMostPendingBytes = 256 * 1024;
// A connection that has answered so lately is there.
constexpr absl::Duration kTrusted = absl::Seconds(1);
constexpr absl::Duration kShortestPause = absl::Milliseconds(1);
constexpr absl::Duration kLongestPause = absl::Milliseconds(20);

absl::Status PastDeadline() {
  return error::Make(absl::StatusCode::kDeadlineExceeded, "DEADLINE",
                     "the deadline passed before the transaction could be done");
}

absl::Status Conflict() {
  return error::Make(absl::StatusCode::kAborted, "TRANSACTION_CONFLICT",
                     "the transaction met others each time it was tried");
}

absl::Status OutcomeUnknown() {
  return error::Make(absl::StatusCode::kUnavailable, "COMMIT_UNKNOWN",
                     "the connection was lost while committing; the change may or may not have been made");
}

absl::Status Nested() {
  return error::Make(absl::StatusCode::kInternal, "NESTED_TRANSACTION",
                     "a transaction is already open on this connection");
}

void PauseBefore(int replay, absl::Time deadline) {
  thread_local absl::BitGen random;
  const absl::Duration pause =
      replay * absl::Microseconds(absl::Uniform(absl::IntervalClosed, random,
                                                absl::ToInt64Microseconds(kShortestPause),
                                                absl::ToInt64Microseconds(kLongestPause)));
  absl::SleepFor(std::min(pause, deadline - absl::Now()));
}

}  // namespace

absl::StatusOr<Rows> Transaction::Query(absl::string_view sql, absl::Span<const Value> params) {
  RETURN_IF_ERROR(SendPending());
  absl::StatusOr<Rows> rows = connection_.Query(sql, params);
  if (!rows.ok()) Note(rows.status());
  return rows;
}

absl::StatusOr<int64_t> Transaction::Execute(absl::string_view sql, absl::Span<const Value> params) {
  RETURN_IF_ERROR(SendPending());
  absl::StatusOr<int64_t> matched = connection_.Execute(sql, params);
  if (!matched.ok()) Note(matched.status());
  return matched;
}

absl::Status Transaction::Later(absl::string_view sql, std::vector<Value> params) {
  if (!failure_.ok()) return failure_;
  if (PlaceholdersIn(sql) != params.size()) {
    return absl::InternalError("a statement has not as many values as placeholders");
  }
  for (const Value& value : params) pending_bytes_ += BytesOf(value);
  pending_bytes_ += sql.size();
  pending_.push_back({std::string(sql), std::move(params)});
  open_inserts_.clear();
  return SendIfMany();
}

absl::Status Transaction::RowLater(absl::string_view insert, std::vector<Value> row, absl::string_view tail) {
  if (!failure_.ok()) return failure_;
  const std::string placeholders =
      absl::StrCat("(", absl::StrJoin(std::vector<const char*>(row.size(), "?"), ", "), ")");
  for (const Value& value : row) pending_bytes_ += BytesOf(value);
  pending_bytes_ += placeholders.size();
  const auto open = std::find_if(
      open_inserts_.begin(), open_inserts_.end(),
      [&](const OpenInsert& candidate) { return candidate.insert == insert && candidate.tail == tail; });
  if (open == open_inserts_.end()) {
    open_inserts_.push_back({std::string(insert), std::string(tail), pending_.size()});
    pending_.push_back({absl::StrCat(insert, " ", placeholders, tail), std::move(row)});
    pending_bytes_ += insert.size() + tail.size();
  } else {
    Statement& statement = pending_[open->at];
    statement.sql.insert(statement.sql.size() - tail.size(), absl::StrCat(", ", placeholders));
    std::move(row.begin(), row.end(), std::back_inserter(statement.params));
  }
  return SendIfMany();
}

absl::Status Transaction::SendIfMany() {
  return pending_bytes_ > kMostPendingBytes ? SendPending() : absl::OkStatus();
}

// What was left for later cannot be undone alone: its failure is the transaction's.
absl::Status Transaction::SendPending() {
  if (!failure_.ok() || pending_.empty()) return failure_;
  begun_ = true;
  failure_ = connection_.ExecuteTogether(pending_);
  pending_.clear();
  open_inserts_.clear();
  pending_bytes_ = 0;
  return failure_;
}

// A broken connection counts too: the next statement would connect anew and run outside the transaction.
void Transaction::Note(const absl::Status& status) {
  if (MustReplay(status) || connection_.broken()) failure_ = status;
}

absl::Status Transaction::Attempt(absl::FunctionRef<absl::Status(Transaction&)> body) {
  OpenTransaction open(connection_);
  pending_.push_back({"START TRANSACTION", {}});
  absl::Status status = body(*this);
  if (!failure_.ok()) status = failure_;
  if (!begun_ && (!status.ok() || pending_.size() == 1)) {
    open.Finished();
    return status;
  }
  if (!status.ok()) {
    open.Rollback();
    return status;
  }
  // Whether a connection that died while idle took COMMIT along could not be told: so it is asked first.
  if (!begun_) connection_.Refresh(kTrusted);
  pending_.push_back({"COMMIT", {}});
  status = SendPending();
  if (status.ok()) {
    open.Finished();
    return status;
  }
  if (ConnectionLost(status) || connection_.broken()) {
    failure_ = absl::OkStatus();
    return OutcomeUnknown();
  }
  open.Rollback();
  return status;
}

void Transaction::RunEffects() {
  for (const auto& effect : effects_) effect();
}

absl::Status RunInTransaction(Connection& connection, absl::Time deadline,
                              absl::FunctionRef<absl::Status(Transaction&)> body) {
  if (OpenTransaction::IsOpen(connection)) return Nested();
  bool reconnected = false;
  for (int replays = 0;;) {
    if (absl::Now() >= deadline) return PastDeadline();
    RETURN_IF_ERROR(connection.Connect());
    Transaction tx(connection);
    absl::Status status = tx.Attempt(body);
    if (status.ok()) {
      tx.RunEffects();
      return status;
    }
    if (!tx.failed()) return status;
    if (MustReplay(status)) {
      if (replays == kMostReplays) return Conflict();
      PauseBefore(++replays, deadline);
    } else if (ConnectionLost(status) && !reconnected) {
      reconnected = true;
    } else {
      return status;
    }
  }
}

}  // namespace firstfloor::db
