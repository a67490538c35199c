// What may happen to a post: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_POST_RULES_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_POST_RULES_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "firstfloor/type/v1/type.pb.h"
#include "firstfloor/volunteer/v1/post.pb.h"

namespace firstfloor::volunteer::rules {

enum class PostMove { kAssign, kVacate, kSetAway, kSetBack, kEnd };

// Where the move leads; FAILED_PRECONDITION POST_WRONG_STATE if nowhere.
absl::StatusOr<v1::PostState> NextPostState(const v1::Post& post, PostMove move);

// INVALID_ARGUMENT if a holder is named without a subject.
absl::StatusOr<v1::Post> CreatePost(v1::Post post, absl::Time now);

// `holder` null: vacant from now on. `deputy` null: as before.
absl::StatusOr<v1::Post> AssignHolder(v1::Post post, const type::v1::Person* holder,
                                      const type::v1::Person* deputy);

// FAILED_PRECONDITION POST_HAS_NO_DEPUTY without one. `back` may be InfiniteFuture: not known.
absl::StatusOr<v1::Post> SetAway(v1::Post post, absl::Time back);
absl::StatusOr<v1::Post> SetBack(v1::Post post);
absl::StatusOr<v1::Post> EndPost(v1::Post post, absl::Time now);

}  // namespace firstfloor::volunteer::rules

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_POST_RULES_H_
