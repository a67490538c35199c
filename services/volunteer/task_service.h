// Handlers of TaskService.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_SERVICE_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/volunteer/v1/task_service.pb.h"
#include "services/volunteer/books.h"

namespace firstfloor::volunteer {

class TaskHandlers {
 public:
  explicit TaskHandlers(const Books& books) : books_(books) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Task> CreateTask(rpc::Call& call, db::Transaction& tx,
                                      const v1::CreateTaskRequest& request);
  absl::StatusOr<v1::Task> OfferTask(rpc::Call& call, db::Transaction& tx,
                                     const v1::OfferTaskRequest& request);
  absl::StatusOr<v1::Task> AcceptTask(rpc::Call& call, db::Transaction& tx,
                                      const v1::AcceptTaskRequest& request);
  absl::StatusOr<v1::Task> DeclineTask(rpc::Call& call, db::Transaction& tx,
                                       const v1::DeclineTaskRequest& request);
  absl::StatusOr<v1::Task> StartTask(rpc::Call& call, db::Transaction& tx,
                                     const v1::StartTaskRequest& request);
  absl::StatusOr<v1::Task> CompleteTask(rpc::Call& call, db::Transaction& tx,
                                        const v1::CompleteTaskRequest& request);
  absl::StatusOr<v1::Task> ReturnTask(rpc::Call& call, db::Transaction& tx,
                                      const v1::ReturnTaskRequest& request);

  absl::StatusOr<v1::Task> GetTask(rpc::Call& call, const v1::GetTaskRequest& request);
  absl::StatusOr<v1::ListTasksResponse> ListTasks(rpc::Call& call, const v1::ListTasksRequest& request);
  absl::StatusOr<v1::SuggestVolunteersResponse> SuggestVolunteers(
      rpc::Call& call, const v1::SuggestVolunteersRequest& request);

 private:
  // Locks the task that `request` names, lets `decide(task)` change it, saves it with its timer, and answers
  // with what the caller may see of it.
  template <typename Request, typename Decide>
  absl::StatusOr<v1::Task> Change(rpc::Call& call, db::Transaction& tx, const Request& request,
                                  Decide decide);

  const Books& books_;
};

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_TASK_SERVICE_H_
