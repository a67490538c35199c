#include "common/db/migrate.h"

#include <openssl/sha.h>

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/db/errors.h"
#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::db {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);
constexpr absl::Duration kLongestStatement = absl::Hours(1);

constexpr absl::string_view kApplied = "APPLIED";
constexpr absl::string_view kRunning = "RUNNING";
constexpr absl::string_view kFailed = "FAILED";

// Row 0 is no migration: who has it locked may migrate.
constexpr absl::string_view kMakeTable =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " number INT NOT NULL PRIMARY KEY,"
    " name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
    " checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
    " state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
    " applied_time DATETIME(6) NOT NULL) ENGINE=InnoDB";

struct Record {
  std::string checksum;
  std::string state;
};

// The row lock by which migrators keep out of each other's way. A lock of a transaction, because it ends
// with its holder's connection, whatever happens to the holder; on a connection of its own, because DDL
// commits.
class MigrationLock {
 public:
  explicit MigrationLock(Connection& connection) : connection_(connection) {}
  ~MigrationLock() {
    if (!connection_.ExecuteText("ROLLBACK").ok()) connection_.Discard();
  }
  MigrationLock(const MigrationLock&) = delete;
  MigrationLock& operator=(const MigrationLock&) = delete;

  absl::Status Acquire() {
    const absl::Time give_up = absl::Now() + kPatience;
    for (;;) {
      const absl::Status status = TryAcquire();
      if (!MustReplay(status)) return status;
      RETURN_IF_ERROR(connection_.ExecuteText("ROLLBACK"));
      if (absl::Now() >= give_up) return Busy();
    }
  }

  // Fails when the connection, and with it the lock, was lost since Acquire.
  absl::Status Confirm() {
    return connection_.ExecuteText("SELECT number FROM schema_migration WHERE number = 0");
  }

 private:
  absl::Status TryAcquire() {
    RETURN_IF_ERROR(connection_
                        .Execute("INSERT INTO schema_migration (number, name, checksum, state, applied_time)"
                                 " VALUES (0, 'lock', '', 'LOCK', UTC_TIMESTAMP(6))"
                                 " ON DUPLICATE KEY UPDATE number = number")
                        .status());
    RETURN_IF_ERROR(connection_.ExecuteText("START TRANSACTION"));
    return connection_.Query("SELECT number FROM schema_migration WHERE number = 0 FOR UPDATE").status();
  }

  static absl::Status Busy() {
    return error::Make(absl::StatusCode::kUnavailable, "MIGRATION_RUNNING",
                       "another migrator has been at work for a minute");
  }

  Connection& connection_;
};

std::string ChecksumOf(absl::string_view sql) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(sql.data()), sql.size(), digest);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

std::string Describe(const Migration& migration) {
  return absl::StrCat("migration ", migration.number, " (", migration.name, ")");
}

absl::Status Refuse(absl::string_view reason, const Migration& migration, absl::string_view why) {
  return error::Precondition(reason, absl::StrCat(Describe(migration), " ", why),
                             {{"number", absl::StrCat(migration.number)}});
}

absl::Status CheckNumbers(absl::Span<const Migration> migrations) {
  int last = 0;
  for (const Migration& migration : migrations) {
    if (migration.number <= last) {
      return Refuse("MIGRATION_ORDER", migration, "does not have a higher number than the one before");
    }
    last = migration.number;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> StatementsOf(const Migration& migration) {
  std::vector<std::string> statements;
  std::string statement;
  for (const absl::string_view line : absl::StrSplit(migration.sql, '\n')) {
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || absl::StartsWith(text, "--")) continue;
    absl::StrAppend(&statement, statement.empty() ? "" : "\n", absl::StripTrailingAsciiWhitespace(line));
    if (absl::EndsWith(text, ";")) {
      statement.pop_back();
      statements.push_back(std::exchange(statement, ""));
    }
  }
  if (!statement.empty()) return Refuse("MIGRATION_SYNTAX", migration, "ends in the middle of a statement");
  return statements;
}

absl::StatusOr<bool> HasTable(Connection& connection) {
  ASSIGN_OR_RETURN(const Rows rows,
                   connection.Query("SELECT COUNT(*) FROM information_schema.tables"
                                    " WHERE table_schema = DATABASE() AND table_name = 'schema_migration'"));
  return rows.front().Int(0) > 0;
}

absl::Status EnsureTable(Connection& connection) {
  ASSIGN_OR_RETURN(const bool there, HasTable(connection));
  return there ? absl::OkStatus() : connection.ExecuteText(kMakeTable);
}

absl::StatusOr<absl::flat_hash_map<int, Record>> LoadRecords(Connection& connection) {
  ASSIGN_OR_RETURN(const Rows rows,
                   connection.Query("SELECT number, checksum, state FROM schema_migration WHERE number > 0"));
  absl::flat_hash_map<int, Record> records;
  for (const Row& row : rows) records[static_cast<int>(row.Int(0))] = {row.Text(1), row.Text(2)};
  return records;
}

// The migrations that are not recorded, if those that are stand as they were applied.
absl::StatusOr<std::vector<Migration>> Missing(const absl::flat_hash_map<int, Record>& records,
                                               absl::Span<const Migration> migrations) {
  std::vector<Migration> missing;
  for (const Migration& migration : migrations) {
    const auto record = records.find(migration.number);
    if (record == records.end()) {
      missing.push_back(migration);
    } else if (record->second.state != kApplied) {
      return Refuse("MIGRATION_FAILED", migration, "failed half way before and must be repaired by hand");
    } else if (record->second.checksum != ChecksumOf(migration.sql)) {
      return Refuse("MIGRATION_CHANGED", migration, "was changed after it had been applied");
    }
  }
  return missing;
}

absl::Status SetState(Connection& connection, const Migration& migration, absl::string_view state) {
  return connection
      .Execute("UPDATE schema_migration SET state = ?, applied_time = UTC_TIMESTAMP(6) WHERE number = ?",
               {{state, migration.number}})
      .status();
}

// Recorded as running first, so that one whose migrator dies is known to have been begun.
absl::Status Apply(Connection& connection, const Migration& migration) {
  ASSIGN_OR_RETURN(const std::vector<std::string> statements, StatementsOf(migration));
  RETURN_IF_ERROR(connection
                      .Execute("INSERT INTO schema_migration (number, name, checksum, state, applied_time)"
                               " VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))",
                               {{migration.number, migration.name, ChecksumOf(migration.sql), kRunning}})
                      .status());
  for (size_t i = 0; i < statements.size(); ++i) {
    const absl::Status status = connection.ExecuteText(statements[i]);
    if (status.ok()) continue;
    SetState(connection, migration, kFailed).IgnoreError();
    return Refuse("MIGRATION_FAILED", migration,
                  absl::StrCat("failed at statement ", i + 1, ": ", status.message()));
  }
  return SetState(connection, migration, kApplied);
}

Config ForLongStatements(Config config) {
  config.read_timeout = kLongestStatement;
  return config;
}

}  // namespace

absl::StatusOr<std::vector<int>> Migrate(Connection& connection, absl::Span<const Migration> migrations) {
  RETURN_IF_ERROR(CheckNumbers(migrations));
  RETURN_IF_ERROR(EnsureTable(connection));
  MigrationLock lock(connection);
  RETURN_IF_ERROR(lock.Acquire());
  Connection worker(ForLongStatements(connection.config()));
  // DDL that waits for a long transaction makes everybody else wait behind it.
  RETURN_IF_ERROR(worker.ExecuteText("SET lock_wait_timeout = 30"));
  ASSIGN_OR_RETURN(const auto records, LoadRecords(worker));
  ASSIGN_OR_RETURN(const std::vector<Migration> missing, Missing(records, migrations));
  std::vector<int> applied;
  for (const Migration& migration : missing) {
    RETURN_IF_ERROR(lock.Confirm());
    RETURN_IF_ERROR(Apply(worker, migration));
    applied.push_back(migration.number);
  }
  return applied;
}

absl::StatusOr<int> SchemaVersion(Connection& connection) {
  ASSIGN_OR_RETURN(const bool there, HasTable(connection));
  if (!there) return 0;
  ASSIGN_OR_RETURN(const Rows rows,
                   connection.Query("SELECT COALESCE(MAX(number), 0) FROM schema_migration WHERE state = ?",
                                    {{kApplied}}));
  return static_cast<int>(rows.front().Int(0));
}

}  // namespace firstfloor::db
