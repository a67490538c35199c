// Handlers of ActivityService.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_ACTIVITY_SERVICE_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_ACTIVITY_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/volunteer/v1/activity_service.pb.h"
#include "services/volunteer/books.h"

namespace firstfloor::volunteer {

class ActivityHandlers {
 public:
  explicit ActivityHandlers(const Books& books) : books_(books) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Activity> CreateActivity(rpc::Call& call, db::Transaction& tx,
                                              const v1::CreateActivityRequest& request);
  absl::StatusOr<v1::Activity> UpdateActivity(rpc::Call& call, db::Transaction& tx,
                                              const v1::UpdateActivityRequest& request);
  absl::StatusOr<v1::Activity> OpenActivity(rpc::Call& call, db::Transaction& tx,
                                            const v1::OpenActivityRequest& request);
  absl::StatusOr<v1::Activity> StartActivity(rpc::Call& call, db::Transaction& tx,
                                             const v1::StartActivityRequest& request);
  absl::StatusOr<v1::Activity> FinishActivity(rpc::Call& call, db::Transaction& tx,
                                              const v1::FinishActivityRequest& request);
  absl::StatusOr<v1::Activity> CancelActivity(rpc::Call& call, db::Transaction& tx,
                                              const v1::CancelActivityRequest& request);

  absl::StatusOr<v1::Activity> GetActivity(rpc::Call& call, const v1::GetActivityRequest& request);
  absl::StatusOr<v1::ListActivitiesResponse> ListActivities(rpc::Call& call,
                                                            const v1::ListActivitiesRequest& request);

 private:
  // Locks the activity that `request` names, lets `decide(activity)` change it and saves it.
  template <typename Request, typename Decide>
  absl::StatusOr<v1::Activity> Change(rpc::Call& call, db::Transaction& tx, const Request& request,
                                      Decide decide);

  const Books& books_;
};

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_ACTIVITY_SERVICE_H_
