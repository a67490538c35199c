// A connection to MariaDB or MySQL that belongs to one thread, and the statements prepared on it.
#ifndef FIRSTFLOOR_COMMON_DB_CONNECTION_H_
#define FIRSTFLOOR_COMMON_DB_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/db/value.h"

namespace firstfloor::db {

struct Config {
  // "tcp://127.0.0.1:3306" or "unix:///run/mysqld.sock".
  std::string endpoint;
  std::string user;
  std::string password;
  std::string schema;
  absl::Duration connect_timeout = absl::Seconds(3);
  // A statement that gets no answer for this long is given up and its connection discarded.
  absl::Duration read_timeout = absl::Seconds(5);
};

struct Statement {
  std::string sql;
  std::vector<Value> params;
};

// To be called once, in main, before any thread that connects starts.
void InitDriver();

// Connects when first used and again after an error that broke the connection. Not thread-safe. All
// calls block, at most for the timeouts of the Config.
class Connection {
 public:
  explicit Connection(Config config);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Connects unless connected. The other calls do it by themselves.
  absl::Status Connect();

  // Rows of a SELECT, read whole. The statement is prepared once per connection and kept (at most 256,
  // least recently used goes first; one that moved more than 256 KiB is not kept, since the driver would
  // hold on to its data). Errors: see `errors.h`; UNAVAILABLE when the database is down.
  absl::StatusOr<Rows> Query(absl::string_view sql, absl::Span<const Value> params = {});

  // Number of rows matched (not: changed) by an INSERT, UPDATE or DELETE.
  absl::StatusOr<int64_t> Execute(absl::string_view sql, absl::Span<const Value> params = {});

  // Statements that cannot be prepared (DDL, SET, START TRANSACTION, COMMIT), sent as they are.
  absl::Status ExecuteText(absl::string_view sql);

  // Several statements that return no rows, in one round trip, in order, up to the first that fails; its
  // error is returned. Their values travel as literals, written by the driver. A connection that is lost
  // meanwhile leaves open how many were carried out.
  absl::Status ExecuteTogether(absl::Span<const Statement> statements);

  const Config& config() const;

  // True when the last error made the connection useless; the next use connects anew.
  bool broken() const;
  // Drops the connection; the next use connects anew.
  void Discard();
  // Pings the connection when it was idle for longer than `idle`, and drops it if that fails.
  void Refresh(absl::Duration idle = absl::Seconds(30));

 private:
  friend class OpenTransaction;
  struct Impl;
  std::unique_ptr<Impl> impl_;
  bool in_transaction_ = false;
};

}  // namespace firstfloor::db

#endif  // FIRSTFLOOR_COMMON_DB_CONNECTION_H_
