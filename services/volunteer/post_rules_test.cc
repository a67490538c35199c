#include "services/volunteer/post_rules.h"

#include "services/volunteer/machine_test.h"

namespace firstfloor::volunteer::rules {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

const absl::Time kNow = absl::FromUnixSeconds(1'680'000'000);

type::v1::Person Person(const std::string& subject) {
  type::v1::Person person;
  person.set_subject(subject);
  return person;
}

TEST(PostRules, EveryStateAllowsItsMovesAndNoOther) {
  ExpectMachine<PostState, PostMove>(
      [](PostState state, PostMove move) {
        Post post;
        post.set_state(state);
        return NextPostState(post, move);
      },
      {PostMove::kAssign, PostMove::kVacate, PostMove::kSetAway, PostMove::kSetBack, PostMove::kEnd},
      {{{POST_STATE_VACANT, PostMove::kAssign}, POST_STATE_HELD},
       {{POST_STATE_HELD, PostMove::kAssign}, POST_STATE_HELD},
       {{POST_STATE_DEPUTISED, PostMove::kAssign}, POST_STATE_HELD},
       {{POST_STATE_HELD, PostMove::kVacate}, POST_STATE_VACANT},
       {{POST_STATE_DEPUTISED, PostMove::kVacate}, POST_STATE_VACANT},
       {{POST_STATE_HELD, PostMove::kSetAway}, POST_STATE_DEPUTISED},
       {{POST_STATE_DEPUTISED, PostMove::kSetBack}, POST_STATE_HELD},
       {{POST_STATE_VACANT, PostMove::kEnd}, POST_STATE_ENDED},
       {{POST_STATE_HELD, PostMove::kEnd}, POST_STATE_ENDED},
       {{POST_STATE_DEPUTISED, PostMove::kEnd}, POST_STATE_ENDED}},
      "POST_WRONG_STATE");
}

TEST(PostRules, ANewPostIsHeldByWhoeverIsNamed) {
  Post post;
  EXPECT_EQ(CreatePost(post, kNow)->state(), POST_STATE_VACANT);
  *post.mutable_holder() = Person("li");
  EXPECT_EQ(CreatePost(post, kNow)->state(), POST_STATE_HELD);
  post.mutable_holder()->clear_subject();
  EXPECT_EQ(CreatePost(post, kNow).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PostRules, NobodyIsAwayWithoutADeputy) {
  Post post;
  *post.mutable_holder() = Person("li");
  post = *CreatePost(post, kNow);
  EXPECT_EQ(error::ReasonOf(SetAway(post, absl::InfiniteFuture()).status()), "POST_HAS_NO_DEPUTY");
  *post.mutable_deputy() = Person("wang");
  const Post away = *SetAway(post, kNow);
  EXPECT_TRUE(away.deputised());
  EXPECT_TRUE(away.has_back_time());
  const Post back = *SetBack(away);
  EXPECT_FALSE(back.deputised());
  EXPECT_FALSE(back.has_back_time());
}

TEST(PostRules, ANewHolderActsAndTheDeputyStays) {
  Post post;
  *post.mutable_holder() = Person("li");
  *post.mutable_deputy() = Person("wang");
  const Post away = *SetAway(*CreatePost(post, kNow), absl::InfiniteFuture());
  const type::v1::Person zhao = Person("zhao");
  const Post assigned = *AssignHolder(away, &zhao, nullptr);
  EXPECT_EQ(assigned.holder().subject(), "zhao");
  EXPECT_EQ(assigned.deputy().subject(), "wang");
  EXPECT_FALSE(assigned.deputised());
  EXPECT_FALSE(AssignHolder(assigned, nullptr, nullptr)->has_holder());
}

}  // namespace
}  // namespace firstfloor::volunteer::rules
