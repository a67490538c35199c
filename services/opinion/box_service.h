// Handlers of BoxService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_BOX_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_BOX_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/opinion/v1/box_service.pb.h"
#include "services/opinion/box_changes.h"
#include "services/opinion/box_store.h"

namespace firstfloor::opinion {

class BoxHandlers {
 public:
  BoxHandlers(const BoxStore& store, const BoxChanges& changes) : store_(store), changes_(changes) {}
  void Register(rpc::Service& service);

 private:
  using Call = rpc::Call;
  using Tx = db::Transaction;
  using BoxResult = absl::StatusOr<v1::Box>;
  using OpeningResult = absl::StatusOr<v1::BoxOpening>;

  BoxResult Create(Call& call, Tx& tx, const v1::CreateBoxRequest& request);
  BoxResult Get(Call& call, const v1::GetBoxRequest& request);
  absl::StatusOr<v1::ListBoxesResponse> List(Call& call, const v1::ListBoxesRequest& request);
  BoxResult Update(Call& call, Tx& tx, const v1::UpdateBoxRequest& request);
  BoxResult Retire(Call& call, Tx& tx, const v1::RetireBoxRequest& request);
  OpeningResult Open(Call& call, Tx& tx, const v1::OpenBoxRequest& request);
  OpeningResult GetOpening(Call& call, const v1::GetBoxOpeningRequest& request);
  absl::StatusOr<v1::ListBoxOpeningsResponse> ListOpenings(Call& call,
                                                           const v1::ListBoxOpeningsRequest& request);
  OpeningResult Recount(Call& call, Tx& tx, const v1::RecountBoxOpeningRequest& request);
  OpeningResult Complete(Call& call, Tx& tx, const v1::CompleteBoxOpeningRequest& request);

  // The locked row, for those who may change it.
  BoxResult LockBox(Call& call, Tx& tx, const std::string& name, const std::string& etag) const;
  OpeningResult LockOpening(Call& call, Tx& tx, const std::string& name, const std::string& etag) const;

  const BoxStore& store_;
  const BoxChanges& changes_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_BOX_SERVICE_H_
