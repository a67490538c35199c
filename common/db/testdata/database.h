// The one server of this test program.
#ifndef FIRSTFLOOR_COMMON_DB_TESTDATA_DATABASE_H_
#define FIRSTFLOOR_COMMON_DB_TESTDATA_DATABASE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "common/db/connection.h"
#include "common/testing/servers.h"

namespace firstfloor::db {

testing::MariaDb& Server();

// A new schema with the tables of testdata/ and schema/.
Config NewMigratedSchema(const std::string& hint);

// The server's number for this connection.
int64_t IdOf(Connection& connection);
// Ends a connection from outside and waits until the server has forgotten it.
void KillOnServer(int64_t id);

// The single number that `sql` selects.
int64_t NumberFrom(Connection& connection, absl::string_view sql);

}  // namespace firstfloor::db

#endif  // FIRSTFLOOR_COMMON_DB_TESTDATA_DATABASE_H_
