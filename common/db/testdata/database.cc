#include "common/db/testdata/database.h"

#include <cstdlib>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/db/migrate.h"
#include "common/db/schema/migrations.h"

namespace firstfloor::db {
namespace {

void MustBeOk(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << std::endl;
  std::abort();
}

testing::MariaDb* StartServer() {
  InitDriver();
  static testing::MariaDb server;
  return &server;
}

}  // namespace

testing::MariaDb& Server() {
  static testing::MariaDb* const server = StartServer();
  return *server;
}

Config NewMigratedSchema(const std::string& hint) {
  Config config = Server().NewSchema(hint);
  Connection connection(config);
  MustBeOk(Migrate(connection, schema::Migrations()).status());
  return config;
}

int64_t IdOf(Connection& connection) { return NumberFrom(connection, "SELECT CONNECTION_ID()"); }

void KillOnServer(int64_t id) {
  Connection root(Server().Root());
  MustBeOk(root.ExecuteText(absl::StrCat("KILL ", id)));
  const std::string still_there =
      absl::StrCat("SELECT COUNT(*) FROM information_schema.processlist WHERE id = ", id);
  while (NumberFrom(root, still_there) > 0) absl::SleepFor(absl::Milliseconds(2));
}

int64_t NumberFrom(Connection& connection, absl::string_view sql) {
  const absl::StatusOr<Rows> rows = connection.Query(sql);
  MustBeOk(rows.status());
  return rows->front().Int(0);
}

}  // namespace firstfloor::db
