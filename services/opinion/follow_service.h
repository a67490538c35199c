// Handlers of FollowService.
#ifndef FIRSTFLOOR_SERVICES_OPINION_FOLLOW_SERVICE_H_
#define FIRSTFLOOR_SERVICES_OPINION_FOLLOW_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/opinion/v1/follow_service.pb.h"
#include "services/opinion/follow_store.h"
#include "services/opinion/opinion_changes.h"
#include "services/opinion/opinion_desk.h"
#include "services/opinion/opinion_store.h"

namespace firstfloor::opinion {

class FollowHandlers {
 public:
  FollowHandlers(const OpinionStore& opinions, const FollowStore& follows, const OpinionChanges& changes,
                 const OpinionDesk& desk)
      : opinions_(opinions), follows_(follows), changes_(changes), desk_(desk) {}
  void Register(rpc::Service& service);

 private:
  absl::StatusOr<v1::Opinion> Follow(rpc::Call& call, db::Transaction& tx,
                                     const v1::FollowOpinionRequest& request);
  absl::StatusOr<v1::Opinion> Unfollow(rpc::Call& call, db::Transaction& tx,
                                       const v1::UnfollowOpinionRequest& request);
  absl::StatusOr<v1::Timeline> GetTimeline(rpc::Call& call, const v1::GetTimelineRequest& request);
  absl::StatusOr<v1::ListMyFollowedOpinionsResponse> ListMine(
      rpc::Call& call, const v1::ListMyFollowedOpinionsRequest& request);

  const OpinionStore& opinions_;
  const FollowStore& follows_;
  const OpinionChanges& changes_;
  const OpinionDesk& desk_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_FOLLOW_SERVICE_H_
