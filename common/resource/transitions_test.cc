#include "common/resource/transitions.h"

#include "gtest/gtest.h"

namespace firstfloor::resource {
namespace {

enum class Door { kOpen, kShut, kLocked };
enum class Act { kPush, kPull, kTurn, kKnock };

constexpr Transition<Door, Act> kDoor[] = {
    {Door::kOpen, Act::kPull, Door::kShut},   {Door::kShut, Act::kPush, Door::kOpen},
    {Door::kShut, Act::kKnock, Door::kShut},  {Door::kShut, Act::kTurn, Door::kLocked},
    {Door::kShut, Act::kPull, Door::kLocked},
};

TEST(Transitions, LeadWhereTheTableSaysAndNowhereElse) {
  EXPECT_EQ(After(kDoor, Door::kShut, Act::kTurn), Door::kLocked);
  EXPECT_EQ(After(kDoor, Door::kOpen, Act::kTurn), std::nullopt);
  EXPECT_EQ(After(kDoor, Door::kLocked, Act::kPush), std::nullopt);
}

TEST(Transitions, NameEachStateOnceInTheOrderOfTheTable) {
  EXPECT_EQ(AllAfter(kDoor, Door::kShut), (std::vector<Door>{Door::kOpen, Door::kShut, Door::kLocked}));
  EXPECT_TRUE(AllAfter(kDoor, Door::kLocked).empty());
}

}  // namespace
}  // namespace firstfloor::resource
