#include "services/volunteer/project_service.h"

#include <utility>
#include <vector>

#include "common/rpc/page.h"
#include "services/volunteer/entry.h"
#include "services/volunteer/project_rules.h"

namespace firstfloor::volunteer {
namespace {

using v1::Project;

bool IsTheirs(const rpc::Call& call, const Project& project) {
  return IsCaller(call, project.secretary().subject());
}

}  // namespace

void ProjectHandlers::Register(rpc::Service& service) {
  service.Mutation("ProposeProject", this, &ProjectHandlers::ProposeProject);
  service.Mutation("PublishProject", this, &ProjectHandlers::PublishProject);
  service.Mutation("ClaimProject", this, &ProjectHandlers::ClaimProject);
  service.Mutation("StartProject", this, &ProjectHandlers::StartProject);
  service.Mutation("RecordMilestone", this, &ProjectHandlers::RecordMilestone);
  service.Mutation("InspectProject", this, &ProjectHandlers::InspectProject);
  service.Mutation("CompleteProject", this, &ProjectHandlers::CompleteProject);
  service.Mutation("AbandonProject", this, &ProjectHandlers::AbandonProject);
  service.Mutation("HandOverProject", this, &ProjectHandlers::HandOverProject);
  service.Read("GetProject", this, &ProjectHandlers::GetProject);
  service.Read("ListProjects", this, &ProjectHandlers::ListProjects);
}

template <typename Request, typename Decide>
absl::StatusOr<Project> ProjectHandlers::Change(rpc::Call& call, db::Transaction& tx, const Request& request,
                                                Decide decide) {
  ASSIGN_OR_RETURN(const Project project,
                   Enter(call, tx, books_.stores.projects, request,
                         [&](const Project& p) { return auth::Standing{.owner = IsTheirs(call, p)}; }));
  ASSIGN_OR_RETURN(Project changed, decide(project));
  RETURN_IF_ERROR(books_.Save(tx, call.origin(), books_.stores.projects, changed, project.state()));
  const bool theirs = IsTheirs(call, changed);
  return Shown(call, std::move(changed), theirs);
}

absl::StatusOr<Project> ProjectHandlers::ProposeProject(rpc::Call& call, db::Transaction& tx,
                                                        const v1::ProposeProjectRequest& request) {
  Project project = rules::Propose(request.project());
  project.set_name(resource::NewName("projects", call.origin().record_time));
  RETURN_IF_ERROR(
      books_.Add(tx, call.origin(), books_.stores.projects, project, v1::PROJECT_STATE_UNSPECIFIED));
  return project;
}

absl::StatusOr<Project> ProjectHandlers::PublishProject(rpc::Call& call, db::Transaction& tx,
                                                        const v1::PublishProjectRequest& request) {
  return Change(call, tx, request, rules::Publish);
}

absl::StatusOr<Project> ProjectHandlers::ClaimProject(rpc::Call& call, db::Transaction& tx,
                                                      const v1::ClaimProjectRequest& request) {
  type::v1::Person secretary;
  secretary.set_subject(call.subject());
  secretary.set_display_name(request.display_name());
  if (!request.post().empty()) {
    ASSIGN_OR_RETURN(const v1::Post post, rpc::HiddenIfMissing(books_.stores.posts.Lock(tx, request.post())));
    if (post.state() == v1::POST_STATE_ENDED || !IsCaller(call, post.holder().subject())) {
      return error::Denied();
    }
  }
  return Change(call, tx, request, [&](const Project& project) {
    return rules::Claim(project, secretary, request.post(), call.now());
  });
}

absl::StatusOr<Project> ProjectHandlers::StartProject(rpc::Call& call, db::Transaction& tx,
                                                      const v1::StartProjectRequest& request) {
  return Change(call, tx, request, rules::Start);
}

absl::StatusOr<Project> ProjectHandlers::RecordMilestone(rpc::Call& call, db::Transaction& tx,
                                                         const v1::RecordMilestoneRequest& request) {
  return Change(call, tx, request, [&](const Project& project) {
    return rules::RecordMilestone(project, request.milestone(), call.now());
  });
}

absl::StatusOr<Project> ProjectHandlers::InspectProject(rpc::Call& call, db::Transaction& tx,
                                                        const v1::InspectProjectRequest& request) {
  return Change(call, tx, request, [&](const Project& project) {
    return rules::Inspect(project, request.inspection(), call.subject(), call.now());
  });
}

absl::StatusOr<Project> ProjectHandlers::CompleteProject(rpc::Call& call, db::Transaction& tx,
                                                         const v1::CompleteProjectRequest& request) {
  return Change(call, tx, request, [&](const Project& project) {
    return rules::Complete(project, request.beneficiaries(), call.now());
  });
}

absl::StatusOr<Project> ProjectHandlers::AbandonProject(rpc::Call& call, db::Transaction& tx,
                                                        const v1::AbandonProjectRequest& request) {
  return Change(call, tx, request,
                [&](const Project& project) { return rules::Abandon(project, request.reason_code()); });
}

absl::StatusOr<Project> ProjectHandlers::HandOverProject(rpc::Call& call, db::Transaction& tx,
                                                         const v1::HandOverProjectRequest& request) {
  if (!request.post().empty()) {
    ASSIGN_OR_RETURN(const v1::Post post, rpc::HiddenIfMissing(books_.stores.posts.Lock(tx, request.post())));
    if (post.state() == v1::POST_STATE_ENDED || post.holder().subject() != request.secretary().subject()) {
      return error::Precondition("POST_OF_SOMEBODY_ELSE", "the post is not that secretary's",
                                 {{"post", request.post()}});
    }
  }
  return Change(call, tx, request, [&](const Project& project) {
    return rules::HandOver(project, request.secretary(), request.post());
  });
}

absl::StatusOr<Project> ProjectHandlers::GetProject(rpc::Call& call, const v1::GetProjectRequest& request) {
  ASSIGN_OR_RETURN(Project project,
                   rpc::HiddenIfMissing(books_.stores.projects.Load(call.db(), request.name())));
  const bool theirs = IsTheirs(call, project);
  RETURN_IF_ERROR(call.Authorize(project.area(), {.owner = theirs}));
  return ShownOnRequest(call, std::move(project), theirs, request.unmask());
}

absl::StatusOr<v1::ListProjectsResponse> ProjectHandlers::ListProjects(
    rpc::Call& call, const v1::ListProjectsRequest& request) {
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, books_.stores.keyring));
  std::vector<resource::Condition> wanted = {resource::Covered("area", request.area())};
  if (request.state() != v1::PROJECT_STATE_UNSPECIFIED) {
    wanted.push_back(resource::Equals("state", static_cast<int>(request.state())));
  }
  if (request.field() != v1::PROJECT_FIELD_UNSPECIFIED) {
    wanted.push_back(resource::Equals("field", static_cast<int>(request.field())));
  }
  ASSIGN_OR_RETURN(std::vector<Project> projects,
                   books_.stores.projects.List(call.db(), wanted, true, page.after, page.size + 1));
  v1::ListProjectsResponse response;
  response.set_next_page_token(rpc::TakePage(page, projects, books_.stores.keyring));
  for (Project& project : projects) *response.add_projects() = Shown(call, std::move(project), false);
  return response;
}

}  // namespace firstfloor::volunteer
