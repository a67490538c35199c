#include "services/volunteer/erasure.h"

#include <utility>

#include "services/volunteer/post_rules.h"
#include "services/volunteer/project_rules.h"
#include "services/volunteer/shift_flow.h"
#include "services/volunteer/task_flow.h"
#include "services/volunteer/volunteer_rules.h"

namespace firstfloor::volunteer {
namespace {

using events::v1::Event;
using google::protobuf::Message;
using Conditions = std::vector<resource::Condition>;

template <typename R>
const R& As(const Message& message) {
  return static_cast<const R&>(message);
}

// Nobody holds the post any more, or nobody acts for its holder.
absl::Status SettlePost(const v1::Post& before, v1::Post& post) {
  if (before.has_holder() && !post.has_holder() && post.state() != v1::POST_STATE_ENDED) {
    ASSIGN_OR_RETURN(post, rules::AssignHolder(post, nullptr, nullptr));
  } else if (!post.has_deputy() && post.state() == v1::POST_STATE_DEPUTISED) {
    ASSIGN_OR_RETURN(post, rules::SetBack(post));
  }
  return absl::OkStatus();
}

// Somebody whom nobody knows any more is no volunteer: what they had goes to others, as when they leave.
absl::Status SettleVolunteer(const Books& books, db::Transaction& tx, const events::Origin& origin,
                             const v1::Volunteer& before, v1::Volunteer& volunteer) {
  if (before.display_name().empty() || !volunteer.display_name().empty()) return absl::OkStatus();
  volunteer.clear_external_number();
  volunteer.clear_free_windows();
  if (volunteer.state() == v1::VOLUNTEER_STATE_LEFT) return absl::OkStatus();
  ASSIGN_OR_RETURN(volunteer, rules::Move(volunteer, rules::VolunteerMove::kLeave, ""));
  RETURN_IF_ERROR(GiveUpAllShifts(books, tx, origin, volunteer.name()));
  return GiveUpAllTasks(books, tx, origin, volunteer.name(), "VOLUNTEER_LEFT");
}

bool IsUnderWay(v1::ProjectState state) {
  return state == v1::PROJECT_STATE_CLAIMED || state == v1::PROJECT_STATE_IN_PROGRESS;
}

// A project without its secretary can be claimed by another.
absl::Status SettleProject(const v1::Project& before, v1::Project& project) {
  if (!before.has_secretary() || project.has_secretary() || !IsUnderWay(project.state())) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(project, rules::Abandon(project, "SECRETARY_ERASED"));
  return absl::OkStatus();
}

// A change of state is told as any other.
template <typename R>
std::optional<Event> ToldOfMove(const Message& before, const Message& row) {
  if (As<R>(before).state() == As<R>(row).state()) return std::nullopt;
  return Changed(As<R>(row), As<R>(before).state());
}

}  // namespace

erasure::Plan ErasurePlan(const Books& books) {
  const Stores& stores = books.stores;
  erasure::Plan plan;
  plan.holdings.push_back(
      {.table = &stores.posts.raw(),
       .open = [](const std::string&) -> Conditions {
         return {resource::In("state", Numbers({v1::POST_STATE_HELD, v1::POST_STATE_DEPUTISED}))};
       },
       .settle = [](db::Transaction&, const events::Origin&, const Message& before,
                    Message& row) { return SettlePost(As<v1::Post>(before), static_cast<v1::Post&>(row)); },
       .tell = ToldOfMove<v1::Post>});
  plan.holdings.push_back(
      {.table = &stores.volunteers.raw(),
       .open = [](const std::string& subject_index) -> Conditions {
         return {resource::Equals("subject", subject_index)};  // who has left has none
       },
       .settle =
           [&books](db::Transaction& tx, const events::Origin& origin, const Message& before, Message& row) {
             return SettleVolunteer(books, tx, origin, As<v1::Volunteer>(before),
                                    static_cast<v1::Volunteer&>(row));
           },
       .tell = [](const Message& before, const Message& row) -> std::optional<Event> {
         if (As<v1::Volunteer>(before).state() == As<v1::Volunteer>(row).state()) return std::nullopt;
         return Changed(As<v1::Volunteer>(row), As<v1::Volunteer>(before));
       }});
  plan.holdings.push_back(
      {.table = &stores.projects.raw(),
       .open = [](const std::string&) -> Conditions {
         return {resource::In("state", Numbers({v1::PROJECT_STATE_CLAIMED, v1::PROJECT_STATE_IN_PROGRESS}))};
       },
       .settle =
           [](db::Transaction&, const events::Origin&, const Message& before, Message& row) {
             return SettleProject(As<v1::Project>(before), static_cast<v1::Project&>(row));
           },
       .tell = ToldOfMove<v1::Project>});
  plan.holdings.push_back({.table = &stores.activities.raw()});
  plan.holdings.push_back({.table = &stores.sign_ups.raw()});
  plan.holdings.push_back({.table = &stores.tasks.raw()});
  return plan;
}

}  // namespace firstfloor::volunteer
