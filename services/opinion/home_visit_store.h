// Home visits, and the peace of households, in the database.
#ifndef FIRSTFLOOR_SERVICES_OPINION_HOME_VISIT_STORE_H_
#define FIRSTFLOOR_SERVICES_OPINION_HOME_VISIT_STORE_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/db/transaction.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/home_visit.pb.h"
#include "firstfloor/opinion/v1/home_visit_service.pb.h"

namespace firstfloor::program {
class House;
}

namespace firstfloor::opinion {

class HomeVisitStore {
 public:
  explicit HomeVisitStore(program::House& house);

  const resource::Table<v1::HomeVisit>& table() const { return table_; }

  // Takes the household of a visit until the transaction ends: nobody else plans or makes one to it
  // meanwhile. Answers until when it is left in peace; InfinitePast if it is not.
  absl::StatusOr<absl::Time> LockHousehold(db::Transaction& tx, const v1::HomeVisit& visit) const;
  // For the household that is locked.
  absl::Status KeepPeace(db::Transaction& tx, const v1::HomeVisit& visit, absl::Time until) const;
  // What else is planned for the household of `visit`, locked.
  absl::StatusOr<std::vector<v1::HomeVisit>> OthersPlanned(db::Transaction& tx,
                                                           const v1::HomeVisit& visit) const;

  // What a list request asks for, newest first; `household_of` is the visit that it names, or null. Blocks.
  absl::StatusOr<std::vector<v1::HomeVisit>> List(db::Connection& connection,
                                                  const v1::ListHomeVisitsRequest& request,
                                                  const v1::HomeVisit* household_of, absl::string_view after,
                                                  int limit) const;

 private:
  const privacy::Keyring& keyring_;
  const resource::Table<v1::HomeVisit> table_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_HOME_VISIT_STORE_H_
