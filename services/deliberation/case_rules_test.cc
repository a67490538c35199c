#include "services/deliberation/case_rules.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <utility>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "services/deliberation/case_access.h"
#include "services/deliberation/consultation_rules.h"
#include "services/deliberation/flow_rules.h"
#include "services/deliberation/testing/cases.h"

namespace firstfloor::deliberation::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;                     // NOLINT(google-build-using-namespace): the resource's own enums
using namespace deliberation::testing;  // NOLINT(google-build-using-namespace): cases to start from

struct NamedMove {
  CaseMove move;
  std::function<absl::Status(Case&)> carry_out;
};

std::vector<NamedMove> EveryMove() {
  return {
      {CaseMove::kStartMediation, [](Case& c) { return StartMediation(c, {}, "mediator", kNow); }},
      {CaseMove::kAnswerMediator,
       [](Case& c) { return AnswerMediator(c, 0, MEDIATOR_ANSWER_ACCEPTED, kNow); }},
      {CaseMove::kRefuseMediator,
       [](Case& c) { return AnswerMediator(c, 0, MEDIATOR_ANSWER_REFUSED, kNow); }},
      {CaseMove::kAgree,
       [](Case& c) {
         return Agree(c, Acknowledged({0, 1}), kNow);
       }},
      {CaseMove::kEscalate, [](Case& c) { return Escalate(c, {}, kNow); }},
      {CaseMove::kConvene, [](Case& c) { return Convene(c, FiveSeats(kNow + absl::Hours(48)), kNow); }},
      {CaseMove::kPublish, [](Case& c) { return Publish(c, kNow); }},
      {CaseMove::kFollowUp, [](Case& c) { return StartFollowUp(c, kNow); }},
      {CaseMove::kKeep, [](Case& c) { return Visit(c, Kept(true), kNow); }},
      {CaseMove::kBreach, [](Case& c) { return Visit(c, Kept(false), kNow); }},
      {CaseMove::kWithdraw, [](Case& c) { return Withdraw(c, kNow); }},
  };
}

// As the design page draws them; what is not here is refused. What needs an open meeting, a published
// resolution or the like is tried in the tests of consultations.
const std::map<std::pair<CaseState, CaseMove>, CaseState> kDrawn = {
    {{CASE_STATE_OPEN, CaseMove::kStartMediation}, CASE_STATE_MEDIATING},
    {{CASE_STATE_OPEN, CaseMove::kEscalate}, CASE_STATE_ESCALATED},
    {{CASE_STATE_OPEN, CaseMove::kWithdraw}, CASE_STATE_WITHDRAWN},
    {{CASE_STATE_MEDIATING, CaseMove::kAnswerMediator}, CASE_STATE_MEDIATING},
    {{CASE_STATE_MEDIATING, CaseMove::kRefuseMediator}, CASE_STATE_ESCALATED},
    {{CASE_STATE_MEDIATING, CaseMove::kAgree}, CASE_STATE_AGREED},
    {{CASE_STATE_MEDIATING, CaseMove::kEscalate}, CASE_STATE_ESCALATED},
    {{CASE_STATE_MEDIATING, CaseMove::kWithdraw}, CASE_STATE_WITHDRAWN},
    {{CASE_STATE_AGREED, CaseMove::kFollowUp}, CASE_STATE_FOLLOW_UP},
    {{CASE_STATE_ESCALATED, CaseMove::kConvene}, CASE_STATE_CONSULTING},
    {{CASE_STATE_ESCALATED, CaseMove::kWithdraw}, CASE_STATE_WITHDRAWN},
    {{CASE_STATE_CONSULTING, CaseMove::kConvene}, CASE_STATE_CONSULTING},
    {{CASE_STATE_CONSULTING, CaseMove::kWithdraw}, CASE_STATE_WITHDRAWN},
    {{CASE_STATE_RESOLVED, CaseMove::kPublish}, CASE_STATE_RESOLVED},
    {{CASE_STATE_RESOLVED, CaseMove::kFollowUp}, CASE_STATE_FOLLOW_UP},
    {{CASE_STATE_FOLLOW_UP, CaseMove::kPublish}, CASE_STATE_FOLLOW_UP},
    {{CASE_STATE_FOLLOW_UP, CaseMove::kKeep}, CASE_STATE_CLOSED},
    {{CASE_STATE_FOLLOW_UP, CaseMove::kBreach}, CASE_STATE_ESCALATED},
};

TEST(CaseRules, EveryMoveInEveryStateIsAsDrawn) {
  for (int state = CASE_STATE_OPEN; state <= CASE_STATE_WITHDRAWN; ++state) {
    for (const NamedMove& named : EveryMove()) {
      SCOPED_TRACE(::testing::Message() << CaseState_Name(static_cast<CaseState>(state)) << " move "
                                        << static_cast<int>(named.move));
      Case matter = InState(static_cast<CaseState>(state));
      ASSERT_EQ(matter.state(), state);
      const std::string before = matter.SerializeAsString();
      const absl::Status status = named.carry_out(matter);
      const auto drawn = kDrawn.find({static_cast<CaseState>(state), named.move});
      if (drawn != kDrawn.end()) {
        EXPECT_TRUE(status.ok()) << status;
        EXPECT_EQ(matter.state(), drawn->second);
        continue;
      }
      EXPECT_EQ(error::ReasonOf(status), "CASE_WRONG_STATE");
      EXPECT_EQ(matter.SerializeAsString(), before) << "changed although it was refused";
    }
  }
}

TEST(CaseRules, FinalStatesAllowNothing) {
  for (const CaseState state : {CASE_STATE_CLOSED, CASE_STATE_FAILED, CASE_STATE_WITHDRAWN}) {
    EXPECT_TRUE(AllowedMoves(state).empty());
    EXPECT_TRUE(InState(state).has_close_time());
  }
}

TEST(CaseRules, ADisputeHasTwoSidesAndOneOfThemAsked) {
  OpenCaseRequest request;
  request.mutable_case_()->set_area(kArea);
  request.mutable_case_()->set_kind(CASE_KIND_DISPUTE);
  request.mutable_case_()->add_sides();
  const auth::Identity staff = {.kind = auth::Identity::Kind::kPerson,
                                .subject = "staff",
                                .roles = {{api::v1::ROLE_COMMUNITY_STAFF, kArea}}};
  const auth::Identity resident = {
      .kind = auth::Identity::Kind::kPerson, .subject = "me", .roles = {{api::v1::ROLE_RESIDENT, kArea}}};
  EXPECT_TRUE(absl::IsInvalidArgument(Open(request, staff, kNow).status()));
  request.mutable_case_()->add_sides();
  request.set_asking_side(2);
  EXPECT_TRUE(absl::IsInvalidArgument(Open(request, staff, kNow).status()));
  request.set_asking_side(1);
  EXPECT_TRUE(Open(request, staff, kNow)->sides(1).asked());
  const auto own = Open(request, resident, kNow);
  ASSERT_TRUE(own.ok());
  EXPECT_TRUE(own->sides(0).asked());
  EXPECT_FALSE(own->sides(1).asked());
  EXPECT_EQ(own->sides(0).representative().subject(), "me");
  EXPECT_TRUE(StandingOf(resident, *own).owner);
  EXPECT_EQ(own->decision_rule(), DECISION_RULE_CONSENSUS);
}

TEST(CaseRules, SilenceDoesNotAcceptAMediator) {
  Case matter = Dispute();
  ASSERT_TRUE(StartMediation(matter, {}, "mediator", kNow).ok());
  ASSERT_TRUE(AnswerMediator(matter, 0, MEDIATOR_ANSWER_ACCEPTED, kNow).ok());
  EXPECT_EQ(error::ReasonOf(Agree(matter, Acknowledged({0, 1}), kNow)), "MEDIATOR_NOT_ACCEPTED");
  ASSERT_TRUE(AnswerMediator(matter, 1, MEDIATOR_ANSWER_ACCEPTED, kNow).ok());
  EXPECT_EQ(error::ReasonOf(Agree(matter, Acknowledged({0}), kNow)), "AGREEMENT_NOT_ACKNOWLEDGED");
  ASSERT_TRUE(Agree(matter, Acknowledged({1, 0}), kNow).ok());
  EXPECT_EQ(matter.way(), CASE_WAY_MEDIATION);
  EXPECT_EQ(matter.level(), CASE_LEVEL_ON_THE_SPOT);
  EXPECT_EQ(FromProto(matter.agreement().court_confirmation_until_time()), kNow + absl::Hours(30 * 24));
}

TEST(CaseRules, AnExpressRefusalEndsMediation) {
  Case matter = InState(CASE_STATE_MEDIATING);
  ASSERT_TRUE(AnswerMediator(matter, 1, MEDIATOR_ANSWER_REFUSED, kNow).ok());
  EXPECT_EQ(matter.state(), CASE_STATE_ESCALATED);
  EXPECT_EQ(matter.level(), CASE_LEVEL_CONSULTATION);
  EXPECT_EQ(matter.timeline().rbegin()->reason_code(), "MEDIATOR_REFUSED");
}

TEST(CaseRules, TermsBindSidesThatThereAreAndEndLater) {
  Case matter = InState(CASE_STATE_MEDIATING);
  RecordAgreementRequest request = Acknowledged({0, 1});
  request.mutable_agreement()->mutable_terms(0)->set_side(2);
  EXPECT_TRUE(absl::IsInvalidArgument(Agree(matter, request, kNow)));
  request.mutable_agreement()->mutable_terms(0)->set_side(-1);
  *request.mutable_agreement()->mutable_terms(0)->mutable_deadline() = ToProto(kNow);
  EXPECT_TRUE(absl::IsInvalidArgument(Agree(matter, request, kNow)));
}

TEST(CaseRules, OnlyADisputeIsMediated) {
  Case matter = Dispute();
  matter.set_kind(CASE_KIND_MATTER);
  EXPECT_EQ(error::ReasonOf(StartMediation(matter, {}, "mediator", kNow)), "NO_DISPUTE");
  Case alone = Dispute();
  alone.mutable_sides()->RemoveLast();
  EXPECT_EQ(error::ReasonOf(StartMediation(alone, {}, "mediator", kNow)), "NO_DISPUTE");
  StartMediationRequest request;
  request.add_sides();
  EXPECT_TRUE(StartMediation(alone, request, "mediator", kNow).ok());
  EXPECT_EQ(alone.sides_size(), 2);
}

TEST(CaseRules, ABreachStartsOverAtConsultation) {
  Case matter = InState(CASE_STATE_FOLLOW_UP);
  ASSERT_TRUE(Visit(matter, Kept(false), kNow).ok());
  EXPECT_EQ(matter.state(), CASE_STATE_ESCALATED);
  EXPECT_EQ(matter.breaches(), 1);
  EXPECT_FALSE(matter.has_resolution());
  EXPECT_FALSE(matter.has_consultation());
  EXPECT_EQ(matter.way(), CASE_WAY_UNSPECIFIED);
  EXPECT_TRUE(Convene(matter, FiveSeats(kNow + absl::Hours(24)), kNow).ok());
}

TEST(CaseAccess, ASideSeesItselfAndNotTheOthers) {
  const Case matter = InState(CASE_STATE_MEDIATING);
  const auth::Identity side = {.kind = auth::Identity::Kind::kPerson, .subject = "upstairs", .roles = {}};
  const Case view = CaseSeenBy(side, matter, false);
  EXPECT_EQ(view.text(), matter.text());
  EXPECT_EQ(view.sides(0).representative().subject(), "upstairs");
  EXPECT_NE(view.sides(1).representative().subject(), "downstairs");
  const auth::Identity stranger = {.kind = auth::Identity::Kind::kPerson, .subject = "stranger", .roles = {}};
  EXPECT_NE(CaseSeenBy(stranger, matter, false).text(), matter.text());
  EXPECT_FALSE(StandingOf(stranger, matter).participant);
}

TEST(Flows, CategoriesBecomeNeedsAndTopics) {
  EXPECT_EQ(NeedOf("SAFETY.FIRE"), "SAFETY_FIRE");
  EXPECT_EQ(NeedOf(""), "OTHER");
  EXPECT_EQ(TopicOf("SAFETY.EARTH_WIRE"), "EARTH_WIRE");
  EXPECT_EQ(TopicOf("NEIGHBOUR"), "NEIGHBOUR");
  EXPECT_EQ(TopicOf(""), "OTHER");
}

TEST(Flows, ATopicThatWasGivenGoesBeforeTheCategory) {
  opinion::v1::Opinion opinion;
  opinion.set_category("SAFETY.FIRE");
  EXPECT_EQ(CaseFrom(opinion, "cases/x", "DISPUTE", kNow).topic(), "FIRE");
  opinion.set_topic("E_BIKE");
  EXPECT_EQ(CaseFrom(opinion, "cases/x", "DISPUTE", kNow).topic(), "E_BIKE");
}

TEST(Flows, AnAnonymousOpinionBecomesAnOrderOfNobody) {
  opinion::v1::Opinion opinion;
  opinion.set_name("opinions/x");
  opinion.set_category("SAFETY.FIRE");
  opinion.mutable_reporter()->set_subject("someone");
  Order order = OrderFrom(opinion, "orders/x", kNow);
  EXPECT_EQ(order.resident().subject(), "someone");
  EXPECT_EQ(order.state(), ORDER_STATE_PLACED);
  EXPECT_EQ(order.opinion(), "opinions/x");
  *opinion.mutable_wanted_time() = ToProto(kNow + absl::Hours(30));
  EXPECT_EQ(FromProto(OrderFrom(opinion, "orders/x", kNow).due_time()), kNow + absl::Hours(30));
  opinion.set_anonymous(true);
  EXPECT_FALSE(OrderFrom(opinion, "orders/x", kNow).has_resident());
  EXPECT_FALSE(CaseFrom(opinion, "cases/x", "MATTER", kNow).sides(0).has_representative());
}

}  // namespace
}  // namespace firstfloor::deliberation::rules
