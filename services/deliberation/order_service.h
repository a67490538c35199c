// Handlers of OrderService.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_SERVICE_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_SERVICE_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/rpc/service.h"
#include "firstfloor/deliberation/v1/order_service.pb.h"
#include "services/deliberation/cases.h"
#include "services/deliberation/orders.h"

namespace firstfloor::deliberation {

class OrderHandlers {
 public:
  OrderHandlers(program::House& house, const Orders& orders, const Cases& cases)
      : house_(house), orders_(orders), cases_(cases) {}
  void Register(rpc::Service& service);

  absl::StatusOr<v1::Order> Place(rpc::Call& call, db::Transaction& tx, const v1::PlaceOrderRequest& request);
  absl::StatusOr<v1::Order> Get(rpc::Call& call, const v1::GetOrderRequest& request);
  absl::StatusOr<v1::ListOrdersResponse> List(rpc::Call& call, const v1::ListOrdersRequest& request);
  absl::StatusOr<rpc::StreamFlow> Watch(rpc::Call& call, const v1::WatchOrdersRequest& request,
                                        std::shared_ptr<rpc::ServerStream> stream);
  absl::StatusOr<v1::Order> Accept(rpc::Call& call, db::Transaction& tx,
                                   const v1::AcceptOrderRequest& request);
  absl::StatusOr<v1::Order> Settle(rpc::Call& call, db::Transaction& tx,
                                   const v1::SettleOrderRequest& request);
  absl::StatusOr<v1::Order> Dispatch(rpc::Call& call, db::Transaction& tx,
                                     const v1::DispatchOrderRequest& request);
  absl::StatusOr<v1::Order> Start(rpc::Call& call, db::Transaction& tx, const v1::StartOrderRequest& request);
  absl::StatusOr<v1::Order> Complete(rpc::Call& call, db::Transaction& tx,
                                     const v1::CompleteOrderRequest& request);
  absl::StatusOr<v1::Order> Confirm(rpc::Call& call, db::Transaction& tx,
                                    const v1::ConfirmOrderRequest& request);
  absl::StatusOr<v1::Order> Object(rpc::Call& call, db::Transaction& tx,
                                   const v1::ObjectOrderRequest& request);
  absl::StatusOr<v1::Order> Decide(rpc::Call& call, db::Transaction& tx,
                                   const v1::DecideObjectionRequest& request);
  absl::StatusOr<v1::Order> Return(rpc::Call& call, db::Transaction& tx,
                                   const v1::ReturnOrderRequest& request);
  absl::StatusOr<v1::Order> Transfer(rpc::Call& call, db::Transaction& tx,
                                     const v1::TransferOrderRequest& request);
  absl::StatusOr<v1::Order> Extend(rpc::Call& call, db::Transaction& tx,
                                   const v1::ExtendOrderRequest& request);
  absl::StatusOr<v1::Order> Cancel(rpc::Call& call, db::Transaction& tx,
                                   const v1::CancelOrderRequest& request);

 private:
  // What every change of an order is: lock, access decision, version, `rule`, keep. Answers what the caller
  // may see of it.
  template <typename Request>
  absl::StatusOr<v1::Order> Change(rpc::Call& call, db::Transaction& tx, const Request& request,
                                   absl::FunctionRef<absl::Status(v1::Order&)> rule);
  std::string NewTask(const rpc::Call& call) const;

  program::House& house_;
  const Orders& orders_;
  const Cases& cases_;
};

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_SERVICE_H_
