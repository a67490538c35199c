#include "common/testing/session_status.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace firstfloor::testing {
namespace {

int64_t RowsRead(db::Connection& connection) { return SessionStatus(connection, "Handler_read%"); }

}  // namespace

// SHOW, because the tables behind it are not the same in MariaDB and MySQL.
int64_t SessionStatus(db::Connection& connection, const std::string& pattern) {
  const absl::StatusOr<db::Rows> rows =
      connection.Query(absl::StrCat("SHOW SESSION STATUS LIKE '", pattern, "'"));
  int64_t sum = 0;
  bool numbers = rows.ok() && !rows->empty();
  for (size_t i = 0; numbers && i < rows->size(); ++i) {
    int64_t value = 0;
    numbers = absl::SimpleAtoi((*rows)[i].Text(1), &value);
    sum += value;
  }
  if (!numbers) {
    std::fprintf(stderr, "the session's status is not known: %s\n", rows.status().ToString().c_str());
    std::abort();
  }
  return sum;
}

int64_t RowsReadBy(db::Connection& connection, const std::function<void()>& read) {
  const int64_t before = RowsRead(connection);
  const int64_t counting = RowsRead(connection) - before;
  read();
  return RowsRead(connection) - before - 2 * counting;
}

}  // namespace firstfloor::testing
