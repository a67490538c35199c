#include "services/deliberation/order_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/transitions.h"

namespace firstfloor::deliberation::rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr resource::Transition<OrderState, OrderMove> kSteps[] = {
    {ORDER_STATE_PLACED, OrderMove::kAccept, ORDER_STATE_ACCEPTED},
    {ORDER_STATE_PLACED, OrderMove::kCancel, ORDER_STATE_CANCELLED},
    {ORDER_STATE_ACCEPTED, OrderMove::kSettle, ORDER_STATE_IN_PROGRESS},
    {ORDER_STATE_ACCEPTED, OrderMove::kDispatch, ORDER_STATE_DISPATCHED},
    {ORDER_STATE_ACCEPTED, OrderMove::kReturn, ORDER_STATE_PLACED},
    {ORDER_STATE_ACCEPTED, OrderMove::kTransfer, ORDER_STATE_ACCEPTED},
    {ORDER_STATE_ACCEPTED, OrderMove::kExtend, ORDER_STATE_ACCEPTED},
    {ORDER_STATE_ACCEPTED, OrderMove::kCancel, ORDER_STATE_CANCELLED},
    {ORDER_STATE_DISPATCHED, OrderMove::kStart, ORDER_STATE_IN_PROGRESS},
    {ORDER_STATE_DISPATCHED, OrderMove::kReturn, ORDER_STATE_ACCEPTED},
    {ORDER_STATE_DISPATCHED, OrderMove::kTransfer, ORDER_STATE_DISPATCHED},
    {ORDER_STATE_DISPATCHED, OrderMove::kExtend, ORDER_STATE_DISPATCHED},
    {ORDER_STATE_DISPATCHED, OrderMove::kCancel, ORDER_STATE_CANCELLED},
    {ORDER_STATE_DISPATCHED, OrderMove::kTaskDone, ORDER_STATE_DONE},
    {ORDER_STATE_DISPATCHED, OrderMove::kTaskReturned, ORDER_STATE_ACCEPTED},
    {ORDER_STATE_DISPATCHED, OrderMove::kCaseDone, ORDER_STATE_DONE},
    {ORDER_STATE_DISPATCHED, OrderMove::kCaseOver, ORDER_STATE_ACCEPTED},
    {ORDER_STATE_IN_PROGRESS, OrderMove::kComplete, ORDER_STATE_DONE},
    {ORDER_STATE_IN_PROGRESS, OrderMove::kReturn, ORDER_STATE_DISPATCHED},
    {ORDER_STATE_IN_PROGRESS, OrderMove::kTransfer, ORDER_STATE_DISPATCHED},
    {ORDER_STATE_IN_PROGRESS, OrderMove::kExtend, ORDER_STATE_IN_PROGRESS},
    {ORDER_STATE_IN_PROGRESS, OrderMove::kCancel, ORDER_STATE_CANCELLED},
    {ORDER_STATE_IN_PROGRESS, OrderMove::kTaskDone, ORDER_STATE_DONE},
    {ORDER_STATE_IN_PROGRESS, OrderMove::kTaskReturned, ORDER_STATE_ACCEPTED},
    {ORDER_STATE_DONE, OrderMove::kConfirm, ORDER_STATE_CLOSED},
    {ORDER_STATE_DONE, OrderMove::kObject, ORDER_STATE_OBJECTED},
    {ORDER_STATE_DONE, OrderMove::kSilence, ORDER_STATE_CLOSED},
    {ORDER_STATE_OBJECTED, OrderMove::kDoAgain, ORDER_STATE_DISPATCHED},
    {ORDER_STATE_OBJECTED, OrderMove::kDismiss, ORDER_STATE_CLOSED},
};

struct NeedTerm {
  absl::string_view need;
  int workdays;
};

// Local default, to be replaced by a community's own needs.
constexpr NeedTerm kNeeds[] = {
    {"REPAIR", 3},       {"WATER_ELECTRICITY", 1},
    {"SAFETY", 1},       {"ELDER_CARE", 2},
    {"CHILD_CARE", 2},   {"ERRAND", 2},
    {"CLEANING", 3},     {"ENVIRONMENT", 3},
    {"TRAFFIC", 5},      {"PROPERTY", 5},
    {"HEALTH", 2},       {"LEGAL", 5},
    {"NEIGHBOUR", 5},    {"SERVICE", 5},
    {"CULTURE", 7},      {"PARKING", 5},
    {"CONSTRUCTION", 7}, {"GOVERNANCE", 10},
};
constexpr int kDefaultWorkdays = 5;

// Which clock runs in a state, and whom it holds responsible first.
struct ClockOfState {
  OrderState state;
  OrderClock clock;
  OrderLevel level;
};

constexpr ClockOfState kClocks[] = {
    {ORDER_STATE_PLACED, ORDER_CLOCK_ACCEPT, ORDER_LEVEL_STEWARD},
    {ORDER_STATE_ACCEPTED, ORDER_CLOCK_DISPATCH, ORDER_LEVEL_BRANCH},
    {ORDER_STATE_DISPATCHED, ORDER_CLOCK_DO, ORDER_LEVEL_STEWARD},
    {ORDER_STATE_IN_PROGRESS, ORDER_CLOCK_DO, ORDER_LEVEL_STEWARD},
    {ORDER_STATE_DONE, ORDER_CLOCK_CONFIRM, ORDER_LEVEL_UNSPECIFIED},
    {ORDER_STATE_OBJECTED, ORDER_CLOCK_DISPATCH, ORDER_LEVEL_BRANCH},
};

std::string ShortName(OrderState state) {
  return std::string(absl::StripPrefix(OrderState_Name(state), "ORDER_STATE_"));
}

absl::Status WrongState(const Order& order) {
  std::vector<std::string> allowed;
  for (const OrderState state : AllowedMoves(order.state())) allowed.push_back(ShortName(state));
  return error::WrongState("ORDER_WRONG_STATE", order.name(), ShortName(order.state()), allowed);
}

absl::Status Check(const Order& order, OrderMove move) {
  return Next(order.state(), move).has_value() ? absl::OkStatus() : WrongState(order);
}

absl::Time TermOf(const Order& order, OrderClock clock, absl::Time from) {
  const calendar::Calendar& days = calendar::Calendar::InForce();
  switch (clock) {
    case ORDER_CLOCK_ACCEPT:
      return days.AddDutyTime(from, kAcceptDuty);
    case ORDER_CLOCK_DISPATCH:
      return days.AddDutyTime(from, kDispatchDuty);
    case ORDER_CLOCK_DO:
      return std::max(from, FromProto(order.due_time()));
    case ORDER_CLOCK_CONFIRM:
      return from + kSilence;
    default:
      return absl::InfiniteFuture();
  }
}

void StopClock(Order& order) {
  order.clear_clock();
  order.clear_clock_time();
}

// The clock that belongs to the order's state starts anew. With a case the clocks stand still: it has its
// own deadlines.
void StartClock(Order& order, absl::Time now) {
  StopClock(order);
  order.clear_level();
  if (IsWithCase(order)) {
    order.set_level(ORDER_LEVEL_BRANCH);
    return;
  }
  for (const ClockOfState& entry : kClocks) {
    if (entry.state != order.state()) continue;
    order.set_clock(entry.clock);
    order.set_level(entry.level);
    *order.mutable_clock_time() = ToProto(TermOf(order, entry.clock, now));
  }
}

void Note(Order& order, absl::string_view what, absl::string_view reason, absl::Time now) {
  OrderStep* step = order.add_timeline();
  step->set_state(order.state());
  *step->mutable_step_time() = ToProto(now);
  step->set_what(std::string(what));
  step->set_reason_code(std::string(reason));
}

// Only after Check.
void GoTo(Order& order, OrderState to, absl::string_view what, absl::string_view reason, absl::Time now) {
  order.set_state(to);
  if (IsOver(order)) *order.mutable_close_time() = ToProto(now);
  StartClock(order, now);
  Note(order, what, reason, now);
}

void Go(Order& order, OrderMove move, absl::string_view what, absl::Time now, absl::string_view reason = "") {
  GoTo(order, *Next(order.state(), move), what, reason, now);
}

void TakeFromAssignee(Order& order) {
  order.clear_assignee();
  order.clear_task();
  order.clear_case_();
}

void GiveTo(Order& order, OrderAssignee assignee, absl::string_view name, absl::Time now) {
  TakeFromAssignee(order);
  order.set_assignee(assignee);
  if (assignee == ORDER_ASSIGNEE_VOLUNTEERS) order.set_task(std::string(name));
  if (assignee == ORDER_ASSIGNEE_MEDIATION || assignee == ORDER_ASSIGNEE_CONSULTATION) {
    order.set_case_(std::string(name));
  }
  *order.mutable_dispatch_time() = ToProto(now);
}

bool OpensCase(OrderAssignee assignee) {
  return assignee == ORDER_ASSIGNEE_MEDIATION || assignee == ORDER_ASSIGNEE_CONSULTATION;
}

absl::Status CheckNoCase(const Order& order) {
  if (!IsWithCase(order)) return absl::OkStatus();
  return error::Precondition("ORDER_IN_CASE", "its case decides what happens next",
                             {{"case", order.case_()}});
}

absl::Time DueOf(const Order& order, absl::Time now) {
  return calendar::Calendar::InForce().AddWorkdays(now, WorkdaysToDo(order.need()));
}

std::string ReasonCode(ReturnReason reason) {
  return std::string(absl::StripPrefix(ReturnReason_Name(reason), "RETURN_REASON_"));
}

bool ComesFromOutside(ReturnReason reason) {
  return reason == RETURN_REASON_TASK_RETURNED || reason == RETURN_REASON_CASE_WITHDRAWN ||
         reason == RETURN_REASON_CASE_FAILED;
}

std::string ActorKind(const Order& order) {
  if (order.assignee() == ORDER_ASSIGNEE_UNSPECIFIED) return "STEWARD";
  return std::string(absl::StripPrefix(OrderAssignee_Name(order.assignee()), "ORDER_ASSIGNEE_"));
}

OrderLevel Above(OrderLevel level) {
  return level == ORDER_LEVEL_STEWARD ? ORDER_LEVEL_BRANCH : ORDER_LEVEL_COMMUNITY;
}

}  // namespace

int WorkdaysToDo(absl::string_view need) {
  const NeedTerm* best = nullptr;
  for (const NeedTerm& term : kNeeds) {
    const bool matches =
        need == term.need || (need.size() > term.need.size() && absl::StartsWith(need, term.need) &&
                              need[term.need.size()] == '_');
    if (matches && (best == nullptr || term.need.size() > best->need.size())) best = &term;
  }
  return best == nullptr ? kDefaultWorkdays : best->workdays;
}

std::optional<OrderState> Next(OrderState from, OrderMove move) {
  return resource::After(kSteps, from, move);
}

std::vector<OrderState> AllowedMoves(OrderState from) {
  std::vector<OrderState> states = resource::AllAfter(kSteps, from);
  std::erase(states, from);
  return states;
}

bool IsWithCase(const Order& order) {
  return order.state() == ORDER_STATE_DISPATCHED && OpensCase(order.assignee());
}

bool IsOver(const Order& order) {
  return order.state() == ORDER_STATE_CLOSED || order.state() == ORDER_STATE_CANCELLED;
}

bool IsStewards(const Order& order) {
  return order.assignee() == ORDER_ASSIGNEE_UNSPECIFIED || order.assignee() == ORDER_ASSIGNEE_STEWARD;
}

absl::StatusOr<Order> Place(const PlaceOrderRequest& request, const auth::Identity& caller, absl::Time now) {
  Order order = request.order();
  error::Violations violations;
  if (order.has_wanted_time() && FromProto(order.wanted_time()) <= now) {
    violations.Add("order.wanted_time", "is past");
  }
  const bool resident = caller.Has(api::v1::ROLE_RESIDENT, order.area());
  if (!resident && !request.has_on_behalf_of()) {
    violations.Add("on_behalf_of", "is required of whoever is no resident there");
  }
  RETURN_IF_ERROR(violations.ToStatus());
  if (request.has_on_behalf_of()) {
    *order.mutable_on_behalf_of() = request.on_behalf_of();
    *order.mutable_resident() = request.on_behalf_of().person();
    order.mutable_entered_by()->set_subject(caller.subject);
  } else {
    order.mutable_resident()->set_subject(caller.subject);
  }
  Begin(order, now);
  return order;
}

void Begin(Order& order, absl::Time now) {
  *order.mutable_due_time() = order.has_wanted_time() ? order.wanted_time() : ToProto(DueOf(order, now));
  GoTo(order, ORDER_STATE_PLACED, "PLACED", "", now);
}

absl::Status Accept(Order& order, const type::v1::Person& steward, absl::Time now) {
  const OrderState state = order.state();
  if (state == ORDER_STATE_ACCEPTED || state == ORDER_STATE_DISPATCHED || state == ORDER_STATE_IN_PROGRESS) {
    return error::Precondition("ORDER_TAKEN", "somebody has it already", {{"actor_kind", ActorKind(order)}});
  }
  RETURN_IF_ERROR(Check(order, OrderMove::kAccept));
  *order.mutable_steward() = steward;
  *order.mutable_accept_time() = ToProto(now);
  Go(order, OrderMove::kAccept, "ACCEPTED", now);
  return absl::OkStatus();
}

absl::Status Settle(Order& order, absl::Time now) {
  RETURN_IF_ERROR(Check(order, OrderMove::kSettle));
  TakeFromAssignee(order);
  order.set_assignee(ORDER_ASSIGNEE_STEWARD);
  Go(order, OrderMove::kSettle, "SETTLED_BY_STEWARD", now);
  return absl::OkStatus();
}

absl::Status Dispatch(Order& order, OrderAssignee assignee, absl::string_view name, absl::Time now) {
  if (assignee == ORDER_ASSIGNEE_STEWARD) {
    return error::InvalidField("assignee", "the steward settles it alone instead");
  }
  RETURN_IF_ERROR(Check(order, OrderMove::kDispatch));
  GiveTo(order, assignee, name, now);
  Go(order, OrderMove::kDispatch, "DISPATCHED", now);
  return absl::OkStatus();
}

absl::Status Start(Order& order, absl::Time now) {
  RETURN_IF_ERROR(Check(order, OrderMove::kStart));
  RETURN_IF_ERROR(CheckNoCase(order));
  // Work that has begun keeps the clock that runs, and whoever was told of it.
  order.set_state(ORDER_STATE_IN_PROGRESS);
  Note(order, "STARTED", "", now);
  return absl::OkStatus();
}

absl::Status Complete(Order& order, const CompleteOrderRequest& request, absl::Time now) {
  RETURN_IF_ERROR(Check(order, OrderMove::kComplete));
  order.set_report(request.report());
  *order.mutable_evidence() = request.evidence();
  *order.mutable_done_time() = ToProto(now);
  Go(order, OrderMove::kComplete, "DONE", now);
  return absl::OkStatus();
}

absl::Status Confirm(Order& order, const ConfirmOrderRequest& request, absl::Time now) {
  RETURN_IF_ERROR(Check(order, OrderMove::kConfirm));
  order.set_rating(request.rating());
  order.set_rating_text(request.text());
  Go(order, OrderMove::kConfirm, "CONFIRMED", now);
  return absl::OkStatus();
}

absl::Status Object(Order& order, const ObjectOrderRequest& request, absl::Time now) {
  RETURN_IF_ERROR(Check(order, OrderMove::kObject));
  order.set_objection(request.objection());
  Go(order, OrderMove::kObject, "OBJECTED", now);
  return absl::OkStatus();
}

absl::Status Decide(Order& order, const DecideObjectionRequest& request, absl::string_view task,
                    absl::Time now) {
  const OrderMove move = request.again() ? OrderMove::kDoAgain : OrderMove::kDismiss;
  RETURN_IF_ERROR(Check(order, move));
  if (!request.again()) {
    order.set_decision(request.decision());
    Go(order, move, "OBJECTION_DISMISSED", now);
    return absl::OkStatus();
  }
  const OrderAssignee assignee =
      request.assignee() == ORDER_ASSIGNEE_UNSPECIFIED ? order.assignee() : request.assignee();
  if (OpensCase(assignee) || assignee == ORDER_ASSIGNEE_UNSPECIFIED) {
    return error::InvalidField("assignee", "say who is to do it again; a case does not do it");
  }
  order.set_decision(request.decision());
  GiveTo(order, assignee, task, now);
  *order.mutable_due_time() = ToProto(DueOf(order, now));
  order.clear_extended();
  Go(order, move, "TO_BE_DONE_AGAIN", now);
  return absl::OkStatus();
}

absl::Status Return(Order& order, const ReturnOrderRequest& request, absl::Time now) {
  RETURN_IF_ERROR(Check(order, OrderMove::kReturn));
  RETURN_IF_ERROR(CheckNoCase(order));
  if (ComesFromOutside(request.reason())) {
    return error::InvalidField("reason", "is not given by a caller");
  }
  if ((request.reason() == RETURN_REASON_NOT_OURS) != !request.contract_clause().empty()) {
    return error::InvalidField("contract_clause", "is required with NOT_OURS, and only then");
  }
  OrderState to = *Next(order.state(), OrderMove::kReturn);
  if (order.state() == ORDER_STATE_IN_PROGRESS && IsStewards(order)) to = ORDER_STATE_ACCEPTED;
  if (to == ORDER_STATE_ACCEPTED) TakeFromAssignee(order);
  if (to == ORDER_STATE_PLACED) order.clear_steward();
  order.set_return_reason(request.reason());
  order.set_contract_clause(request.contract_clause());
  GoTo(order, to, "RETURNED", ReasonCode(request.reason()), now);
  return absl::OkStatus();
}

absl::Status Transfer(Order& order, const TransferOrderRequest& request, absl::string_view task,
                      absl::Time now) {
  RETURN_IF_ERROR(Check(order, OrderMove::kTransfer));
  RETURN_IF_ERROR(CheckNoCase(order));
  if (order.state() == ORDER_STATE_ACCEPTED) {
    if (request.steward().subject().empty()) return error::InvalidField("steward.subject", "is required");
    *order.mutable_steward() = request.steward();
    Go(order, OrderMove::kTransfer, "TRANSFERRED", now);
    return absl::OkStatus();
  }
  const OrderAssignee to = request.assignee();
  if (to == ORDER_ASSIGNEE_UNSPECIFIED || OpensCase(to) || to == order.assignee()) {
    return error::InvalidField("assignee", "is somebody else, and no case");
  }
  GiveTo(order, to, task, now);
  Go(order, OrderMove::kTransfer, "TRANSFERRED", now);
  return absl::OkStatus();
}

absl::Status Extend(Order& order, const ExtendOrderRequest& request, absl::Time now) {
  RETURN_IF_ERROR(Check(order, OrderMove::kExtend));
  RETURN_IF_ERROR(CheckNoCase(order));
  if (order.extended()) return error::Precondition("ORDER_EXTENDED", "it was extended once already");
  const absl::Time due = FromProto(request.due_time());
  if (due <= FromProto(order.due_time()) || due <= now) {
    return error::InvalidField("due_time", "is after the one so far, and ahead");
  }
  *order.mutable_due_time() = request.due_time();
  order.set_extended(true);
  // Before the order is dispatched another clock runs, which an extension does not touch.
  if (order.state() != ORDER_STATE_ACCEPTED) StartClock(order, now);
  Note(order, "EXTENDED", request.reason_code(), now);
  return absl::OkStatus();
}

absl::Status Cancel(Order& order, CancelReason reason, absl::Time now) {
  RETURN_IF_ERROR(Check(order, OrderMove::kCancel));
  RETURN_IF_ERROR(CheckNoCase(order));
  Go(order, OrderMove::kCancel, "CANCELLED", now,
     absl::StripPrefix(CancelReason_Name(reason), "CANCEL_REASON_"));
  return absl::OkStatus();
}

void Recall(Order& order, absl::Time now) {
  if (Next(order.state(), OrderMove::kCancel).has_value() && !IsWithCase(order)) {
    Go(order, OrderMove::kCancel, "CANCELLED", now, "RECALLED");
  } else {
    Note(order, "RECALLED", "", now);
  }
  order.clear_text();
  order.clear_resident();
}

absl::Status FollowTask(Order& order, bool done, absl::Time now) {
  const OrderMove move = done ? OrderMove::kTaskDone : OrderMove::kTaskReturned;
  RETURN_IF_ERROR(Check(order, move));
  if (done) {
    *order.mutable_done_time() = ToProto(now);
    Go(order, move, "TASK_DONE", now);
    return absl::OkStatus();
  }
  TakeFromAssignee(order);
  order.set_return_reason(RETURN_REASON_TASK_RETURNED);
  Go(order, move, "RETURNED", now, ReasonCode(RETURN_REASON_TASK_RETURNED));
  return absl::OkStatus();
}

absl::Status FollowCase(Order& order, bool kept, ReturnReason reason, absl::Time now) {
  const OrderMove move = kept ? OrderMove::kCaseDone : OrderMove::kCaseOver;
  RETURN_IF_ERROR(Check(order, move));
  if (kept) {
    *order.mutable_done_time() = ToProto(now);
    Go(order, move, "CASE_CLOSED", now);
    return absl::OkStatus();
  }
  TakeFromAssignee(order);
  order.set_return_reason(reason);
  Go(order, move, "RETURNED", now, ReasonCode(reason));
  return absl::OkStatus();
}

absl::Status Lapse(Order& order, absl::Time now) {
  const OrderClock clock = order.clock();
  if (clock == ORDER_CLOCK_CONFIRM) {
    RETURN_IF_ERROR(Check(order, OrderMove::kSilence));
    order.set_unconfirmed(true);
    Go(order, OrderMove::kSilence, "CLOSED_BY_SILENCE", now);
    return absl::OkStatus();
  }
  if (clock == ORDER_CLOCK_UNSPECIFIED) return WrongState(order);
  order.set_level(Above(order.level()));
  ClockLapse* lapse = order.add_lapses();
  lapse->set_clock(clock);
  lapse->set_level(order.level());
  *lapse->mutable_lapse_time() = ToProto(now);
  Note(order, "CLOCK_LAPSED", absl::StripPrefix(OrderClock_Name(clock), "ORDER_CLOCK_"), now);
  if (order.level() == ORDER_LEVEL_COMMUNITY) {
    StopClock(order);  // nobody is above
    return absl::OkStatus();
  }
  const absl::Time again = clock == ORDER_CLOCK_DO ? calendar::Calendar::InForce().AddDutyTime(now, kLateDuty)
                                                   : TermOf(order, clock, now);
  *order.mutable_clock_time() = ToProto(again);
  return absl::OkStatus();
}

}  // namespace firstfloor::deliberation::rules
