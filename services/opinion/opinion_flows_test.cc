#include "services/opinion/opinion_flows.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"

namespace firstfloor::opinion {
namespace {

using events::v1::Event;
using v1::Opinion;

constexpr char kCase[] = "cases/01900000-0000-7000-8000-00000000000c";
constexpr char kOrder[] = "orders/01900000-0000-7000-8000-00000000000d";

Opinion Escalated() {
  Opinion opinion;
  opinion.set_state(v1::OPINION_STATE_ESCALATED);
  opinion.set_case_(kCase);
  return opinion;
}

Opinion Dispatched() {
  Opinion opinion;
  opinion.set_state(v1::OPINION_STATE_DISPATCHED);
  opinion.set_order(kOrder);
  opinion.mutable_reporter()->set_subject("reporter");
  return opinion;
}

Event About(const char* subject) {
  Event event;
  event.set_subject(subject);
  return event;
}

v1::OpinionState After(const Opinion& opinion, const Event& event) {
  const std::optional<rules::Change> change = WhatFollows(opinion, event, absl::Now());
  return change ? change->opinion.state() : v1::OPINION_STATE_UNSPECIFIED;
}

TEST(EndOfACase, ResolvesItsOpinionOrReturnsItToTriage) {
  Event closed = About(kCase);
  closed.mutable_deliberation()->mutable_case_closed()->set_way("MEDIATION");
  EXPECT_EQ(After(Escalated(), closed), v1::OPINION_STATE_RESOLVED);
  Event withdrawn = About(kCase);
  withdrawn.mutable_deliberation()->mutable_case_withdrawn();
  EXPECT_EQ(After(Escalated(), withdrawn), v1::OPINION_STATE_TRIAGED);
  Event failed = About(kCase);
  failed.mutable_deliberation()->mutable_case_failed()->set_advice("COURT");
  EXPECT_EQ(After(Escalated(), failed), v1::OPINION_STATE_TRIAGED);
  EXPECT_EQ(WhatFollows(Escalated(), failed, absl::Now())->opinion.timeline(0).reason_code(), "CASE_FAILED");
}

TEST(EndOfACase, MeansNothingToAnOpinionThatHasMovedOn) {
  Event closed = About(kCase);
  closed.mutable_deliberation()->mutable_case_closed();
  Opinion moved_on = Escalated();
  moved_on.set_state(v1::OPINION_STATE_CLOSED);
  EXPECT_FALSE(WhatFollows(moved_on, closed, absl::Now()).has_value());
  Opinion other_case = Escalated();
  other_case.set_case_("cases/01900000-0000-7000-8000-00000000000e");
  EXPECT_FALSE(WhatFollows(other_case, closed, absl::Now()).has_value());
}

TEST(EndOfAnOrder, BringsItsRatingAsTheFeedback) {
  const struct {
    int rating;
    v1::OpinionState state;
    v1::Satisfaction satisfaction;
  } kCases[] = {
      {5, v1::OPINION_STATE_CLOSED, v1::SATISFACTION_SATISFIED},
      {4, v1::OPINION_STATE_CLOSED, v1::SATISFACTION_SATISFIED},
      {3, v1::OPINION_STATE_CLOSED, v1::SATISFACTION_PARTLY},
      {2, v1::OPINION_STATE_REOPEN_REQUESTED, v1::SATISFACTION_UNSATISFIED},
      {1, v1::OPINION_STATE_REOPEN_REQUESTED, v1::SATISFACTION_UNSATISFIED},
  };
  for (const auto& [rating, state, satisfaction] : kCases) {
    Event closed = About(kOrder);
    closed.mutable_deliberation()->mutable_order_closed()->set_rating(rating);
    const std::optional<rules::Change> change = WhatFollows(Dispatched(), closed, absl::Now());
    ASSERT_TRUE(change.has_value());
    EXPECT_EQ(change->opinion.state(), state) << rating;
    EXPECT_EQ(change->opinion.feedback().satisfaction(), satisfaction) << rating;
    EXPECT_EQ(change->steps[0].to(), "RESOLVED");
    EXPECT_EQ(change->steps[1].from(), "RESOLVED");
  }
}

TEST(EndOfAnOrder, IsRatedByStaffForWhoeverHasNoAccountSoThatTheReporterIsStillToSay) {
  Event closed = About(kOrder);
  closed.mutable_deliberation()->mutable_order_closed()->set_rating(5);
  Opinion by_phone = Dispatched();
  by_phone.clear_reporter();
  by_phone.mutable_reporter()->set_display_name("王虚安");
  Opinion anonymous = Dispatched();
  anonymous.clear_reporter();
  anonymous.set_anonymous(true);
  for (const Opinion& opinion : {by_phone, anonymous}) {
    const std::optional<rules::Change> change = WhatFollows(opinion, closed, absl::Now());
    ASSERT_TRUE(change.has_value());
    EXPECT_EQ(change->opinion.state(), v1::OPINION_STATE_RESOLVED);
    EXPECT_EQ(change->opinion.outcome(), v1::OPINION_OUTCOME_FIXED);
    EXPECT_FALSE(change->opinion.has_feedback());
  }
}

TEST(EndOfAnOrder, IsNotTheEndForWhoeverAskedToBeCalled) {
  Event closed = About(kOrder);
  closed.mutable_deliberation()->mutable_order_closed()->set_rating(5);
  Opinion opinion = Dispatched();
  opinion.set_contact_preference(v1::CONTACT_PREFERENCE_PHONE);
  const std::optional<rules::Change> change = WhatFollows(opinion, closed, absl::Now());
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->opinion.state(), v1::OPINION_STATE_RESOLVED);
  EXPECT_EQ(change->opinion.feedback().satisfaction(), v1::SATISFACTION_SATISFIED);
}

TEST(TheEnd, OfWhatIsNotReportedYetReturnsItToTriageInsteadOfBeingLost) {
  Event closed = About(kCase);
  closed.mutable_deliberation()->mutable_case_closed();
  Opinion escalated = Escalated();
  rules::Restrict(escalated, v1::RESTRICTION_CHILD_AT_RISK, absl::Now());
  const std::optional<rules::Change> of_case = WhatFollows(escalated, closed, absl::Now());
  ASSERT_TRUE(of_case.has_value());
  EXPECT_EQ(of_case->opinion.state(), v1::OPINION_STATE_TRIAGED);
  EXPECT_EQ(of_case->opinion.case_(), "");
  EXPECT_EQ(of_case->opinion.timeline(0).reason_code(), "CASE_CLOSED");
  Event done = About(kOrder);
  done.mutable_deliberation()->mutable_order_closed()->set_rating(5);
  Opinion dispatched = Dispatched();
  rules::Restrict(dispatched, v1::RESTRICTION_CHILD_AT_RISK, absl::Now());
  const std::optional<rules::Change> of_order = WhatFollows(dispatched, done, absl::Now());
  ASSERT_TRUE(of_order.has_value());
  EXPECT_EQ(of_order->opinion.state(), v1::OPINION_STATE_TRIAGED);
  EXPECT_EQ(of_order->opinion.timeline(0).reason_code(), "ORDER_CLOSED");
  EXPECT_FALSE(of_order->opinion.has_feedback());
}

TEST(TheEnd, OfAPetitionWhoseNoticeIsOwedReturnsItToTriage) {
  Event closed = About(kCase);
  closed.mutable_deliberation()->mutable_case_closed();
  Opinion petition = Escalated();
  petition.set_kind(v1::OPINION_KIND_PETITION);
  EXPECT_EQ(After(petition, closed), v1::OPINION_STATE_TRIAGED);
  petition.mutable_notice_time()->set_seconds(1);
  EXPECT_EQ(After(petition, closed), v1::OPINION_STATE_RESOLVED);
}

TEST(EndOfAnOrder, WithoutARatingLeavesTheReporterToSay) {
  Event closed = About(kOrder);
  closed.mutable_deliberation()->mutable_order_closed()->set_unconfirmed(true);
  const std::optional<rules::Change> silent = WhatFollows(Dispatched(), closed, absl::Now());
  EXPECT_EQ(silent->opinion.state(), v1::OPINION_STATE_RESOLVED);
  EXPECT_EQ(silent->opinion.outcome(), v1::OPINION_OUTCOME_FIXED);
  EXPECT_FALSE(silent->opinion.has_feedback());
  closed.mutable_deliberation()->mutable_order_closed()->set_unconfirmed(false);
  EXPECT_EQ(WhatFollows(Dispatched(), closed, absl::Now())->opinion.outcome(), v1::OPINION_OUTCOME_EXPLAINED);
}

TEST(EndOfAnOrder, ByCancellingReturnsItsOpinion) {
  Event cancelled = About(kOrder);
  cancelled.mutable_deliberation()->mutable_order_cancelled()->set_reason_code("NOT_NEEDED");
  EXPECT_EQ(After(Dispatched(), cancelled), v1::OPINION_STATE_TRIAGED);
}

}  // namespace
}  // namespace firstfloor::opinion
