// Every state × every move, in a test: what is not expected is refused.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_MACHINE_TEST_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_MACHINE_TEST_H_

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "common/error/error.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "gtest/gtest.h"
#include "services/volunteer/enum_text.h"

namespace firstfloor::volunteer {

// `next(state, move)` answers as the rules do; `expected` are all (state, move) → state that are allowed.
template <typename State, typename Move>
void ExpectMachine(const std::function<absl::StatusOr<State>(State, Move)>& next,
                   std::initializer_list<Move> moves, const std::map<std::pair<State, Move>, State>& expected,
                   const std::string& reason) {
  const google::protobuf::EnumDescriptor* states = google::protobuf::GetEnumDescriptor<State>();
  size_t allowed = 0;
  for (int i = 1; i < states->value_count(); ++i) {
    const auto state = static_cast<State>(states->value(i)->number());
    for (const Move move : moves) {
      SCOPED_TRACE(Short(state) + " by move " + std::to_string(static_cast<int>(move)));
      const absl::StatusOr<State> reached = next(state, move);
      const auto found = expected.find({state, move});
      if (found != expected.end()) {
        ++allowed;
        ASSERT_TRUE(reached.ok()) << reached.status();
        EXPECT_EQ(Short(*reached), Short(found->second));
      } else {
        ASSERT_FALSE(reached.ok());
        EXPECT_EQ(reached.status().code(), absl::StatusCode::kFailedPrecondition);
        EXPECT_THAT(error::ReasonOf(reached.status()), ::testing::AnyOf(reason, "PROJECT_TAKEN"));
      }
    }
  }
  EXPECT_EQ(allowed, expected.size());
}

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_MACHINE_TEST_H_
