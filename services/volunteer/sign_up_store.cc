#include "services/volunteer/sign_up_store.h"

#include "common/error/macros.h"
#include "common/resource/table.h"
#include "firstfloor/volunteer/v1/sign_up.pb.h"
#include "services/volunteer/stores.h"

namespace firstfloor::volunteer {

absl::StatusOr<std::string> LongestWaiting(db::Transaction& tx, absl::string_view activity, int shift) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT id FROM sign_up WHERE activity = ? AND shift = ? AND state = ? "
               "ORDER BY queue_number LIMIT 1",
               {IdColumn("activities", activity), shift, static_cast<int>(v1::SIGN_UP_STATE_WAITLISTED)}));
  return rows.empty() ? std::string() : resource::NameOf("signUps", rows.front().Text(0));
}

absl::StatusOr<std::vector<std::string>> ActivitiesAhead(db::Transaction& tx, absl::string_view volunteer,
                                                         absl::Time now) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT DISTINCT activity FROM sign_up WHERE volunteer = ? AND state IN (?, ?) AND "
               "end_time > ? ORDER BY activity",
               {IdColumn("volunteers", volunteer), static_cast<int>(v1::SIGN_UP_STATE_SIGNED_UP),
                static_cast<int>(v1::SIGN_UP_STATE_WAITLISTED), now}));
  std::vector<std::string> names;
  names.reserve(rows.size());
  for (const db::Row& row : rows) names.push_back(resource::NameOf("activities", row.Text(0)));
  return names;
}

}  // namespace firstfloor::volunteer
