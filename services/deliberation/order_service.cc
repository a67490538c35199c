#include "services/deliberation/order_service.h"

#include <type_traits>
#include <utility>
#include <vector>

#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/program/house.h"
#include "common/resource/table.h"
#include "common/rpc/page.h"
#include "common/rpc/row.h"
#include "services/deliberation/order_access.h"
#include "services/deliberation/order_rules.h"
#include "services/deliberation/order_watch.h"

namespace firstfloor::deliberation {
namespace {

using v1::Order;

// Methods in which participants stand in for a resident without account, not those who do the work.
template <typename Request>
constexpr bool kIsResidentsWord =
    std::is_same_v<Request, v1::ConfirmOrderRequest> || std::is_same_v<Request, v1::ObjectOrderRequest> ||
    std::is_same_v<Request, v1::CancelOrderRequest>;

template <typename Request>
auth::Standing StandingFor(const auth::Identity& caller, const Order& order) {
  auth::Standing standing = StandingOf(caller, order);
  if constexpr (kIsResidentsWord<Request>) standing.participant = SpeaksForResident(caller, order);
  return standing;
}

}  // namespace

void OrderHandlers::Register(rpc::Service& service) {
  service.Mutation("PlaceOrder", this, &OrderHandlers::Place);
  service.Read("GetOrder", this, &OrderHandlers::Get);
  service.Read("ListOrders", this, &OrderHandlers::List);
  service.Stream("WatchOrders", this, &OrderHandlers::Watch);
  service.Mutation("AcceptOrder", this, &OrderHandlers::Accept);
  service.Mutation("SettleOrder", this, &OrderHandlers::Settle);
  service.Mutation("DispatchOrder", this, &OrderHandlers::Dispatch);
  service.Mutation("StartOrder", this, &OrderHandlers::Start);
  service.Mutation("CompleteOrder", this, &OrderHandlers::Complete);
  service.Mutation("ConfirmOrder", this, &OrderHandlers::Confirm);
  service.Mutation("ObjectOrder", this, &OrderHandlers::Object);
  service.Mutation("DecideObjection", this, &OrderHandlers::Decide);
  service.Mutation("ReturnOrder", this, &OrderHandlers::Return);
  service.Mutation("TransferOrder", this, &OrderHandlers::Transfer);
  service.Mutation("ExtendOrder", this, &OrderHandlers::Extend);
  service.Mutation("CancelOrder", this, &OrderHandlers::Cancel);
}

absl::StatusOr<Order> OrderHandlers::Place(rpc::Call& call, db::Transaction& tx,
                                           const v1::PlaceOrderRequest& request) {
  ASSIGN_OR_RETURN(Order order, rules::Place(request, call.identity(), call.now()));
  order.set_name(resource::NewName("orders", call.origin().record_time));
  RETURN_IF_ERROR(orders_.Add(tx, call.origin(), order));
  return OrderSeenBy(call.identity(), order, request.has_on_behalf_of());
}

absl::StatusOr<Order> OrderHandlers::Get(rpc::Call& call, const v1::GetOrderRequest& request) {
  ASSIGN_OR_RETURN(Order order, rpc::HiddenIfMissing(orders_.table().Load(call.db(), request.name())));
  const auth::Standing standing = StandingOf(call.identity(), order);
  RETURN_IF_ERROR(call.Authorize(order.area(), standing));
  ASSIGN_OR_RETURN(const std::vector<rules::KnownPost> posts, PostsCovering(call.db(), order.area()));
  *order.mutable_responsible() = rules::ResponsibleFor(order, posts);
  if (request.unmask() && !standing.owner) call.RecordPersonalRead(order.name(), order.area());
  return OrderSeenBy(call.identity(), order, request.unmask());
}

absl::StatusOr<v1::ListOrdersResponse> OrderHandlers::List(rpc::Call& call,
                                                           const v1::ListOrdersRequest& request) {
  const bool propertys =
      request.assignee() == v1::ORDER_ASSIGNEE_PROPERTY && call.Holds(api::v1::ROLE_PROPERTY, request.area());
  RETURN_IF_ERROR(call.Authorize(request.area(), {.owner = request.mine(), .participant = propertys}));
  const privacy::Keyring& keyring = *house_.environment().keyring;
  ASSIGN_OR_RETURN(const rpc::Page page, rpc::PageOf(request, keyring));
  std::vector<resource::Condition> conditions;
  if (!request.area().empty()) conditions.push_back(resource::Covered("area", request.area()));
  if (request.mine()) {
    conditions.push_back(resource::Equals("resident", keyring.BlindIndex("subject", call.subject())));
  }
  if (request.assignee() != v1::ORDER_ASSIGNEE_UNSPECIFIED) {
    conditions.push_back(resource::Equals("assignee", request.assignee()));
  }
  if (request.states_size() > 0) {
    conditions.push_back(resource::In("state", {request.states().begin(), request.states().end()}));
  }
  ASSIGN_OR_RETURN(std::vector<Order> rows,
                   orders_.table().List(call.db(), conditions, true, page.after, page.size + 1));
  v1::ListOrdersResponse response;
  response.set_next_page_token(rpc::TakePage(page, rows, keyring));
  for (const Order& row : rows) *response.add_orders() = OrderSeenBy(call.identity(), row, false);
  return response;
}

absl::StatusOr<rpc::StreamFlow> OrderHandlers::Watch(rpc::Call& call, const v1::WatchOrdersRequest& request,
                                                     std::shared_ptr<rpc::ServerStream> stream) {
  RETURN_IF_ERROR(call.Authorize(request.area(), {.owner = request.mine()}));
  return WatchOrders(call, request, orders_.table(), std::move(stream));
}

template <typename Request>
absl::StatusOr<Order> OrderHandlers::Change(rpc::Call& call, db::Transaction& tx, const Request& request,
                                            absl::FunctionRef<absl::Status(Order&)> rule) {
  ASSIGN_OR_RETURN(Order order, rpc::HiddenIfMissing(orders_.table().Lock(tx, request.name())));
  RETURN_IF_ERROR(call.Authorize(order.area(), StandingFor<Request>(call.identity(), order)));
  RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), order));
  const v1::OrderState from = order.state();
  RETURN_IF_ERROR(rule(order));
  RETURN_IF_ERROR(orders_.Keep(tx, call.origin(), from, order));
  return OrderSeenBy(call.identity(), order, false);
}

std::string OrderHandlers::NewTask(const rpc::Call& call) const {
  return resource::NewName("tasks", call.origin().record_time);
}

absl::StatusOr<Order> OrderHandlers::Accept(rpc::Call& call, db::Transaction& tx,
                                            const v1::AcceptOrderRequest& request) {
  return Change(call, tx, request, [&](Order& order) {
    type::v1::Person steward;
    steward.set_subject(call.subject());
    return rules::Accept(order, steward, call.now());
  });
}

absl::StatusOr<Order> OrderHandlers::Settle(rpc::Call& call, db::Transaction& tx,
                                            const v1::SettleOrderRequest& request) {
  return Change(call, tx, request, [&](Order& order) { return rules::Settle(order, call.now()); });
}

absl::StatusOr<Order> OrderHandlers::Dispatch(rpc::Call& call, db::Transaction& tx,
                                              const v1::DispatchOrderRequest& request) {
  return Change(call, tx, request, [&](Order& order) -> absl::Status {
    const bool opens_case = request.assignee() == v1::ORDER_ASSIGNEE_MEDIATION ||
                            request.assignee() == v1::ORDER_ASSIGNEE_CONSULTATION;
    const std::string name =
        opens_case ? resource::NewName("cases", call.origin().record_time) : NewTask(call);
    RETURN_IF_ERROR(rules::Dispatch(order, request.assignee(), name, call.now()));
    return opens_case ? cases_.OpenForOrder(tx, call.origin(), order, request) : absl::OkStatus();
  });
}

absl::StatusOr<Order> OrderHandlers::Start(rpc::Call& call, db::Transaction& tx,
                                           const v1::StartOrderRequest& request) {
  return Change(call, tx, request, [&](Order& order) { return rules::Start(order, call.now()); });
}

absl::StatusOr<Order> OrderHandlers::Complete(rpc::Call& call, db::Transaction& tx,
                                              const v1::CompleteOrderRequest& request) {
  return Change(call, tx, request, [&](Order& order) { return rules::Complete(order, request, call.now()); });
}

absl::StatusOr<Order> OrderHandlers::Confirm(rpc::Call& call, db::Transaction& tx,
                                             const v1::ConfirmOrderRequest& request) {
  return Change(call, tx, request, [&](Order& order) { return rules::Confirm(order, request, call.now()); });
}

absl::StatusOr<Order> OrderHandlers::Object(rpc::Call& call, db::Transaction& tx,
                                            const v1::ObjectOrderRequest& request) {
  return Change(call, tx, request, [&](Order& order) { return rules::Object(order, request, call.now()); });
}

absl::StatusOr<Order> OrderHandlers::Decide(rpc::Call& call, db::Transaction& tx,
                                            const v1::DecideObjectionRequest& request) {
  return Change(call, tx, request,
                [&](Order& order) { return rules::Decide(order, request, NewTask(call), call.now()); });
}

absl::StatusOr<Order> OrderHandlers::Return(rpc::Call& call, db::Transaction& tx,
                                            const v1::ReturnOrderRequest& request) {
  return Change(call, tx, request, [&](Order& order) { return rules::Return(order, request, call.now()); });
}

absl::StatusOr<Order> OrderHandlers::Transfer(rpc::Call& call, db::Transaction& tx,
                                              const v1::TransferOrderRequest& request) {
  return Change(call, tx, request,
                [&](Order& order) { return rules::Transfer(order, request, NewTask(call), call.now()); });
}

absl::StatusOr<Order> OrderHandlers::Extend(rpc::Call& call, db::Transaction& tx,
                                            const v1::ExtendOrderRequest& request) {
  return Change(call, tx, request, [&](Order& order) { return rules::Extend(order, request, call.now()); });
}

absl::StatusOr<Order> OrderHandlers::Cancel(rpc::Call& call, db::Transaction& tx,
                                            const v1::CancelOrderRequest& request) {
  return Change(call, tx, request,
                [&](Order& order) { return rules::Cancel(order, request.reason(), call.now()); });
}

}  // namespace firstfloor::deliberation
