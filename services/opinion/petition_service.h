// Handlers of PetitionService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_PETITION_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_PETITION_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/opinion/v1/petition_service.pb.h"
#include "services/opinion/opinion_desk.h"

namespace firstfloor::opinion {

class PetitionHandlers {
 public:
  explicit PetitionHandlers(const OpinionDesk& desk) : desk_(desk) {}
  void Register(rpc::Service& service);

 private:
  absl::StatusOr<v1::Opinion> Object(rpc::Call& call, db::Transaction& tx,
                                     const v1::ObjectToPetitionRequest& request);
  absl::StatusOr<v1::Opinion> RequestReview(rpc::Call& call, db::Transaction& tx,
                                            const v1::RequestReviewRequest& request);
  absl::StatusOr<v1::Opinion> AnswerReview(rpc::Call& call, db::Transaction& tx,
                                           const v1::AnswerReviewRequest& request);

  const OpinionDesk& desk_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_PETITION_SERVICE_H_
