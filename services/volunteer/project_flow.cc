#include "services/volunteer/project_flow.h"

#include <vector>

#include "services/volunteer/project_rules.h"

namespace firstfloor::volunteer {
namespace {

constexpr int kMostProjects = 1000;

}  // namespace

absl::Status HandOverProjectsOf(const Books& books, db::Transaction& tx, const events::Origin& origin,
                                absl::string_view post, const type::v1::Person& successor) {
  const std::vector<resource::Condition> open = {
      resource::Equals("post", IdColumn("posts", post)),
      resource::In("state", Numbers({v1::PROJECT_STATE_CLAIMED, v1::PROJECT_STATE_IN_PROGRESS}))};
  ASSIGN_OR_RETURN(std::vector<v1::Project> projects,
                   books.stores.projects.ListLocked(tx, open, kMostProjects));
  for (v1::Project& project : projects) {
    if (project.secretary().subject() == successor.subject()) continue;
    ASSIGN_OR_RETURN(v1::Project handed_over, rules::HandOver(project, successor, post));
    RETURN_IF_ERROR(books.Save(tx, origin, books.stores.projects, handed_over, project.state()));
  }
  return absl::OkStatus();
}

}  // namespace firstfloor::volunteer
