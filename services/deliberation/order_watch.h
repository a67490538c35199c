// Live changes of orders, for apps.
#ifndef FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_WATCH_H_
#define FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_WATCH_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/resource/table.h"
#include "common/rpc/service.h"
#include "firstfloor/deliberation/v1/order.pb.h"
#include "firstfloor/deliberation/v1/order_service.pb.h"

namespace firstfloor::deliberation {

// Opens the watch of a caller who may have it. Blocks for a few queries; the stream goes on afterwards.
absl::StatusOr<rpc::StreamFlow> WatchOrders(rpc::Call& call, const v1::WatchOrdersRequest& request,
                                            const resource::Table<v1::Order>& orders,
                                            std::shared_ptr<rpc::ServerStream> stream);

}  // namespace firstfloor::deliberation

#endif  // FIRSTFLOOR_SERVICES_DELIBERATION_ORDER_WATCH_H_
