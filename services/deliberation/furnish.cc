#include "services/deliberation/furnish.h"

#include "absl/strings/match.h"
#include "common/program/house.h"
#include "common/program/operations.h"
#include "firstfloor/deliberation/v1/operations_service.pb.h"
#include "services/deliberation/case_service.h"
#include "services/deliberation/cases.h"
#include "services/deliberation/erasure.h"
#include "services/deliberation/flows.h"
#include "services/deliberation/order_service.h"
#include "services/deliberation/orders.h"
#include "services/deliberation/statistics.h"
#include "services/deliberation/statistics_service.h"

namespace firstfloor::deliberation {
namespace {

struct Furniture {
  explicit Furniture(program::House& house)
      : orders(house),
        cases(house, orders),
        order_handlers(house, orders, cases),
        case_handlers(house, cases),
        operations_handlers(house) {}

  timers::Fire Fire() const {
    return [this](db::Transaction& tx, const timers::Timer& timer, const events::Origin& origin) {
      return absl::StartsWith(timer.subject, "orders/") ? orders.Fire(tx, timer, origin)
                                                        : cases.Fire(tx, timer, origin);
    };
  }

  const Orders orders;
  const Cases cases;
  OrderHandlers order_handlers;
  CaseHandlers case_handlers;
  StatisticsHandlers statistics_handlers;
  program::OperationsHandlers<v1::AdvanceTimersRequest, v1::AdvanceTimersResponse> operations_handlers;
};

}  // namespace

std::shared_ptr<void> Furnish(program::House& house) {
  auto furniture = std::make_shared<Furniture>(house);
  furniture->order_handlers.Register(house.AddService("firstfloor.deliberation.v1.OrderService"));
  furniture->case_handlers.Register(house.AddService("firstfloor.deliberation.v1.CaseService"));
  furniture->statistics_handlers.Register(house.AddService("firstfloor.deliberation.v1.StatisticsService"));
  house.SetErasure(ErasurePlan(furniture->orders, furniture->cases));
  house.SetTimers(furniture->Fire());
  furniture->operations_handlers.Register(house.AddService("firstfloor.deliberation.v1.OperationsService"));
  AddFlows(house, furniture->orders, furniture->cases);
  AddStatistics(house);
  return furniture;
}

}  // namespace firstfloor::deliberation
