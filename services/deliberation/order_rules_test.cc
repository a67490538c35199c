#include "services/deliberation/order_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <utility>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "services/deliberation/order_access.h"

namespace firstfloor::deliberation::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr char kArea[] = "340111400001-CJ-07";

absl::Time At(int month, int day, int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2023, month, day, hour, minute), calendar::Shanghai());
}

// Monday; the week has no holiday.
const absl::Time kNow = At(5, 15, 9);

type::v1::Person Named(const std::string& subject) {
  type::v1::Person person;
  person.set_subject(subject);
  return person;
}

Order Placed(absl::Time now = kNow, const std::string& need = "REPAIR") {
  Order order;
  order.set_name("orders/0190a000-0000-7000-8000-000000000001");
  order.set_area(kArea);
  order.set_need(need);
  *order.mutable_resident() = Named("resident");
  Begin(order, now);
  return order;
}

Order InState(OrderState state) {
  Order order = Placed();
  if (state == ORDER_STATE_PLACED) return order;
  if (state == ORDER_STATE_CANCELLED) {
    EXPECT_TRUE(Cancel(order, CANCEL_REASON_MISTAKE, kNow).ok());
    return order;
  }
  EXPECT_TRUE(Accept(order, Named("steward"), kNow).ok());
  if (state == ORDER_STATE_ACCEPTED) return order;
  EXPECT_TRUE(Dispatch(order, ORDER_ASSIGNEE_PROPERTY, "", kNow).ok());
  if (state == ORDER_STATE_DISPATCHED) return order;
  EXPECT_TRUE(Start(order, kNow).ok());
  if (state == ORDER_STATE_IN_PROGRESS) return order;
  EXPECT_TRUE(Complete(order, CompleteOrderRequest(), kNow).ok());
  if (state == ORDER_STATE_DONE) return order;
  if (state == ORDER_STATE_OBJECTED) {
    EXPECT_TRUE(Object(order, ObjectOrderRequest(), kNow).ok());
    return order;
  }
  EXPECT_TRUE(Confirm(order, ConfirmOrderRequest(), kNow).ok());
  return order;
}

struct NamedMove {
  OrderMove move;
  std::function<absl::Status(Order&)> carry_out;
};

std::vector<NamedMove> EveryMove() {
  DecideObjectionRequest again;
  again.set_again(true);
  ReturnOrderRequest back;
  back.set_reason(RETURN_REASON_NO_MEANS);
  TransferOrderRequest transfer;
  transfer.set_assignee(ORDER_ASSIGNEE_STAFF);
  *transfer.mutable_steward() = Named("another");
  ExtendOrderRequest extend;
  *extend.mutable_due_time() = ToProto(kNow + absl::Hours(24 * 30));
  return {
      {OrderMove::kAccept, [](Order& o) { return Accept(o, Named("steward"), kNow); }},
      {OrderMove::kSettle, [](Order& o) { return Settle(o, kNow); }},
      {OrderMove::kDispatch, [](Order& o) { return Dispatch(o, ORDER_ASSIGNEE_STAFF, "", kNow); }},
      {OrderMove::kStart, [](Order& o) { return Start(o, kNow); }},
      {OrderMove::kComplete, [](Order& o) { return Complete(o, CompleteOrderRequest(), kNow); }},
      {OrderMove::kConfirm, [](Order& o) { return Confirm(o, ConfirmOrderRequest(), kNow); }},
      {OrderMove::kObject, [](Order& o) { return Object(o, ObjectOrderRequest(), kNow); }},
      {OrderMove::kDoAgain, [=](Order& o) { return Decide(o, again, "", kNow); }},
      {OrderMove::kDismiss, [](Order& o) { return Decide(o, DecideObjectionRequest(), "", kNow); }},
      {OrderMove::kReturn, [=](Order& o) { return Return(o, back, kNow); }},
      {OrderMove::kTransfer, [=](Order& o) { return Transfer(o, transfer, "", kNow); }},
      {OrderMove::kExtend, [=](Order& o) { return Extend(o, extend, kNow); }},
      {OrderMove::kCancel, [](Order& o) { return Cancel(o, CANCEL_REASON_MISTAKE, kNow); }},
      {OrderMove::kTaskDone, [](Order& o) { return FollowTask(o, true, kNow); }},
      {OrderMove::kTaskReturned, [](Order& o) { return FollowTask(o, false, kNow); }},
      {OrderMove::kCaseDone, [](Order& o) { return FollowCase(o, true, {}, kNow); }},
      {OrderMove::kCaseOver, [](Order& o) { return FollowCase(o, false, RETURN_REASON_CASE_FAILED, kNow); }},
  };
}

constexpr OrderState kStates[] = {ORDER_STATE_PLACED,      ORDER_STATE_ACCEPTED, ORDER_STATE_DISPATCHED,
                                  ORDER_STATE_IN_PROGRESS, ORDER_STATE_DONE,     ORDER_STATE_CLOSED,
                                  ORDER_STATE_OBJECTED,    ORDER_STATE_CANCELLED};

// As the design page draws them; what is not here is refused.
const std::map<std::pair<OrderState, OrderMove>, OrderState> kDrawn = {
    {{ORDER_STATE_PLACED, OrderMove::kAccept}, ORDER_STATE_ACCEPTED},
    {{ORDER_STATE_PLACED, OrderMove::kCancel}, ORDER_STATE_CANCELLED},
    {{ORDER_STATE_ACCEPTED, OrderMove::kSettle}, ORDER_STATE_IN_PROGRESS},
    {{ORDER_STATE_ACCEPTED, OrderMove::kDispatch}, ORDER_STATE_DISPATCHED},
    {{ORDER_STATE_ACCEPTED, OrderMove::kReturn}, ORDER_STATE_PLACED},
    {{ORDER_STATE_ACCEPTED, OrderMove::kTransfer}, ORDER_STATE_ACCEPTED},
    {{ORDER_STATE_ACCEPTED, OrderMove::kExtend}, ORDER_STATE_ACCEPTED},
    {{ORDER_STATE_ACCEPTED, OrderMove::kCancel}, ORDER_STATE_CANCELLED},
    {{ORDER_STATE_DISPATCHED, OrderMove::kStart}, ORDER_STATE_IN_PROGRESS},
    {{ORDER_STATE_DISPATCHED, OrderMove::kReturn}, ORDER_STATE_ACCEPTED},
    {{ORDER_STATE_DISPATCHED, OrderMove::kTransfer}, ORDER_STATE_DISPATCHED},
    {{ORDER_STATE_DISPATCHED, OrderMove::kExtend}, ORDER_STATE_DISPATCHED},
    {{ORDER_STATE_DISPATCHED, OrderMove::kCancel}, ORDER_STATE_CANCELLED},
    {{ORDER_STATE_DISPATCHED, OrderMove::kTaskDone}, ORDER_STATE_DONE},
    {{ORDER_STATE_DISPATCHED, OrderMove::kTaskReturned}, ORDER_STATE_ACCEPTED},
    {{ORDER_STATE_DISPATCHED, OrderMove::kCaseDone}, ORDER_STATE_DONE},
    {{ORDER_STATE_DISPATCHED, OrderMove::kCaseOver}, ORDER_STATE_ACCEPTED},
    {{ORDER_STATE_IN_PROGRESS, OrderMove::kComplete}, ORDER_STATE_DONE},
    {{ORDER_STATE_IN_PROGRESS, OrderMove::kReturn}, ORDER_STATE_DISPATCHED},
    {{ORDER_STATE_IN_PROGRESS, OrderMove::kTransfer}, ORDER_STATE_DISPATCHED},
    {{ORDER_STATE_IN_PROGRESS, OrderMove::kExtend}, ORDER_STATE_IN_PROGRESS},
    {{ORDER_STATE_IN_PROGRESS, OrderMove::kCancel}, ORDER_STATE_CANCELLED},
    {{ORDER_STATE_IN_PROGRESS, OrderMove::kTaskDone}, ORDER_STATE_DONE},
    {{ORDER_STATE_IN_PROGRESS, OrderMove::kTaskReturned}, ORDER_STATE_ACCEPTED},
    {{ORDER_STATE_DONE, OrderMove::kConfirm}, ORDER_STATE_CLOSED},
    {{ORDER_STATE_DONE, OrderMove::kObject}, ORDER_STATE_OBJECTED},
    {{ORDER_STATE_OBJECTED, OrderMove::kDoAgain}, ORDER_STATE_DISPATCHED},
    {{ORDER_STATE_OBJECTED, OrderMove::kDismiss}, ORDER_STATE_CLOSED},
};

TEST(OrderRules, EveryMoveInEveryStateIsAsDrawn) {
  for (const OrderState state : kStates) {
    for (const NamedMove& named : EveryMove()) {
      SCOPED_TRACE(testing::Message() << OrderState_Name(state) << " move " << static_cast<int>(named.move));
      Order order = InState(state);
      ASSERT_EQ(order.state(), state);
      const std::string before = order.SerializeAsString();
      const absl::Status status = named.carry_out(order);
      const auto drawn = kDrawn.find({state, named.move});
      if (drawn != kDrawn.end()) {
        EXPECT_TRUE(status.ok()) << status;
        EXPECT_EQ(order.state(), drawn->second);
        EXPECT_EQ(order.timeline().rbegin()->state(), drawn->second);
        continue;
      }
      const bool taken = named.move == OrderMove::kAccept &&
                         (state == ORDER_STATE_ACCEPTED || state == ORDER_STATE_DISPATCHED ||
                          state == ORDER_STATE_IN_PROGRESS);
      EXPECT_EQ(error::ReasonOf(status), taken ? "ORDER_TAKEN" : "ORDER_WRONG_STATE");
      EXPECT_EQ(order.SerializeAsString(), before) << "changed although it was refused";
    }
  }
}

TEST(OrderRules, FinalStatesAllowNothing) {
  EXPECT_TRUE(AllowedMoves(ORDER_STATE_CLOSED).empty());
  EXPECT_TRUE(AllowedMoves(ORDER_STATE_CANCELLED).empty());
}

TEST(OrderRules, WhoHasItIsTold) {
  Order order = InState(ORDER_STATE_ACCEPTED);
  EXPECT_EQ(error::ReasonOf(Accept(order, Named("late"), kNow)), "ORDER_TAKEN");
  EXPECT_EQ(order.steward().subject(), "steward");
}

TEST(OrderRules, APlacedOrderIsAcceptedWithinFourDutyHours) {
  EXPECT_EQ(FromProto(Placed(At(5, 15, 9)).clock_time()), At(5, 15, 15));           // over noon
  EXPECT_EQ(FromProto(Placed(At(5, 15, 16)).clock_time()), At(5, 16, 11));          // over the night
  EXPECT_EQ(FromProto(Placed(At(5, 19, 16, 30)).clock_time()), At(5, 22, 11, 30));  // over the weekend
  EXPECT_EQ(FromProto(Placed(At(5, 20, 10)).clock_time()), At(5, 22, 14, 30));      // from a Saturday
}

TEST(OrderRules, MovedWorkingDaysCount) {
  // Sunday 2023-04-23 works, 04-29 to 05-03 rest, Saturday 05-06 works (调休).
  EXPECT_EQ(FromProto(Placed(At(4, 23, 9)).clock_time()), At(4, 23, 15));
  EXPECT_EQ(FromProto(Placed(At(4, 28, 16, 30)).clock_time()), At(5, 4, 11, 30));
  EXPECT_EQ(FromProto(Placed(At(5, 5, 17)).clock_time()), At(5, 6, 12));
}

TEST(OrderRules, AnAcceptedOrderIsDispatchedWithinEightDutyHours) {
  Order order = Placed(At(5, 18, 9));
  ASSERT_TRUE(Accept(order, Named("steward"), At(5, 18, 14)).ok());
  EXPECT_EQ(order.clock(), ORDER_CLOCK_DISPATCH);
  EXPECT_EQ(order.level(), ORDER_LEVEL_BRANCH);
  // 3.5 h on Thursday, 4.5 h on Friday.
  EXPECT_EQ(FromProto(order.clock_time()), At(5, 19, 15));
}

TEST(OrderRules, DueIsTheWantedTimeOrTheDaysOfTheNeed) {
  Order order = Placed(At(5, 15, 9), "REPAIR");
  EXPECT_EQ(FromProto(order.due_time()), At(5, 19, 0));  // the end of the third working day
  Order wanted;
  wanted.set_need("REPAIR");
  *wanted.mutable_wanted_time() = ToProto(At(5, 16, 10));
  Begin(wanted, kNow);
  EXPECT_EQ(FromProto(wanted.due_time()), At(5, 16, 10));
}

TEST(OrderRules, TheLongestNeedCounts) {
  EXPECT_EQ(WorkdaysToDo("SAFETY"), 1);
  EXPECT_EQ(WorkdaysToDo("SAFETY_FIRE"), 1);
  EXPECT_EQ(WorkdaysToDo("SAFETYNET"), 5);
  EXPECT_EQ(WorkdaysToDo("GOVERNANCE_BUDGET"), 10);
  EXPECT_EQ(WorkdaysToDo(""), 5);
}

TEST(OrderRules, EachLapseGoesOneLevelUpUntilTheCommunityKnows) {
  Order order = Placed(At(5, 15, 9));
  ASSERT_TRUE(Lapse(order, At(5, 15, 15)).ok());
  EXPECT_EQ(order.level(), ORDER_LEVEL_BRANCH);
  EXPECT_EQ(FromProto(order.clock_time()), At(5, 16, 10));
  ASSERT_TRUE(Lapse(order, At(5, 16, 10)).ok());
  EXPECT_EQ(order.level(), ORDER_LEVEL_COMMUNITY);
  EXPECT_FALSE(order.has_clock_time());
  EXPECT_EQ(order.state(), ORDER_STATE_PLACED);
  ASSERT_EQ(order.lapses_size(), 2);
  EXPECT_EQ(order.lapses(0).level(), ORDER_LEVEL_BRANCH);
  EXPECT_EQ(order.lapses(1).level(), ORDER_LEVEL_COMMUNITY);
  EXPECT_FALSE(Lapse(order, At(5, 17, 10)).ok());
}

TEST(OrderRules, ALapsedDispatchTellsTheCommunity) {
  Order order = InState(ORDER_STATE_ACCEPTED);
  ASSERT_TRUE(Lapse(order, FromProto(order.clock_time())).ok());
  EXPECT_EQ(order.level(), ORDER_LEVEL_COMMUNITY);
  EXPECT_EQ(order.lapses(0).clock(), ORDER_CLOCK_DISPATCH);
}

TEST(OrderRules, LateWorkTellsTheBranchThenADutyDayLaterTheCommunity) {
  Order order = InState(ORDER_STATE_IN_PROGRESS);
  EXPECT_EQ(order.clock(), ORDER_CLOCK_DO);
  EXPECT_EQ(order.clock_time().seconds(), order.due_time().seconds());
  ASSERT_TRUE(Lapse(order, At(5, 19, 0)).ok());
  EXPECT_EQ(order.level(), ORDER_LEVEL_BRANCH);
  EXPECT_EQ(FromProto(order.clock_time()), At(5, 19, 17, 30));
}

TEST(OrderRules, AcceptanceAfterALapseStartsTheNextClock) {
  Order order = Placed(At(5, 15, 9));
  ASSERT_TRUE(Lapse(order, At(5, 15, 15)).ok());
  ASSERT_TRUE(Accept(order, Named("steward"), At(5, 15, 16)).ok());
  EXPECT_EQ(order.clock(), ORDER_CLOCK_DISPATCH);
  EXPECT_EQ(order.lapses_size(), 1);
}

TEST(OrderRules, SilenceForSevenDaysClosesItUnconfirmed) {
  Order order = InState(ORDER_STATE_DONE);
  EXPECT_EQ(order.clock(), ORDER_CLOCK_CONFIRM);
  EXPECT_EQ(FromProto(order.clock_time()), kNow + absl::Hours(7 * 24));
  ASSERT_TRUE(Lapse(order, FromProto(order.clock_time())).ok());
  EXPECT_EQ(order.state(), ORDER_STATE_CLOSED);
  EXPECT_TRUE(order.unconfirmed());
  EXPECT_EQ(order.lapses_size(), 0);
  EXPECT_FALSE(order.has_clock_time());
}

TEST(OrderRules, NotOursWantsTheClauseAndOnlyThen) {
  Order order = InState(ORDER_STATE_DISPATCHED);
  ReturnOrderRequest request;
  request.set_reason(RETURN_REASON_NOT_OURS);
  EXPECT_TRUE(absl::IsInvalidArgument(Return(order, request, kNow)));
  request.set_contract_clause("§ 7");
  EXPECT_TRUE(Return(order, request, kNow).ok());
  EXPECT_EQ(order.state(), ORDER_STATE_ACCEPTED);
  EXPECT_EQ(order.timeline().rbegin()->reason_code(), "NOT_OURS");
  request.set_reason(RETURN_REASON_UNCLEAR);
  EXPECT_TRUE(absl::IsInvalidArgument(Return(order, request, kNow)));
}

TEST(OrderRules, WhatAStewardHadAloneGoesBackToBeingAccepted) {
  Order order = InState(ORDER_STATE_ACCEPTED);
  ASSERT_TRUE(Settle(order, kNow).ok());
  EXPECT_EQ(order.assignee(), ORDER_ASSIGNEE_STEWARD);
  ReturnOrderRequest request;
  request.set_reason(RETURN_REASON_NO_MEANS);
  ASSERT_TRUE(Return(order, request, kNow).ok());
  EXPECT_EQ(order.state(), ORDER_STATE_ACCEPTED);
  EXPECT_EQ(order.assignee(), ORDER_ASSIGNEE_UNSPECIFIED);
}

TEST(OrderRules, ItIsExtendedOnceAndForward) {
  Order order = InState(ORDER_STATE_DISPATCHED);
  ExtendOrderRequest request;
  *request.mutable_due_time() = order.due_time();
  EXPECT_TRUE(absl::IsInvalidArgument(Extend(order, request, kNow)));
  *request.mutable_due_time() = ToProto(At(5, 25, 12));
  ASSERT_TRUE(Extend(order, request, kNow).ok());
  EXPECT_EQ(FromProto(order.clock_time()), At(5, 25, 12));
  *request.mutable_due_time() = ToProto(At(5, 26, 12));
  EXPECT_EQ(error::ReasonOf(Extend(order, request, kNow)), "ORDER_EXTENDED");
}

TEST(OrderRules, AStewardIsNotDispatchedTo) {
  Order order = InState(ORDER_STATE_ACCEPTED);
  EXPECT_TRUE(absl::IsInvalidArgument(Dispatch(order, ORDER_ASSIGNEE_STEWARD, "", kNow)));
}

TEST(OrderRules, ACaseStopsTheClocksAndDecidesAlone) {
  Order order = InState(ORDER_STATE_ACCEPTED);
  ASSERT_TRUE(Dispatch(order, ORDER_ASSIGNEE_MEDIATION, "cases/x", kNow).ok());
  EXPECT_EQ(order.case_(), "cases/x");
  EXPECT_FALSE(order.has_clock_time());
  ReturnOrderRequest back;
  back.set_reason(RETURN_REASON_UNCLEAR);
  EXPECT_EQ(error::ReasonOf(Start(order, kNow)), "ORDER_IN_CASE");
  EXPECT_EQ(error::ReasonOf(Return(order, back, kNow)), "ORDER_IN_CASE");
  EXPECT_EQ(error::ReasonOf(Cancel(order, CANCEL_REASON_MISTAKE, kNow)), "ORDER_IN_CASE");
  ASSERT_TRUE(FollowCase(order, false, RETURN_REASON_CASE_WITHDRAWN, kNow).ok());
  EXPECT_EQ(order.state(), ORDER_STATE_ACCEPTED);
  EXPECT_EQ(order.case_(), "");
  EXPECT_EQ(order.clock(), ORDER_CLOCK_DISPATCH);
}

TEST(OrderRules, ATaskIsKnownOnlyWithVolunteers) {
  Order order = InState(ORDER_STATE_ACCEPTED);
  ASSERT_TRUE(Dispatch(order, ORDER_ASSIGNEE_VOLUNTEERS, "tasks/x", kNow).ok());
  EXPECT_EQ(order.task(), "tasks/x");
  TransferOrderRequest request;
  request.set_assignee(ORDER_ASSIGNEE_STAFF);
  ASSERT_TRUE(Transfer(order, request, "tasks/y", kNow).ok());
  EXPECT_EQ(order.task(), "");
}

TEST(OrderRules, WhatIsToBeDoneAgainGetsItsDaysAnew) {
  Order order = InState(ORDER_STATE_OBJECTED);
  DecideObjectionRequest request;
  request.set_again(true);
  ASSERT_TRUE(Decide(order, request, "", At(5, 22, 9)).ok());
  EXPECT_EQ(order.assignee(), ORDER_ASSIGNEE_PROPERTY);
  EXPECT_EQ(FromProto(order.due_time()), At(5, 26, 0));
  order = InState(ORDER_STATE_OBJECTED);
  request.set_assignee(ORDER_ASSIGNEE_CONSULTATION);
  EXPECT_TRUE(absl::IsInvalidArgument(Decide(order, request, "", kNow)));
}

auth::Identity Person(const std::string& subject, api::v1::Role role) {
  return {.kind = auth::Identity::Kind::kPerson, .subject = subject, .roles = {{role, kArea}}};
}

TEST(OrderRules, AResidentPlacesTheirOwnAndStaffSayForWhom) {
  PlaceOrderRequest request;
  request.mutable_order()->set_area(kArea);
  request.mutable_order()->set_need("REPAIR");
  auto placed = Place(request, Person("r", api::v1::ROLE_RESIDENT), kNow);
  ASSERT_TRUE(placed.ok());
  EXPECT_EQ(placed->resident().subject(), "r");
  EXPECT_TRUE(absl::IsInvalidArgument(Place(request, Person("s", api::v1::ROLE_STEWARD), kNow).status()));
  *request.mutable_on_behalf_of()->mutable_person() = Named("grandmother");
  placed = Place(request, Person("s", api::v1::ROLE_STEWARD), kNow);
  ASSERT_TRUE(placed.ok());
  EXPECT_EQ(placed->resident().subject(), "grandmother");
  EXPECT_EQ(placed->entered_by().subject(), "s");
  *request.mutable_order()->mutable_wanted_time() = ToProto(kNow);
  EXPECT_TRUE(absl::IsInvalidArgument(Place(request, Person("s", api::v1::ROLE_STEWARD), kNow).status()));
}

TEST(OrderAccess, WhoeverDidItDoesNotConfirmItForAnUnknownResident) {
  Order order = InState(ORDER_STATE_ACCEPTED);
  order.clear_resident();
  ASSERT_TRUE(Settle(order, kNow).ok());
  EXPECT_FALSE(SpeaksForResident(Person("steward", api::v1::ROLE_STEWARD), order));
  EXPECT_TRUE(SpeaksForResident(Person("staff", api::v1::ROLE_COMMUNITY_STAFF), order));
  *order.mutable_resident() = Named("resident");
  EXPECT_FALSE(SpeaksForResident(Person("staff", api::v1::ROLE_COMMUNITY_STAFF), order));
}

TEST(OrderRouting, AVacantPostPassesTheStepOnAndADeputyKeepsIt) {
  const Order order = Placed();
  EXPECT_EQ(ResponsibleFor(order, {}).role(), "STEWARD");
  std::vector<KnownPost> posts = {{"posts/1", kArea, "STEWARD", true, false},
                                  {"posts/2", "340111400001-CJ", "SECRETARY", false, false}};
  Responsible responsible = ResponsibleFor(order, posts);
  EXPECT_EQ(responsible.role(), "BRANCH_SECRETARY");
  EXPECT_EQ(responsible.post(), "posts/2");
  posts[0].vacant = false;
  posts[0].deputised = true;
  responsible = ResponsibleFor(order, posts);
  EXPECT_EQ(responsible.role(), "STEWARD");
  EXPECT_TRUE(responsible.deputised());
}

TEST(OrderRouting, TheAssigneeOrTheResidentActsInTheirTurn) {
  EXPECT_EQ(ResponsibleFor(InState(ORDER_STATE_DISPATCHED), {}).role(), "PROPERTY");
  EXPECT_EQ(ResponsibleFor(InState(ORDER_STATE_DONE), {}).role(), "RESIDENT");
  EXPECT_EQ(ResponsibleFor(InState(ORDER_STATE_CLOSED), {}).role(), "");
  EXPECT_EQ(ResponsibleFor(InState(ORDER_STATE_OBJECTED), {}).role(), "BRANCH_SECRETARY");
}

}  // namespace
}  // namespace firstfloor::deliberation::rules
