// Cases in the database.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_CASE_STORE_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_CASE_STORE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/db/transaction.h"
#include "common/resource/table.h"
#include "firstfloor/deliberation/v1/case.pb.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::deliberation {

class CaseStore {
 public:
  explicit CaseStore(program::House& house);
  const resource::Table<v1::Case>& table() const { return table_; }

  // Keeps who its sides are, so that they find it.
  absl::Status KeepSides(db::Transaction& tx, const v1::Case& matter) const;
  // Cases of which the person is a side.
  resource::Condition OfSide(absl::string_view subject) const;
  // The same by the blind index of the subject.
  static resource::Condition OfSideIndex(std::string subject_index);

 private:
  const privacy::Keyring& keyring_;
  const resource::Table<v1::Case> table_;
};

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_CASE_STORE_H_
