// What a rotation has to know of the stalls in the database.
#ifndef FIRSTFLOOR_SERVICES_OPINION_ROTATION_STORE_H_
#define FIRSTFLOOR_SERVICES_OPINION_ROTATION_STORE_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/db/transaction.h"
#include "services/opinion/rotation_rules.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::opinion {

class RotationStore {
 public:
  explicit RotationStore(const privacy::Keyring& keyring) : keyring_(keyring) {}

  // Of each building the stall that was held last, of those that were to begin before `before`, and the
  // planned one that is to begin first, from `from` on; buildings without one are left out. Each costs a step
  // in the index for each building, however many stalls there were.
  absl::StatusOr<std::map<std::string, rotation_rules::Visit>> LastHeld(
      db::Transaction& tx, const std::vector<std::string>& buildings, absl::Time before) const;
  absl::StatusOr<std::map<std::string, rotation_rules::Visit>> NextPlanned(
      db::Transaction& tx, const std::vector<std::string>& buildings, absl::Time from) const;

  // What was held in buildings of `area`, from ≤ start < to, and what is planned there then, from `now` on: a
  // stall that was never opened is none.
  absl::StatusOr<std::vector<rotation_rules::Visit>> Visits(db::Transaction& tx, absl::string_view area,
                                                            absl::Time from, absl::Time to,
                                                            absl::Time now) const;
  // The stalls, planned or open, that keep these people busy, in whatever area, from ≤ start < to or a little
  // more.
  absl::StatusOr<rotation_rules::Engagements> Busy(db::Transaction& tx, const std::set<std::string>& subjects,
                                                   absl::Time from, absl::Time to) const;

  // The first thing that a commit does: commits follow each other, so that each sees what those before it
  // booked.
  absl::Status TakeTurn(db::Transaction& tx) const;

 private:
  const privacy::Keyring& keyring_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_ROTATION_STORE_H_
