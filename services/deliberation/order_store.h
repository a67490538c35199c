// Orders in the database, and the posts that they are routed by.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_STORE_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_STORE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "common/resource/table.h"
#include "firstfloor/deliberation/v1/order.pb.h"
#include "services/deliberation/order_rules.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::deliberation {

class OrderStore {
 public:
  explicit OrderStore(program::House& house);
  const resource::Table<v1::Order>& table() const { return table_; }

 private:
  const resource::Table<v1::Order> table_;
};

// Keeps what is known of a post, in place of what was known before.
absl::Status KeepPost(db::Transaction& tx, const rules::KnownPost& post);
absl::Status ForgetPost(db::Transaction& tx, absl::string_view name);
// The posts that cover `area`, the nearest first. Blocks.
absl::StatusOr<std::vector<rules::KnownPost>> PostsCovering(db::Connection& connection,
                                                            absl::string_view area);

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_STORE_H_
