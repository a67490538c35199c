#include "services/volunteer/task_service.h"

#include <utility>
#include <vector>

#include "common/rpc/page.h"
#include "services/volunteer/entry.h"
#include "services/volunteer/suggestions.h"
#include "services/volunteer/task_flow.h"
#include "services/volunteer/task_rules.h"

namespace firstfloor::volunteer {
namespace {

using v1::Task;

constexpr int kUsualSuggestions = 10;

// Whether the caller is the volunteer who has the task, or to whom it is offered. `source` is a connection or
// a transaction.
template <typename Source>
absl::StatusOr<bool> IsTheirs(const rpc::Call& call, const Stores& stores, Source& source, const Task& task) {
  if (task.volunteer().empty()) return false;
  ASSIGN_OR_RETURN(const v1::Volunteer volunteer, stores.volunteers.Load(source, task.volunteer()));
  return IsCaller(call, volunteer.subject());
}

}  // namespace

void TaskHandlers::Register(rpc::Service& service) {
  service.Mutation("CreateTask", this, &TaskHandlers::CreateTask);
  service.Mutation("OfferTask", this, &TaskHandlers::OfferTask);
  service.Mutation("AcceptTask", this, &TaskHandlers::AcceptTask);
  service.Mutation("DeclineTask", this, &TaskHandlers::DeclineTask);
  service.Mutation("StartTask", this, &TaskHandlers::StartTask);
  service.Mutation("CompleteTask", this, &TaskHandlers::CompleteTask);
  service.Mutation("ReturnTask", this, &TaskHandlers::ReturnTask);
  service.Read("GetTask", this, &TaskHandlers::GetTask);
  service.Read("ListTasks", this, &TaskHandlers::ListTasks);
  service.Read("SuggestVolunteers", this, &TaskHandlers::SuggestVolunteers);
}

template <typename Request, typename Decide>
absl::StatusOr<Task> TaskHandlers::Change(rpc::Call& call, db::Transaction& tx, const Request& request,
                                          Decide decide) {
  bool theirs = false;
  ASSIGN_OR_RETURN(const Task task, Enter(call, tx, books_.stores.tasks, request,
                                          [&](const Task& t) -> absl::StatusOr<auth::Standing> {
                                            ASSIGN_OR_RETURN(theirs, IsTheirs(call, books_.stores, tx, t));
                                            return auth::Standing{.owner = theirs};
                                          }));
  ASSIGN_OR_RETURN(Task changed, decide(task));
  RETURN_IF_ERROR(SaveTask(books_, tx, call.origin(), changed, task.state()));
  return Shown(call, std::move(changed), theirs);
}

absl::StatusOr<Task> TaskHandlers::CreateTask(rpc::Call& call, db::Transaction& tx,
                                              const v1::CreateTaskRequest& request) {
  ASSIGN_OR_RETURN(Task task, rules::OpenTask(request.task()));
  task.set_name(resource::NewName("tasks", call.origin().record_time));
  RETURN_IF_ERROR(books_.Add(tx, call.origin(), books_.stores.tasks, task, v1::TASK_STATE_UNSPECIFIED));
  return Shown(call, std::move(task), false);
}

absl::StatusOr<Task> TaskHandlers::OfferTask(rpc::Call& call, db::Transaction& tx,
                                             const v1::OfferTaskRequest& request) {
  // Locked, so that nobody who is just leaving is offered anything.
  ASSIGN_OR_RETURN(const v1::Volunteer volunteer,
                   rpc::HiddenIfMissing(books_.stores.volunteers.Lock(tx, request.volunteer())));
  return Change(call, tx, request,
                [&](const Task& task) { return rules::Offer(task, volunteer, call.now()); });
}

absl::StatusOr<Task> TaskHandlers::AcceptTask(rpc::Call& call, db::Transaction& tx,
                                              const v1::AcceptTaskRequest& request) {
  return Change(call, tx, request, [&](const Task& task) { return rules::Accept(task, call.now()); });
}

absl::StatusOr<Task> TaskHandlers::DeclineTask(rpc::Call& call, db::Transaction& tx,
                                               const v1::DeclineTaskRequest& request) {
  ASSIGN_OR_RETURN(Task task, Change(call, tx, request, [&](const Task& offered) {
                     return rules::Reopen(offered, rules::TaskMove::kDecline);
                   }));
  // It is not theirs any more.
  return Shown(call, std::move(task), false);
}

absl::StatusOr<Task> TaskHandlers::StartTask(rpc::Call& call, db::Transaction& tx,
                                             const v1::StartTaskRequest& request) {
  return Change(call, tx, request, rules::StartTask);
}

absl::StatusOr<Task> TaskHandlers::CompleteTask(rpc::Call& call, db::Transaction& tx,
                                                const v1::CompleteTaskRequest& request) {
  return Change(call, tx, request, [&](const Task& task) -> absl::StatusOr<Task> {
    ASSIGN_OR_RETURN(Task done, rules::CompleteTask(task, call.now()));
    done.set_note(request.note());
    *done.mutable_evidence() = request.evidence();
    return done;
  });
}

absl::StatusOr<Task> TaskHandlers::ReturnTask(rpc::Call& call, db::Transaction& tx,
                                              const v1::ReturnTaskRequest& request) {
  return Change(call, tx, request,
                [&](const Task& task) { return rules::ReturnTask(task, request.reason_code(), call.now()); });
}

absl::StatusOr<Task> TaskHandlers::GetTask(rpc::Call& call, const v1::GetTaskRequest& request) {
  ASSIGN_OR_RETURN(Task task, rpc::HiddenIfMissing(books_.stores.tasks.Load(call.db(), request.name())));
  ASSIGN_OR_RETURN(const bool theirs, IsTheirs(call, books_.stores, call.db(), task));
  RETURN_IF_ERROR(call.Authorize(task.area(), {.owner = theirs}));
  return ShownOnRequest(call, std::move(task), theirs, request.unmask());
}

absl::StatusOr<v1::ListTasksResponse> TaskHandlers::ListTasks(rpc::Call& call,
                                                              const v1::ListTasksRequest& request) {
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, books_.stores.keyring));
  std::vector<resource::Condition> wanted = {resource::Covered("area", request.area())};
  if (request.state() != v1::TASK_STATE_UNSPECIFIED) {
    wanted.push_back(resource::Equals("state", static_cast<int>(request.state())));
  }
  if (!request.volunteer().empty()) {
    wanted.push_back(resource::Equals("volunteer", IdColumn("volunteers", request.volunteer())));
  }
  if (!request.order().empty()) {
    wanted.push_back(resource::Equals("order_id", IdColumn("orders", request.order())));
  }
  ASSIGN_OR_RETURN(std::vector<Task> tasks,
                   books_.stores.tasks.List(call.db(), wanted, true, page.after, page.size + 1));
  v1::ListTasksResponse response;
  response.set_next_page_token(rpc::TakePage(page, tasks, books_.stores.keyring));
  for (Task& task : tasks) *response.add_tasks() = Shown(call, std::move(task), false);
  return response;
}

absl::StatusOr<v1::SuggestVolunteersResponse> TaskHandlers::SuggestVolunteers(
    rpc::Call& call, const v1::SuggestVolunteersRequest& request) {
  ASSIGN_OR_RETURN(const Task task,
                   rpc::HiddenIfMissing(books_.stores.tasks.Load(call.db(), request.name())));
  RETURN_IF_ERROR(call.Authorize(task.area()));
  const int limit = request.limit() == 0 ? kUsualSuggestions : request.limit();
  ASSIGN_OR_RETURN(std::vector<v1::Suggestion> suggestions,
                   volunteer::SuggestVolunteers(call.db(), task, call.now(), limit));
  v1::SuggestVolunteersResponse response;
  for (v1::Suggestion& suggestion : suggestions) *response.add_suggestions() = std::move(suggestion);
  return response;
}

}  // namespace firstfloor::volunteer
