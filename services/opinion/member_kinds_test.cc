#include "services/opinion/member_kinds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firstfloor::opinion {
namespace {

TEST(MemberKinds, AreWhatACommunitySets) {
  const absl::StatusOr<MemberKinds> kinds =
      MemberKinds::Parse("STEWARD_TEAM=小管家队伍, FIRE_STATION=消防救援站");
  ASSERT_TRUE(kinds.ok()) << kinds.status();
  ASSERT_EQ(kinds->all().size(), 2u);
  EXPECT_EQ(kinds->all()[1].code, "FIRE_STATION");
  EXPECT_EQ(kinds->all()[1].display_name, "消防救援站");
  google::protobuf::RepeatedPtrField<v1::TeamMember> team;
  team.Add()->set_organisation("FIRE_STATION");
  error::Violations none;
  kinds->Check(team, "team", none);
  EXPECT_TRUE(none.empty());
  team.Add()->set_organisation("POLICE");
  error::Violations violations;
  kinds->Check(team, "team", violations);
  EXPECT_THAT(violations.ToStatus().ToString(), ::testing::HasSubstr("team[1].organisation"));
}

TEST(MemberKinds, AreThoseOfTheDesignUnlessSetOtherwise) {
  const absl::StatusOr<MemberKinds> kinds = MemberKindsFromFlags();
  ASSERT_TRUE(kinds.ok()) << kinds.status();
  std::vector<std::string> codes;
  for (const MemberKinds::Kind& kind : kinds->all()) codes.push_back(kind.code);
  EXPECT_THAT(codes, ::testing::ElementsAre("STEWARD_TEAM", "PARTY_VOLUNTEERS", "YOUNG_PIONEERS", "POLICE",
                                            "PARTNER", "OTHER"));
}

TEST(MemberKinds, AreRefusedIfTheyAreNoList) {
  for (const char* text : {"", "STEWARD_TEAM", "STEWARD_TEAM=", "=小管家", "steward=小管家", "1A=x",
                           "A=x,A=y", "A=x,", "A B=x"}) {
    EXPECT_FALSE(MemberKinds::Parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace firstfloor::opinion
