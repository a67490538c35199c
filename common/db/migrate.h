// Forward-only, numbered, checksummed migrations of one service's schema.
#ifndef FIRSTFLOOR_COMMON_DB_MIGRATE_H_
#define FIRSTFLOOR_COMMON_DB_MIGRATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/db/connection.h"

namespace firstfloor::db {

// One step of `schema/`, compiled into the program: "0001_init" and its text. Statements end with ';' at
// the end of a line; lines that begin with -- are comments.
struct Migration {
  int number;
  absl::string_view name;
  absl::string_view sql;
};

// Applies what is missing, in order, under a lease row so that two migrators do not meet; waits up to
// 60 s for another one. FAILED_PRECONDITION, reason MIGRATION_CHANGED, when an applied migration's
// checksum differs. Returns the numbers that were applied now. A migration that failed half way is
// recorded as such and refused, reason MIGRATION_FAILED, until repaired (MySQL commits DDL at once): undo
// it by hand and delete its row in schema_migration, or finish it and set the row's state to APPLIED.
// Numbers of `migrations` grow and start above 0. Opens a second connection of its own, on which
// statements may take an hour. Blocks.
absl::StatusOr<std::vector<int>> Migrate(Connection& connection, absl::Span<const Migration> migrations);

// The highest applied migration; 0 for an empty schema.
absl::StatusOr<int> SchemaVersion(Connection& connection);

}  // namespace firstfloor::db

#endif  // FIRSTFLOOR_COMMON_DB_MIGRATE_H_
