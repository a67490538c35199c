// What opinions are found by, in the database.
#ifndef FIRSTFLOOR_SERVICES_OPINION_FINDING_STORE_H_
#define FIRSTFLOOR_SERVICES_OPINION_FINDING_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "services/opinion/finding_extract.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::opinion {

class FindingStore {
 public:
  explicit FindingStore(program::House& house);

  const Extractor& extractor() const { return extractor_; }

  // Keeps what a new opinion is found by, with the rest of its transaction. Nothing of what is about staff.
  absl::Status Keep(db::Transaction& tx, const v1::Opinion& opinion, const Extract& text) const;
  // The same for one that may have it already.
  absl::Status KeepUnlessKept(db::Transaction& tx, const v1::Opinion& opinion, const Extract& text) const;
  // Its text was erased, or a part of it: of what is left it is made anew when somebody looks.
  absl::Status Drop(db::Transaction& tx, absl::string_view name) const;

  // An opinion without what is personal, and what it is found by.
  struct Row {
    v1::Opinion opinion;
    uint64_t reporter = 0;  // a keyed hash; 0: not known
    std::optional<Extract> text;
  };
  // Those that are not about staff, oldest first, after `after` (a name; "" from the start). Blocks.
  absl::StatusOr<std::vector<Row>> Page(db::Connection& connection, absl::string_view after, int limit) const;
  // Those of `names` that exist and are not about staff, oldest first. Blocks.
  absl::StatusOr<std::vector<Row>> Several(db::Connection& connection,
                                           const std::vector<std::string>& names) const;

 private:
  absl::StatusOr<std::string> Sealed(const v1::Opinion& opinion, const Extract& text) const;
  absl::StatusOr<std::vector<Row>> Read(const db::Rows& rows) const;

  const privacy::Keyring& keyring_;
  const Extractor extractor_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_FINDING_STORE_H_
