#include "services/opinion/finding_rules.h"

#include <gtest/gtest.h>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"

namespace firstfloor::opinion::rules {
namespace {

using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

Opinion Triaged() {
  Opinion opinion;
  opinion.set_area("340111400001-CJ-07");
  opinion.set_state(OPINION_STATE_TRIAGED);
  opinion.set_public_summary("电梯停运");
  return opinion;
}

TEST(FindingRules, WhatIsAboutStaffOrTakenBackIsNotFound) {
  Opinion opinion = Triaged();
  EXPECT_TRUE(IsFindable(opinion) && IsComparable(opinion) && IsPubliclyFindable(opinion));
  opinion.set_about_staff(true);
  EXPECT_FALSE(IsFindable(opinion) || IsComparable(opinion) || IsPubliclyFindable(opinion));
  opinion = Triaged();
  opinion.set_state(OPINION_STATE_WITHDRAWN);
  EXPECT_FALSE(IsFindable(opinion) || IsComparable(opinion) || IsPubliclyFindable(opinion));
}

TEST(FindingRules, PetitionsStandForThemselves) {
  Opinion opinion = Triaged();
  opinion.set_kind(OPINION_KIND_PETITION);
  EXPECT_TRUE(IsFindable(opinion));
  EXPECT_FALSE(IsComparable(opinion));
}

TEST(FindingRules, WhatIsFollowedElsewhereOrNotAtAllIsNobodysDuplicate) {
  for (const OpinionState state : {OPINION_STATE_DUPLICATE, OPINION_STATE_REJECTED, OPINION_STATE_TRANSFERRED,
                                   OPINION_STATE_WITHDRAWN}) {
    Opinion opinion = Triaged();
    opinion.set_state(state);
    EXPECT_FALSE(IsComparable(opinion)) << OpinionState_Name(state);
  }
}

TEST(FindingRules, OthersFindNothingBeforeTriageOrWithoutASummary) {
  Opinion opinion = Triaged();
  opinion.set_state(OPINION_STATE_RECEIVED);
  EXPECT_FALSE(IsPubliclyFindable(opinion));
  EXPECT_TRUE(IsComparable(opinion));
  opinion = Triaged();
  opinion.clear_public_summary();
  EXPECT_FALSE(IsPubliclyFindable(opinion));
}

TEST(FindingRules, OpinionsAreMergedIntoWhatIsStillFollowed) {
  EXPECT_TRUE(MayTakeIn(OPINION_STATE_RECEIVED));
  EXPECT_TRUE(MayTakeIn(OPINION_STATE_IN_PROGRESS));
  EXPECT_FALSE(MayTakeIn(OPINION_STATE_DUPLICATE));
  EXPECT_FALSE(MayTakeIn(OPINION_STATE_CLOSED));
}

TEST(FindingRules, HeatCountsSupportsAndHalvesInFourteenDays) {
  EXPECT_DOUBLE_EQ(HeatOf(0, absl::ZeroDuration()), 1);
  EXPECT_DOUBLE_EQ(HeatOf(3, absl::ZeroDuration()), 4);
  EXPECT_DOUBLE_EQ(HeatOf(3, absl::Hours(14 * 24)), 2);
}

TEST(FindingRules, TopicsAreOfTheLastThirtyDaysUnlessSaidOtherwise) {
  type::v1::TimeWindow window;
  EXPECT_EQ(TopicSpan(window, kNow)->from, kNow - absl::Hours(30 * 24));
  EXPECT_EQ(TopicSpan(window, kNow)->to, kNow);
  *window.mutable_start_time() = ToProto(kNow - absl::Hours(366 * 24));
  EXPECT_TRUE(TopicSpan(window, kNow).ok());
  *window.mutable_start_time() = ToProto(kNow - absl::Hours(366 * 24 + 1));
  EXPECT_EQ(error::ReasonOf(TopicSpan(window, kNow).status()), "INVALID_FIELD");
  *window.mutable_start_time() = ToProto(kNow);
  EXPECT_EQ(error::ReasonOf(TopicSpan(window, kNow).status()), "INVALID_FIELD");
}

TEST(FindingRules, AWindowMayBeOpenAtEitherEnd) {
  type::v1::TimeWindow window;
  EXPECT_EQ(SpanOf(window)->from, absl::InfinitePast());
  EXPECT_EQ(SpanOf(window)->to, absl::InfiniteFuture());
  *window.mutable_start_time() = ToProto(kNow);
  EXPECT_EQ(SpanOf(window)->from, kNow);
  *window.mutable_end_time() = ToProto(kNow);
  EXPECT_FALSE(SpanOf(window).ok());
}

}  // namespace
}  // namespace firstfloor::opinion::rules
