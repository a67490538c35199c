// What a database session has done so far, by the server's own count.
#ifndef FIRSTFLOOR_COMMON_TESTING_SESSION_STATUS_H_
#define FIRSTFLOOR_COMMON_TESTING_SESSION_STATUS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "common/db/connection.h"

namespace firstfloor::testing {

// The sum of the status variables whose names are like `pattern` ("Com_insert", "Handler_read%"). Dies if it
// cannot be asked for or there is none.
int64_t SessionStatus(db::Connection& connection, const std::string& pattern);

// How many rows the session looks at while `read` runs.
int64_t RowsReadBy(db::Connection& connection, const std::function<void()>& read);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_COMMON_TESTING_SESSION_STATUS_H_
