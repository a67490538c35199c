// Handlers of ProjectService.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_PROJECT_SERVICE_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_PROJECT_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/volunteer/v1/project_service.pb.h"
#include "services/volunteer/books.h"

namespace firstfloor::volunteer {

class ProjectHandlers {
 public:
  explicit ProjectHandlers(const Books& books) : books_(books) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Project> ProposeProject(rpc::Call& call, db::Transaction& tx,
                                             const v1::ProposeProjectRequest& request);
  absl::StatusOr<v1::Project> PublishProject(rpc::Call& call, db::Transaction& tx,
                                             const v1::PublishProjectRequest& request);
  absl::StatusOr<v1::Project> ClaimProject(rpc::Call& call, db::Transaction& tx,
                                           const v1::ClaimProjectRequest& request);
  absl::StatusOr<v1::Project> StartProject(rpc::Call& call, db::Transaction& tx,
                                           const v1::StartProjectRequest& request);
  absl::StatusOr<v1::Project> RecordMilestone(rpc::Call& call, db::Transaction& tx,
                                              const v1::RecordMilestoneRequest& request);
  absl::StatusOr<v1::Project> InspectProject(rpc::Call& call, db::Transaction& tx,
                                             const v1::InspectProjectRequest& request);
  absl::StatusOr<v1::Project> CompleteProject(rpc::Call& call, db::Transaction& tx,
                                              const v1::CompleteProjectRequest& request);
  absl::StatusOr<v1::Project> AbandonProject(rpc::Call& call, db::Transaction& tx,
                                             const v1::AbandonProjectRequest& request);
  absl::StatusOr<v1::Project> HandOverProject(rpc::Call& call, db::Transaction& tx,
                                              const v1::HandOverProjectRequest& request);

  absl::StatusOr<v1::Project> GetProject(rpc::Call& call, const v1::GetProjectRequest& request);
  absl::StatusOr<v1::ListProjectsResponse> ListProjects(rpc::Call& call,
                                                        const v1::ListProjectsRequest& request);

 private:
  // Locks the project that `request` names, lets `decide(project)` change it, saves it, and answers with what
  // the caller may see of it.
  template <typename Request, typename Decide>
  absl::StatusOr<v1::Project> Change(rpc::Call& call, db::Transaction& tx, const Request& request,
                                     Decide decide);

  const Books& books_;
};

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_PROJECT_SERVICE_H_
