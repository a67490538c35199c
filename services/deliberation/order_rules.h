// What may happen to an order, and what follows: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_RULES_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/auth/identity.h"
#include "firstfloor/deliberation/v1/order.pb.h"
#include "firstfloor/deliberation/v1/order_service.pb.h"

namespace firstfloor::deliberation::rules {

// ---- the clocks of the three orders: every term stands here ----
inline constexpr absl::Duration kAcceptDuty = absl::Hours(4);    // duty time, from placing
inline constexpr absl::Duration kDispatchDuty = absl::Hours(8);  // duty time, from acceptance
inline constexpr absl::Duration kLateDuty = absl::Hours(7);      // duty time to the next level once late
inline constexpr absl::Duration kSilence = absl::Hours(7 * 24);  // from DONE, then closed unconfirmed
// Working days in which an order of `need` is to be done where no time was wanted. The longest prefix at an
// underscore counts; the default for an unknown need.
int WorkdaysToDo(absl::string_view need);

enum class OrderMove {
  kAccept,
  kSettle,
  kDispatch,
  kStart,
  kComplete,
  kConfirm,
  kObject,
  kDoAgain,
  kDismiss,
  kReturn,
  kTransfer,
  kExtend,
  kCancel,
  kSilence,
  kTaskDone,
  kTaskReturned,
  kCaseDone,
  kCaseOver,
};
// The state that `move` leads to from `from`; nullopt if it is not allowed. What a steward has alone is
// returned to ACCEPTED instead.
std::optional<v1::OrderState> Next(v1::OrderState from, OrderMove move);
// The states that some move leads to from `from`. Empty for final states.
std::vector<v1::OrderState> AllowedMoves(v1::OrderState from);

// Each of the following carries a move out on `order`: state, fields, clock, timeline. FAILED_PRECONDITION,
// reason ORDER_WRONG_STATE, if the state does not allow it; `order` is unchanged after any error.

// The order as placed at `now` by `caller`. INVALID_ARGUMENT when the wanted time is past, or when whoever is
// no resident there does not say on whose behalf.
absl::StatusOr<v1::Order> Place(const v1::PlaceOrderRequest& request, const auth::Identity& caller,
                                absl::Time now);
// Makes `order` (area, need, texts and persons set) a placed one; for Place and for orders from opinions.
void Begin(v1::Order& order, absl::Time now);

// FAILED_PRECONDITION, reason ORDER_TAKEN, metadata "actor_kind", if somebody has it.
absl::Status Accept(v1::Order& order, const type::v1::Person& steward, absl::Time now);
absl::Status Settle(v1::Order& order, absl::Time now);
// `name` is of the task or of the case, as `assignee` has it; "" for others.
absl::Status Dispatch(v1::Order& order, v1::OrderAssignee assignee, absl::string_view name, absl::Time now);
absl::Status Start(v1::Order& order, absl::Time now);
absl::Status Complete(v1::Order& order, const v1::CompleteOrderRequest& request, absl::Time now);
absl::Status Confirm(v1::Order& order, const v1::ConfirmOrderRequest& request, absl::Time now);
absl::Status Object(v1::Order& order, const v1::ObjectOrderRequest& request, absl::Time now);
// `task` is the name for a new task, used if volunteers are to do it again.
absl::Status Decide(v1::Order& order, const v1::DecideObjectionRequest& request, absl::string_view task,
                    absl::Time now);
absl::Status Return(v1::Order& order, const v1::ReturnOrderRequest& request, absl::Time now);
// `task` as in Decide.
absl::Status Transfer(v1::Order& order, const v1::TransferOrderRequest& request, absl::string_view task,
                      absl::Time now);
absl::Status Extend(v1::Order& order, const v1::ExtendOrderRequest& request, absl::Time now);
absl::Status Cancel(v1::Order& order, v1::CancelReason reason, absl::Time now);
// The opinion that it came from was taken back, and with it what was said there and by whom; what can still
// be cancelled is.
void Recall(v1::Order& order, absl::Time now);
// The task that it became is done, or was returned.
absl::Status FollowTask(v1::Order& order, bool done, absl::Time now);
// The case that it became was closed (kept), or ended otherwise with `reason`.
absl::Status FollowCase(v1::Order& order, bool kept, v1::ReturnReason reason, absl::Time now);

// The running clock has run out at `now`: the confirmation's closes the order; the others tell the next level
// and start again until the community has been told.
absl::Status Lapse(v1::Order& order, absl::Time now);

// A case is open for it, which decides what happens next.
bool IsWithCase(const v1::Order& order);
// It is over.
bool IsOver(const v1::Order& order);
// By whom it may be worked on: the steward who has it alone (or has not passed it on yet).
bool IsStewards(const v1::Order& order);

// A post as far as it is known here.
struct KnownPost {
  std::string name;
  std::string area;
  std::string role;  // "STEWARD"
  bool vacant = false;
  bool deputised = false;
};
// Names of the roles of posts that act at `level`.
std::vector<std::string> RolesOf(v1::OrderLevel level);
// Who is to take the next step: the order's level, or a higher one where the posts of it that cover the order
// are all vacant. `posts`: those covering the order's area, the nearest first.
v1::Responsible ResponsibleFor(const v1::Order& order, const std::vector<KnownPost>& posts);

}  // namespace firstfloor::deliberation::rules

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_RULES_H_
