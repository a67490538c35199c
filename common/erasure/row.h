// Erasing from one row: the row, its event, the cache, in one transaction. Internal to common/erasure.
#ifndef FIRSTFLOOR_COMMON_ERASURE_ROW_H_
#define FIRSTFLOOR_COMMON_ERASURE_ROW_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "common/erasure/erasure_store.h"
#include "common/erasure/plan.h"
#include "common/events/origin.h"
#include "common/privacy/erase.h"

namespace firstfloor::events {
class Log;
}

namespace firstfloor::erasure {

// To be called in a transaction that changes the named row: every replica forgets it after the commit.
using DropRow = std::function<void(db::Transaction& tx, absl::string_view name)>;

// What a row's erasure needs besides the row. Nothing is owned.
struct Tools {
  events::Log& log;
  const DropRow& drop_row;
  const events::Origin& origin;
  const Record& record;
};

// Erases from the row what `is_erased` names, if the row is in the area of the erasure. False if there was
// nothing.
absl::StatusOr<bool> EraseRow(db::Transaction& tx, const Tools& tools, const Holding& holding,
                              absl::string_view name, privacy::IsErased is_erased);

// Erases a copy of something that was erased elsewhere, and appends the copies that it has itself to
// `copies`. False if there was nothing.
absl::StatusOr<bool> EraseCopy(db::Transaction& tx, const Tools& tools, const Holding& holding,
                               absl::string_view name, std::vector<std::string>& copies);

}  // namespace firstfloor::erasure

#endif  // FIRSTFLOOR_COMMON_ERASURE_ROW_H_
