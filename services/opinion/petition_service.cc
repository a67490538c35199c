#include "services/opinion/petition_service.h"

#include "services/opinion/petition_rules.h"

namespace firstfloor::opinion {

using v1::Opinion;

void PetitionHandlers::Register(rpc::Service& service) {
  service.Mutation("ObjectToPetition", this, &PetitionHandlers::Object);
  service.Mutation("RequestReview", this, &PetitionHandlers::RequestReview);
  service.Mutation("AnswerReview", this, &PetitionHandlers::AnswerReview);
}

absl::StatusOr<Opinion> PetitionHandlers::Object(rpc::Call& call, db::Transaction& tx,
                                                 const v1::ObjectToPetitionRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return petitions::Object(opinion, request.objection(), call.now());
  });
}

absl::StatusOr<Opinion> PetitionHandlers::RequestReview(rpc::Call& call, db::Transaction& tx,
                                                        const v1::RequestReviewRequest& request) {
  return desk_.ChangeByHolder(
      call, tx, request.name(), request.etag(), request.receipt_code(),
      [&](const Opinion& opinion) { return petitions::RequestReview(opinion, call.now()); });
}

absl::StatusOr<Opinion> PetitionHandlers::AnswerReview(rpc::Call& call, db::Transaction& tx,
                                                       const v1::AnswerReviewRequest& request) {
  return desk_.Change(call, tx, request.name(), request.etag(), [&](const Opinion& opinion) {
    return petitions::AnswerReview(opinion, request.review(), call.now());
  });
}

}  // namespace firstfloor::opinion
