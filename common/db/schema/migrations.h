// The migrations compiled into a program by the CMake function firstfloor_migrations.
#ifndef FIRSTFLOOR_COMMON_DB_SCHEMA_MIGRATIONS_H_
#define FIRSTFLOOR_COMMON_DB_SCHEMA_MIGRATIONS_H_

#include "absl/types/span.h"
#include "common/db/migrate.h"

namespace firstfloor::schema {

// In the order of their numbers. Lives as long as the program.
absl::Span<const db::Migration> Migrations();

}  // namespace firstfloor::schema

#endif  // FIRSTFLOOR_COMMON_DB_SCHEMA_MIGRATIONS_H_
