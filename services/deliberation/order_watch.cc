#include "services/deliberation/order_watch.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/area/registry.h"
#include "common/db/transaction.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/privacy/keyring.h"
#include "common/rpc/follow.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::deliberation {
namespace {

using events::v1::Event;

constexpr int kMostOwn = 1000;  // of one's latest orders are watched

// Which changes one watch is about. Used by one thread at a time.
class Interest {
 public:
  explicit Interest(std::string area) : area_(std::move(area)) {}
  // From now on only orders of these names, and new ones by or for this actor.
  void Only(absl::flat_hash_set<std::string> names, std::string actor) {
    own_ = true;
    names_ = std::move(names);
    actor_ = std::move(actor);
  }
  bool Covers(const Event& event) {
    if (!event.has_deliberation() || !absl::StartsWith(event.subject(), "orders/")) return false;
    if (!area_.empty() && !area::Covers(area_, event.area())) return false;
    if (!own_) return true;
    if (event.deliberation().has_order_placed() && IsOwn(event)) names_.insert(event.subject());
    return names_.contains(event.subject());
  }

 private:
  bool IsOwn(const Event& event) const {
    return event.on_behalf_of().empty() ? event.actor() == actor_ : event.on_behalf_of() == actor_;
  }

  const std::string area_;
  bool own_ = false;
  absl::flat_hash_set<std::string> names_;
  std::string actor_;
};

absl::StatusOr<std::shared_ptr<Interest>> InterestOf(rpc::Call& call, const v1::WatchOrdersRequest& request,
                                                     const resource::Table<v1::Order>& orders) {
  auto interest = std::make_shared<Interest>(request.area());
  if (!request.mine()) return interest;
  const std::string index = call.environment().keyring->BlindIndex("subject", call.subject());
  ASSIGN_OR_RETURN(const std::vector<v1::Order> own,
                   orders.List(call.db(), {resource::Equals("resident", index)}, true, "", kMostOwn));
  absl::flat_hash_set<std::string> names;
  for (const v1::Order& order : own) names.insert(order.name());
  ASSIGN_OR_RETURN(std::string actor, db::Run(call.db(), call.deadline(), [&](db::Transaction& tx) {
                     return call.environment().log->ActorOf(tx, call.subject());
                   }));
  interest->Only(std::move(names), std::move(actor));
  return interest;
}

void Tell(const Event& event, v1::WatchOrdersResponse& change) {
  change.set_name(event.subject());
  v1::OrderState state = v1::ORDER_STATE_UNSPECIFIED;
  v1::OrderState_Parse(absl::StrCat("ORDER_STATE_", event.deliberation().to()), &state);
  change.set_state(state);
  change.set_area(event.area());
  change.set_what(event.type().substr(event.type().rfind('.') + 1));
  *change.mutable_change_time() = event.occur_time();
  change.set_etag(absl::StrCat(event.version()));
}

}  // namespace

absl::StatusOr<rpc::StreamFlow> WatchOrders(rpc::Call& call, const v1::WatchOrdersRequest& request,
                                            const resource::Table<v1::Order>& orders,
                                            std::shared_ptr<rpc::ServerStream> stream) {
  ASSIGN_OR_RETURN(rpc::LogPosition after, rpc::PositionOf(call, request.cursor()));
  ASSIGN_OR_RETURN(const std::shared_ptr<Interest> interest, InterestOf(call, request, orders));
  return rpc::Watch<v1::WatchOrdersResponse>(call, stream, std::move(after),
                                             [interest](const Event& event, v1::WatchOrdersResponse& change) {
                                               if (!interest->Covers(event)) return false;
                                               Tell(event, change);
                                               return true;
                                             });
}

}  // namespace firstfloor::deliberation
