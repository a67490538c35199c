#include "services/volunteer/post_rules.h"

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/volunteer/transitions.h"

namespace firstfloor::volunteer::rules {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr Transition<PostState, PostMove> kMoves[] = {
    {POST_STATE_VACANT, PostMove::kAssign, POST_STATE_HELD},
    {POST_STATE_HELD, PostMove::kAssign, POST_STATE_HELD},
    {POST_STATE_DEPUTISED, PostMove::kAssign, POST_STATE_HELD},
    {POST_STATE_HELD, PostMove::kVacate, POST_STATE_VACANT},
    {POST_STATE_DEPUTISED, PostMove::kVacate, POST_STATE_VACANT},
    {POST_STATE_HELD, PostMove::kSetAway, POST_STATE_DEPUTISED},
    {POST_STATE_DEPUTISED, PostMove::kSetBack, POST_STATE_HELD},
    {POST_STATE_VACANT, PostMove::kEnd, POST_STATE_ENDED},
    {POST_STATE_HELD, PostMove::kEnd, POST_STATE_ENDED},
    {POST_STATE_DEPUTISED, PostMove::kEnd, POST_STATE_ENDED},
};

absl::Status CheckPerson(const char* field, const type::v1::Person* person) {
  if (person == nullptr || !person->subject().empty()) return absl::OkStatus();
  return error::InvalidField(field, "needs the subject of an account");
}

void SetState(Post& post, PostState state) {
  post.set_state(state);
  post.set_deputised(state == POST_STATE_DEPUTISED);
  if (state != POST_STATE_DEPUTISED) post.clear_back_time();
}

}  // namespace

absl::StatusOr<PostState> NextPostState(const Post& post, PostMove move) {
  return Next(kMoves, "POST_WRONG_STATE", post.name(), post.state(), move);
}

absl::StatusOr<Post> CreatePost(Post post, absl::Time now) {
  RETURN_IF_ERROR(CheckPerson("post.holder.subject", post.has_holder() ? &post.holder() : nullptr));
  RETURN_IF_ERROR(CheckPerson("post.deputy.subject", post.has_deputy() ? &post.deputy() : nullptr));
  if (!post.has_start_time()) *post.mutable_start_time() = calendar::ToProto(now);
  SetState(post, post.has_holder() ? POST_STATE_HELD : POST_STATE_VACANT);
  return post;
}

absl::StatusOr<Post> AssignHolder(Post post, const type::v1::Person* holder, const type::v1::Person* deputy) {
  ASSIGN_OR_RETURN(const PostState next,
                   NextPostState(post, holder == nullptr ? PostMove::kVacate : PostMove::kAssign));
  RETURN_IF_ERROR(CheckPerson("holder.subject", holder));
  RETURN_IF_ERROR(CheckPerson("deputy.subject", deputy));
  if (holder == nullptr) {
    post.clear_holder();
  } else {
    *post.mutable_holder() = *holder;
  }
  if (deputy != nullptr) *post.mutable_deputy() = *deputy;
  SetState(post, next);
  return post;
}

absl::StatusOr<Post> SetAway(Post post, absl::Time back) {
  ASSIGN_OR_RETURN(const PostState next, NextPostState(post, PostMove::kSetAway));
  if (!post.has_deputy()) {
    return error::Precondition("POST_HAS_NO_DEPUTY", "somebody must act while the holder is away",
                               {{"post", post.name()}});
  }
  SetState(post, next);
  if (back != absl::InfiniteFuture()) *post.mutable_back_time() = calendar::ToProto(back);
  return post;
}

absl::StatusOr<Post> SetBack(Post post) {
  ASSIGN_OR_RETURN(const PostState next, NextPostState(post, PostMove::kSetBack));
  SetState(post, next);
  return post;
}

absl::StatusOr<Post> EndPost(Post post, absl::Time now) {
  ASSIGN_OR_RETURN(const PostState next, NextPostState(post, PostMove::kEnd));
  SetState(post, next);
  *post.mutable_end_time() = calendar::ToProto(now);
  return post;
}

}  // namespace firstfloor::volunteer::rules
