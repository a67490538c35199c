#include "services/volunteer/activity_service.h"

#include <utility>
#include <vector>

#include "common/rpc/page.h"
#include "services/volunteer/activity_rules.h"
#include "services/volunteer/entry.h"
#include "services/volunteer/shift_flow.h"

namespace firstfloor::volunteer {

using v1::Activity;

void ActivityHandlers::Register(rpc::Service& service) {
  service.Mutation("CreateActivity", this, &ActivityHandlers::CreateActivity);
  service.Mutation("UpdateActivity", this, &ActivityHandlers::UpdateActivity);
  service.Mutation("OpenActivity", this, &ActivityHandlers::OpenActivity);
  service.Mutation("StartActivity", this, &ActivityHandlers::StartActivity);
  service.Mutation("FinishActivity", this, &ActivityHandlers::FinishActivity);
  service.Mutation("CancelActivity", this, &ActivityHandlers::CancelActivity);
  service.Read("GetActivity", this, &ActivityHandlers::GetActivity);
  service.Read("ListActivities", this, &ActivityHandlers::ListActivities);
}

template <typename Request, typename Decide>
absl::StatusOr<Activity> ActivityHandlers::Change(rpc::Call& call, db::Transaction& tx,
                                                  const Request& request, Decide decide) {
  ASSIGN_OR_RETURN(const Activity activity, Enter(call, tx, books_.stores.activities, request,
                                                  [](const Activity&) { return auth::Standing{}; }));
  ASSIGN_OR_RETURN(Activity changed, decide(activity));
  RETURN_IF_ERROR(books_.Save(tx, call.origin(), books_.stores.activities, changed, activity.state()));
  return changed;
}

absl::StatusOr<Activity> ActivityHandlers::CreateActivity(rpc::Call& call, db::Transaction& tx,
                                                          const v1::CreateActivityRequest& request) {
  ASSIGN_OR_RETURN(Activity activity, rules::CreateActivity(request.activity()));
  activity.set_name(resource::NewName("activities", call.origin().record_time));
  RETURN_IF_ERROR(
      books_.Add(tx, call.origin(), books_.stores.activities, activity, v1::ACTIVITY_STATE_UNSPECIFIED));
  return activity;
}

absl::StatusOr<Activity> ActivityHandlers::UpdateActivity(rpc::Call& call, db::Transaction& tx,
                                                          const v1::UpdateActivityRequest& request) {
  return Change(call, tx, request, [&](const Activity& activity) {
    return rules::UpdateActivity(activity, request.activity());
  });
}

absl::StatusOr<Activity> ActivityHandlers::OpenActivity(rpc::Call& call, db::Transaction& tx,
                                                        const v1::OpenActivityRequest& request) {
  return Change(call, tx, request,
                [&](const Activity& activity) { return rules::OpenActivity(activity, call.now()); });
}

absl::StatusOr<Activity> ActivityHandlers::StartActivity(rpc::Call& call, db::Transaction& tx,
                                                         const v1::StartActivityRequest& request) {
  return Change(call, tx, request, rules::StartActivity);
}

absl::StatusOr<Activity> ActivityHandlers::FinishActivity(rpc::Call& call, db::Transaction& tx,
                                                          const v1::FinishActivityRequest& request) {
  ASSIGN_OR_RETURN(Activity done, Change(call, tx, request, [&](const Activity& activity) {
                     return rules::FinishActivity(activity, request.beneficiaries());
                   }));
  RETURN_IF_ERROR(SettleSignUps(books_, tx, call.origin(), done, /*finished=*/true));
  return done;
}

absl::StatusOr<Activity> ActivityHandlers::CancelActivity(rpc::Call& call, db::Transaction& tx,
                                                          const v1::CancelActivityRequest& request) {
  ASSIGN_OR_RETURN(Activity cancelled, Change(call, tx, request, [&](const Activity& activity) {
                     return rules::CancelActivity(activity, request.reason_code());
                   }));
  RETURN_IF_ERROR(SettleSignUps(books_, tx, call.origin(), cancelled, /*finished=*/false));
  return cancelled;
}

absl::StatusOr<Activity> ActivityHandlers::GetActivity(rpc::Call& call,
                                                       const v1::GetActivityRequest& request) {
  ASSIGN_OR_RETURN(Activity activity,
                   rpc::HiddenIfMissing(books_.stores.activities.Load(call.db(), request.name())));
  RETURN_IF_ERROR(call.Authorize(activity.area()));
  return activity;
}

absl::StatusOr<v1::ListActivitiesResponse> ActivityHandlers::ListActivities(
    rpc::Call& call, const v1::ListActivitiesRequest& request) {
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, books_.stores.keyring));
  std::vector<resource::Condition> wanted = {resource::Covered("area", request.area())};
  if (request.state() != v1::ACTIVITY_STATE_UNSPECIFIED) {
    wanted.push_back(resource::Equals("state", static_cast<int>(request.state())));
  }
  if (request.kind() != v1::ACTIVITY_KIND_UNSPECIFIED) {
    wanted.push_back(resource::Equals("kind", static_cast<int>(request.kind())));
  }
  if (!request.project().empty()) {
    wanted.push_back(resource::Equals("project", IdColumn("projects", request.project())));
  }
  ASSIGN_OR_RETURN(std::vector<Activity> activities,
                   books_.stores.activities.List(call.db(), wanted, true, page.after, page.size + 1));
  v1::ListActivitiesResponse response;
  response.set_next_page_token(rpc::TakePage(page, activities, books_.stores.keyring));
  for (Activity& activity : activities) *response.add_activities() = std::move(activity);
  return response;
}

}  // namespace firstfloor::volunteer
