// Queries for tasks beyond what their table answers.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_STORE_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_STORE_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/connection.h"

namespace firstfloor::volunteer {

// How many tasks each volunteer (by name) has accepted since then; whoever accepted none is left out. Blocks.
absl::StatusOr<std::map<std::string, int>> TasksAcceptedSince(db::Connection& connection, absl::Time since);

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_STORE_H_
