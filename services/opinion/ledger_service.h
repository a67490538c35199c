// Handlers of LedgerService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_LEDGER_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_LEDGER_SERVICE_H_

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/rpc/service.h"
#include "firstfloor/opinion/v1/ledger_service.pb.h"
#include "services/opinion/opinion_store.h"

namespace firstfloor::opinion {

class LedgerHandlers {
 public:
  explicit LedgerHandlers(const OpinionStore& opinions) : opinions_(opinions) {}
  void Register(rpc::Service& service);

 private:
  absl::StatusOr<v1::ListDueResponse> ListDue(rpc::Call& call, const v1::ListDueRequest& request);
  absl::StatusOr<v1::YouSaidWeDid> GetYouSaidWeDid(rpc::Call& call,
                                                   const v1::GetYouSaidWeDidRequest& request);
  absl::StatusOr<v1::YouSaidWeDid> SheetOf(rpc::Call& call, const v1::GetYouSaidWeDidRequest& request,
                                           absl::CivilDay month) const;

  const OpinionStore& opinions_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_LEDGER_SERVICE_H_
