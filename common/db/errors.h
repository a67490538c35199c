// What the database's error numbers mean to us.
#ifndef FIRSTFLOOR_COMMON_DB_ERRORS_H_
#define FIRSTFLOOR_COMMON_DB_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace firstfloor::db {

// The status for a driver error. 1062 → ALREADY_EXISTS (reason DUPLICATE_KEY, metadata "key" = name of
// the violated index); 1213, 1205, 1047, 1020 and other certification failures → ABORTED (reason
// MUST_REPLAY); 2002, 2003, 2006, 2013, 1053, 1927, 1203, 1040 and the like, and a disk or a memory that is
// full (1021, 1114 and the like) → UNAVAILABLE (reason DATABASE_UNAVAILABLE); anything else → INTERNAL
// (reason DATABASE_ERROR). The message holds the errno, and the driver's words only for errors in which no
// value can stand.
absl::Status FromErrno(int error, absl::string_view sqlstate, absl::string_view driver_message);

// Only a replay of the whole transaction can help.
bool MustReplay(const absl::Status& status);
// The connection is of no use any more, or the server has no room; a new connection later may be.
bool ConnectionLost(const absl::Status& status);
// A unique key was violated; `index`, when given, must be the one.
bool IsDuplicate(const absl::Status& status, absl::string_view index = "");

}  // namespace firstfloor::db

#endif  // FIRSTFLOOR_COMMON_DB_ERRORS_H_
