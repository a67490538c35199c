#include "services/opinion/follow_service.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/opinion/confinement.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/opinion_view.h"

namespace firstfloor::opinion {

using v1::Opinion;

void FollowHandlers::Register(rpc::Service& service) {
  service.Mutation("FollowOpinion", this, &FollowHandlers::Follow);
  service.Mutation("UnfollowOpinion", this, &FollowHandlers::Unfollow);
  service.Read("GetTimeline", this, &FollowHandlers::GetTimeline);
  service.Read("ListMyFollowedOpinions", this, &FollowHandlers::ListMine);
}

absl::StatusOr<Opinion> FollowHandlers::Follow(rpc::Call& call, db::Transaction& tx,
                                               const v1::FollowOpinionRequest& request) {
  ASSIGN_OR_RETURN(const Opinion opinion, desk_.Lock(call, tx, request.name()));
  RETURN_IF_ERROR(rules::CheckFollow(opinion, call.subject()));
  ASSIGN_OR_RETURN(const bool is_new, follows_.Keep(tx, opinion.name(), call.subject()));
  if (!is_new) return view::Of(opinion, call.identity());
  ASSIGN_OR_RETURN(const int64_t followers, follows_.Count(tx, opinion.name()));
  rules::Change change = rules::Followed(opinion, true, followers);
  RETURN_IF_ERROR(changes_.Save(tx, call.origin(), opinion, change));
  return view::Of(change.opinion, call.identity());
}

absl::StatusOr<Opinion> FollowHandlers::Unfollow(rpc::Call& call, db::Transaction& tx,
                                                 const v1::UnfollowOpinionRequest& request) {
  ASSIGN_OR_RETURN(const Opinion opinion, rpc::HiddenIfMissing(opinions_.table().Lock(tx, request.name())));
  // Who follows it may leave it, whatever has become of it; for others nothing happens.
  ASSIGN_OR_RETURN(const bool followed, follows_.Forget(tx, opinion.name(), call.subject()));
  auth::Standing standing = view::StandingOf(opinion, call.identity());
  standing.participant = standing.participant || followed;
  RETURN_IF_ERROR(call.Authorize(opinion.area(), standing));
  if (!followed) return view::Of(opinion, call.identity());
  ASSIGN_OR_RETURN(const int64_t followers, follows_.Count(tx, opinion.name()));
  rules::Change change = rules::Followed(opinion, false, followers);
  RETURN_IF_ERROR(changes_.Save(tx, call.origin(), opinion, change));
  return view::Of(change.opinion, call.identity());
}

absl::StatusOr<v1::Timeline> FollowHandlers::GetTimeline(rpc::Call& call,
                                                         const v1::GetTimelineRequest& request) {
  ASSIGN_OR_RETURN(const Opinion opinion,
                   rpc::HiddenIfMissing(opinions_.table().Load(call.db(), request.name())));
  ASSIGN_OR_RETURN(const bool follows, follows_.Follows(call.db(), request.name(), call.subject()));
  if (follows && !confinement::IsConfined(opinion)) {
    RETURN_IF_ERROR(call.Authorize(opinion.area(), {.participant = true}));
  } else if (view::IsOwner(opinion, call.identity())) {
    RETURN_IF_ERROR(call.Authorize(opinion.area(), {.owner = true}));
  } else {
    RETURN_IF_ERROR(call.Authorize(opinion.area(), {}));
    if (!view::Handles(opinion, call.identity())) return error::Denied();
  }
  v1::Timeline timeline;
  timeline.set_name(opinion.name());
  timeline.set_state(opinion.state());
  *timeline.mutable_steps() = opinion.timeline();
  timeline.set_steps_omitted(opinion.steps_omitted());
  *timeline.mutable_due_time() = opinion.due_time();
  return timeline;
}

absl::StatusOr<v1::ListMyFollowedOpinionsResponse> FollowHandlers::ListMine(
    rpc::Call& call, const v1::ListMyFollowedOpinionsRequest& request) {
  RETURN_IF_ERROR(call.Authorize("", {.owner = true}));
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, *call.environment().keyring));
  ASSIGN_OR_RETURN(std::vector<std::string> names,
                   follows_.NamesOf(call.db(), call.subject(), page.after, page.size + 1));
  v1::ListMyFollowedOpinionsResponse response;
  if (static_cast<int>(names.size()) > page.size) {
    names.resize(page.size);
    response.set_next_page_token(rpc::NextToken(page, names.back(), *call.environment().keyring));
  }
  ASSIGN_OR_RETURN(std::vector<Opinion> rows, opinions_.Several(call.db(), names));
  std::map<std::string, Opinion*> by_name;
  for (Opinion& row : rows) by_name[row.name()] = &row;
  for (const std::string& name : names) {
    const auto found = by_name.find(name);
    if (found == by_name.end() || confinement::IsConfined(*found->second)) continue;
    *response.add_opinions() = view::For(*found->second, view::Audience::kPublic);
  }
  return response;
}

}  // namespace firstfloor::opinion
