// Stalls, who sits at them, and what happened there, in the database.
#ifndef FIRSTFLOOR_SERVICES_OPINION_STALL_STORE_H_
#define FIRSTFLOOR_SERVICES_OPINION_STALL_STORE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/stall.pb.h"
#include "firstfloor/opinion/v1/stall_service.pb.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::opinion {

class StallStore {
 public:
  explicit StallStore(program::House& house);

  const resource::Table<v1::Stall>& table() const { return table_; }

  // FAILED_PRECONDITION, reason STALL_NOT_OPEN, unless it is open and takes what is about `area`
  // (stall_rules::TakesFrom).
  absl::Status CheckOpen(db::Transaction& tx, absl::string_view name, absl::string_view area) const;

  // Seats the team at an opening stall: everybody at one table only, also when two open at the same moment.
  // FAILED_PRECONDITION, reason MEMBER_AT_ANOTHER_STALL.
  absl::Status Seat(db::Transaction& tx, const v1::Stall& stall) const;
  // Frees the team when the stall ends.
  absl::Status Unseat(db::Transaction& tx, absl::string_view name) const;

  // Notes when the stall keeps whom busy, in place of what was noted before; forgets it.
  absl::Status Book(db::Transaction& tx, const v1::Stall& stall) const;
  absl::Status Release(db::Transaction& tx, absl::string_view name) const;

  // Of the stalls with these names those that are planned, locked. Blocks.
  absl::StatusOr<std::vector<v1::Stall>> LockPlanned(db::Transaction& tx,
                                                     const std::vector<std::string>& names) const;

  // What a list request asks for, newest first. Blocks.
  absl::StatusOr<std::vector<v1::Stall>> List(db::Connection& connection,
                                              const v1::ListStallsRequest& request, absl::string_view after,
                                              int limit) const;

  // Adds to the sheet of a stall's day.
  absl::Status AddToDay(db::Transaction& tx, const v1::StallDay& more) const;
  // The sheet, without the visitors. Blocks.
  absl::StatusOr<v1::StallDay> Day(db::Connection& connection, absl::string_view name) const;

 private:
  // Blind indexes of the team, in order.
  std::vector<std::string> MembersOf(const v1::Stall& stall) const;

  const privacy::Keyring& keyring_;
  const resource::Table<v1::Stall> table_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_STALL_STORE_H_
