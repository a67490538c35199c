#include "services/opinion/ledger_rules.h"

#include <gtest/gtest.h>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"

namespace firstfloor::opinion::ledger {
namespace {

using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, calendar::Shanghai(), &time, nullptr));
  return time;
}

Opinion Received(const char* when, OpinionState state = OPINION_STATE_TRIAGED) {
  Opinion opinion;
  opinion.set_name("opinions/01900000-0000-7000-8000-000000000001");
  opinion.set_area("340111400001-CJ-07");
  opinion.set_state(state);
  opinion.set_public_summary("信箱旁的灯不亮");
  *opinion.mutable_receive_time() = ToProto(At(when));
  clock::Start(opinion, 3, At(when));
  return opinion;
}

TEST(Due, IsTheStewardsFirstAndTheBranchsAfterThreeTimesTheDays) {
  Opinion opinion = Received("2023-03-01 10:00");
  const std::optional<DueItem> item = ItemOf(opinion, At("2023-03-06 23:59"));
  ASSERT_TRUE(item.has_value());
  EXPECT_EQ(item->duty(), "DUE");
  EXPECT_EQ(item->post(), api::v1::ROLE_STEWARD);
  EXPECT_FALSE(item->overdue());
  EXPECT_TRUE(ItemOf(opinion, At("2023-03-07 00:00"))->overdue());
  opinion.add_lapsed_deadlines("ESCALATED");
  EXPECT_EQ(ItemOf(opinion, At("2023-03-20 10:00"))->post(), api::v1::ROLE_BRANCH_SECRETARY);
}

TEST(Due, IsThePostsThatMayDoIt) {
  Opinion opinion = Received("2023-03-01 10:00");
  EXPECT_EQ(PostOf(opinion, "NOTICE"), api::v1::ROLE_COMMUNITY_STAFF);
  EXPECT_EQ(PostOf(opinion, "EXTERNAL"), api::v1::ROLE_COMMUNITY_STAFF);
  EXPECT_EQ(PostOf(opinion, "CALL"), api::v1::ROLE_STEWARD);
  EXPECT_EQ(PostOf(opinion, "REOPENING"), api::v1::ROLE_COMMUNITY_STAFF);
  opinion.set_reopen_count(2);
  EXPECT_EQ(PostOf(opinion, "REOPENING"), api::v1::ROLE_BRANCH_SECRETARY);
  opinion.set_about_staff(true);
  EXPECT_EQ(PostOf(opinion, "DUE"), api::v1::ROLE_COMMUNITY_STAFF);
  EXPECT_EQ(PostOf(opinion, "REOPENING"), api::v1::ROLE_BRANCH_SECRETARY);
  HeldPost* post = opinion.mutable_concerned()->add_posts();
  post->set_role(api::v1::ROLE_COMMUNITY_STAFF);
  post->set_area("340111400");
  EXPECT_EQ(PostOf(opinion, "DUE"), api::v1::ROLE_DISTRICT_ADMIN);
  EXPECT_EQ(PostOf(opinion, "REOPENING"), api::v1::ROLE_DISTRICT_ADMIN);
}

TEST(Due, IsNothingWhenNothingIsOwed) {
  EXPECT_FALSE(
      ItemOf(Received("2023-03-01 10:00", OPINION_STATE_CLOSED), At("2023-03-20 10:00")).has_value());
}

TEST(YouSaidWeDid, HoldsTheMonthInShanghaiAndPublicWordsAlone) {
  const absl::Time from = At("2023-05-01 00:00");
  const absl::Time to = At("2023-06-01 00:00");
  YouSaidWeDid sheet;
  Enter(Received("2023-04-30 23:59"), from, to, sheet);
  Enter(Received("2023-06-01 00:00"), from, to, sheet);
  EXPECT_EQ(sheet.received(), 0);

  Opinion resolved = Received("2023-05-31 23:59", OPINION_STATE_RESOLVED);
  resolved.set_text("我家在七零二");
  resolved.set_answer("已换");
  resolved.set_public_answer("当天换了灯管");
  *resolved.mutable_resolve_time() = ToProto(At("2023-06-02 10:00"));
  Enter(resolved, from, to, sheet);
  Enter(Received("2023-05-01 00:00"), from, to, sheet);
  Opinion unspoken = Received("2023-05-03 00:00");
  unspoken.clear_public_summary();
  Enter(unspoken, from, to, sheet);
  Opinion hidden = Received("2023-05-03 00:00");
  hidden.set_about_staff(true);
  Enter(hidden, from, to, sheet);
  Enter(Received("2023-05-04 00:00", OPINION_STATE_WITHDRAWN), from, to, sheet);
  Opinion spam = Received("2023-05-04 00:00", OPINION_STATE_REJECTED);
  spam.set_reject_reason(REJECT_REASON_SPAM);
  Enter(spam, from, to, sheet);
  Order(sheet);
  EXPECT_EQ(sheet.received(), 6);
  EXPECT_EQ(sheet.resolved(), 1);
  ASSERT_EQ(sheet.entries_size(), 2);
  EXPECT_EQ(calendar::FromProto(sheet.entries(0).receive_time()), from);
  EXPECT_EQ(sheet.entries(1).did(), "当天换了灯管");
  EXPECT_EQ(sheet.SerializeAsString().find("七零二"), std::string::npos);
  EXPECT_EQ(sheet.SerializeAsString().find("已换"), std::string::npos);
}

TEST(YouSaidWeDid, IsOfAMonth) {
  EXPECT_EQ(*MonthOf("2023-05"), absl::CivilDay(2023, 5, 1));
  for (const char* month : {"2023", "2023-13", "2023-5", "2023/05", "May 23"}) {
    EXPECT_EQ(error::ReasonOf(MonthOf(month).status()), "INVALID_FIELD") << month;
  }
}

}  // namespace
}  // namespace firstfloor::opinion::ledger
