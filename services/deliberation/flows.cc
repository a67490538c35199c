#include "services/deliberation/flows.h"

#include <string>

#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/program/house.h"
#include "common/rpc/peers.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "services/deliberation/flow_rules.h"
#include "services/deliberation/order_rules.h"
#include "services/deliberation/order_store.h"

namespace firstfloor::deliberation {
namespace {

using events::v1::Event;

constexpr absl::Duration kPatience = absl::Seconds(5);  // with a peer's answer

events::Origin OriginOf(const Event& event) {
  return {.subject = "deliberation",
          .by_service = true,
          .on_behalf_of = "",
          .occur_time = calendar::FromProto(event.occur_time()),
          .record_time = absl::Now(),
          .back_dated = event.back_dated(),
          .traceparent = event.traceparent()};
}

absl::StatusOr<std::string> AskForOpinion(rpc::Peers& peers, const Event& event) {
  opinion::v1::GetOpinionRequest request;
  request.set_name(event.subject());
  opinion::v1::Opinion opinion;
  const absl::Status asked = peers.Ask("opinion", "firstfloor.opinion.v1.OpinionService.GetOpinion", request,
                                       opinion, absl::Now() + kPatience, event.traceparent());
  // Taken back meanwhile: nothing is made of it here.
  if (error::ReasonOf(asked) == "OPINION_CONFINED") return std::string();
  RETURN_IF_ERROR(asked);
  return opinion.SerializeAsString();
}

absl::Status FollowRecall(const Orders& orders, const Cases& cases, db::Transaction& tx, const Event& event) {
  const events::v1::OpinionRecalled& recalled = event.opinion().recalled();
  const events::Origin origin = OriginOf(event);
  if (!recalled.case_().empty()) RETURN_IF_ERROR(cases.Recall(tx, origin, recalled.case_()));
  if (recalled.order().empty()) return absl::OkStatus();
  const absl::StatusOr<v1::Order> order = orders.table().Lock(tx, recalled.order());
  if (absl::IsNotFound(order.status())) return absl::OkStatus();
  if (!order.ok()) return order.status();
  // The case that it became gives it back first.
  if (!order->case_().empty()) RETURN_IF_ERROR(cases.Recall(tx, origin, order->case_()));
  return orders.Recall(tx, origin, recalled.order());
}

absl::Status FollowPost(db::Transaction& tx, const Event& event) {
  if (event.volunteer().to() == "ENDED") return ForgetPost(tx, event.subject());
  const events::v1::PostChanged& change = event.volunteer().post_changed();
  return KeepPost(tx, {.name = event.subject(),
                       .area = event.area(),
                       .role = change.role(),
                       .vacant = change.vacant(),
                       .deputised = change.deputised()});
}

}  // namespace

absl::Status FollowOpinion(const Orders& orders, const Cases& cases, db::Transaction& tx, const Event& event,
                           const std::string& prepared) {
  if (event.opinion().has_recalled()) return FollowRecall(orders, cases, tx, event);
  if (prepared.empty()) return absl::OkStatus();
  opinion::v1::Opinion opinion;
  if (!opinion.ParseFromString(prepared)) {
    return error::Make(absl::StatusCode::kDataLoss, "OPINION_UNREADABLE", "the opinion cannot be read");
  }
  events::Origin origin = OriginOf(event);
  origin.on_behalf_of = opinion.reporter().subject();
  if (event.opinion().has_escalated()) {
    const events::v1::OpinionEscalated& escalated = event.opinion().escalated();
    v1::Case matter = rules::CaseFrom(opinion, escalated.case_(), escalated.case_kind(), origin.occur_time);
    return cases.Add(tx, origin, matter);
  }
  v1::Order order = rules::OrderFrom(opinion, event.opinion().dispatched().order(), origin.occur_time);
  return orders.Add(tx, origin, order);
}

absl::Status FollowVolunteer(const Orders& orders, db::Transaction& tx, const Event& event) {
  if (event.volunteer().has_post_changed()) return FollowPost(tx, event);
  const events::v1::TaskClosed& closed = event.volunteer().task_closed();
  return orders.FollowTask(tx, OriginOf(event), closed.order(), event.subject(), closed.done());
}

void AddFlows(program::House& house, const Orders& orders, const Cases& cases) {
  rpc::Peers* peers = house.environment().peers;
  house.AddReader(
      "deliberation/opinion", "opinion",
      {.concerns =
           [](const Event& e) {
             return e.opinion().has_escalated() || e.opinion().has_dispatched() || e.opinion().has_recalled();
           },
       .prepare = [peers](const Event& event) -> absl::StatusOr<std::string> {
         if (event.opinion().has_recalled()) return std::string();
         return AskForOpinion(*peers, event);
       },
       .apply =
           [&orders, &cases](db::Transaction& tx, const Event& event, const std::string& prepared) {
             return FollowOpinion(orders, cases, tx, event, prepared);
           },
       .payloads = {"opinion"}});
  house.AddReader("deliberation/volunteer", "volunteer",
                  {.concerns =
                       [](const Event& e) {
                         return e.volunteer().has_post_changed() ||
                                !e.volunteer().task_closed().order().empty();
                       },
                   .apply = [&orders](db::Transaction& tx, const Event& event,
                                      const std::string&) { return FollowVolunteer(orders, tx, event); },
                   .payloads = {"volunteer"}});
}

}  // namespace firstfloor::deliberation
