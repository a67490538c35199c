#include "services/volunteer/post_service.h"

#include <utility>
#include <vector>

#include "common/calendar/timestamp.h"
#include "common/rpc/page.h"
#include "services/volunteer/entry.h"
#include "services/volunteer/post_rules.h"
#include "services/volunteer/project_flow.h"

namespace firstfloor::volunteer {
namespace {

using v1::Post;

auth::Standing StandingOf(const rpc::Call& call, const Post& post) {
  return {.owner = IsCaller(call, post.holder().subject()) || IsCaller(call, post.deputy().subject())};
}

}  // namespace

void PostHandlers::Register(rpc::Service& service) {
  service.Mutation("CreatePost", this, &PostHandlers::CreatePost);
  service.Mutation("AssignHolder", this, &PostHandlers::AssignHolder);
  service.Mutation("SetAway", this, &PostHandlers::SetAway);
  service.Mutation("SetBack", this, &PostHandlers::SetBack);
  service.Mutation("EndPost", this, &PostHandlers::EndPost);
  service.Read("GetPost", this, &PostHandlers::GetPost);
  service.Read("ListPosts", this, &PostHandlers::ListPosts);
}

absl::StatusOr<Post> PostHandlers::CreatePost(rpc::Call& call, db::Transaction& tx,
                                              const v1::CreatePostRequest& request) {
  ASSIGN_OR_RETURN(Post post, rules::CreatePost(request.post(), call.now()));
  post.set_name(resource::NewName("posts", call.origin().record_time));
  RETURN_IF_ERROR(books_.Add(tx, call.origin(), books_.stores.posts, post, v1::POST_STATE_UNSPECIFIED));
  const bool theirs = StandingOf(call, post).owner;
  return Shown(call, std::move(post), theirs);
}

absl::StatusOr<Post> PostHandlers::AssignHolder(rpc::Call& call, db::Transaction& tx,
                                                const v1::AssignHolderRequest& request) {
  ASSIGN_OR_RETURN(const Post post, Enter(call, tx, books_.stores.posts, request,
                                          [&](const Post& p) { return StandingOf(call, p); }));
  ASSIGN_OR_RETURN(Post assigned,
                   rules::AssignHolder(post, request.has_holder() ? &request.holder() : nullptr,
                                       request.has_deputy() ? &request.deputy() : nullptr));
  if (assigned.has_holder()) {
    RETURN_IF_ERROR(HandOverProjectsOf(books_, tx, call.origin(), post.name(), assigned.holder()));
  }
  return Keep(call, tx, std::move(assigned), post.state());
}

absl::StatusOr<Post> PostHandlers::SetAway(rpc::Call& call, db::Transaction& tx,
                                           const v1::SetAwayRequest& request) {
  ASSIGN_OR_RETURN(const Post post, Enter(call, tx, books_.stores.posts, request,
                                          [&](const Post& p) { return StandingOf(call, p); }));
  const absl::Time back =
      request.has_back_time() ? calendar::FromProto(request.back_time()) : absl::InfiniteFuture();
  ASSIGN_OR_RETURN(Post away, rules::SetAway(post, back));
  return Keep(call, tx, std::move(away), post.state());
}

absl::StatusOr<Post> PostHandlers::SetBack(rpc::Call& call, db::Transaction& tx,
                                           const v1::SetBackRequest& request) {
  ASSIGN_OR_RETURN(const Post post, Enter(call, tx, books_.stores.posts, request,
                                          [&](const Post& p) { return StandingOf(call, p); }));
  ASSIGN_OR_RETURN(Post back, rules::SetBack(post));
  return Keep(call, tx, std::move(back), post.state());
}

absl::StatusOr<Post> PostHandlers::EndPost(rpc::Call& call, db::Transaction& tx,
                                           const v1::EndPostRequest& request) {
  ASSIGN_OR_RETURN(const Post post, Enter(call, tx, books_.stores.posts, request,
                                          [&](const Post& p) { return StandingOf(call, p); }));
  ASSIGN_OR_RETURN(Post ended, rules::EndPost(post, call.now()));
  if (post.has_deputy()) {
    RETURN_IF_ERROR(HandOverProjectsOf(books_, tx, call.origin(), post.name(), post.deputy()));
  }
  return Keep(call, tx, std::move(ended), post.state());
}

absl::StatusOr<Post> PostHandlers::GetPost(rpc::Call& call, const v1::GetPostRequest& request) {
  ASSIGN_OR_RETURN(Post post, rpc::HiddenIfMissing(books_.stores.posts.Load(call.db(), request.name())));
  const auth::Standing standing = StandingOf(call, post);
  RETURN_IF_ERROR(call.Authorize(post.area(), standing));
  return ShownOnRequest(call, std::move(post), standing.owner, request.unmask());
}

absl::StatusOr<v1::ListPostsResponse> PostHandlers::ListPosts(rpc::Call& call,
                                                              const v1::ListPostsRequest& request) {
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, books_.stores.keyring));
  std::vector<resource::Condition> wanted = {resource::Covered("area", request.area())};
  if (request.role() != v1::POST_ROLE_UNSPECIFIED) {
    wanted.push_back(resource::Equals("role", static_cast<int>(request.role())));
  }
  if (!request.organisation().empty()) {
    wanted.push_back(resource::Equals("organisation", request.organisation()));
  }
  if (!request.include_ended()) {
    wanted.push_back(resource::Below("state", static_cast<int>(v1::POST_STATE_ENDED)));
  }
  ASSIGN_OR_RETURN(std::vector<Post> posts,
                   books_.stores.posts.List(call.db(), wanted, true, page.after, page.size + 1));
  v1::ListPostsResponse response;
  response.set_next_page_token(rpc::TakePage(page, posts, books_.stores.keyring));
  for (Post& post : posts) *response.add_posts() = Shown(call, std::move(post), false);
  return response;
}

absl::StatusOr<Post> PostHandlers::Keep(rpc::Call& call, db::Transaction& tx, Post post, v1::PostState from) {
  RETURN_IF_ERROR(books_.Save(tx, call.origin(), books_.stores.posts, post, from));
  const bool theirs = StandingOf(call, post).owner;
  return Shown(call, std::move(post), theirs);
}

}  // namespace firstfloor::volunteer
