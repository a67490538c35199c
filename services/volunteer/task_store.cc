#include "services/volunteer/task_store.h"

#include "common/error/macros.h"
#include "common/resource/table.h"

namespace firstfloor::volunteer {

absl::StatusOr<std::map<std::string, int>> TasksAcceptedSince(db::Connection& connection, absl::Time since) {
  const db::Value params[] = {since};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT volunteer, COUNT(*) FROM task WHERE accept_time >= ? AND "
                                    "volunteer IS NOT NULL GROUP BY volunteer",
                                    params));
  std::map<std::string, int> accepted;
  for (const db::Row& row : rows) {
    accepted[resource::NameOf("volunteers", row.Text(0))] = static_cast<int>(row.Int(1));
  }
  return accepted;
}

}  // namespace firstfloor::volunteer
