#include "services/volunteer/task_flow.h"

#include <algorithm>
#include <vector>

#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/rpc/peers.h"
#include "firstfloor/deliberation/v1/order.pb.h"
#include "firstfloor/deliberation/v1/order_service.pb.h"
#include "services/volunteer/task_rules.h"

namespace firstfloor::volunteer {
namespace {

constexpr int kMostTasksOfOne = 1000;
constexpr absl::Duration kPeerPatience = absl::Seconds(2);
constexpr char kGetOrder[] = "firstfloor.deliberation.v1.OrderService.GetOrder";

bool IsForVolunteers(const events::v1::Event& event) {
  return event.deliberation().has_order_dispatched() &&
         event.deliberation().order_dispatched().assignee() == "VOLUNTEERS";
}

// The order leaves whoever had it: what was its task is nobody's to do any more.
bool TakesBack(const events::v1::Event& event) {
  const events::v1::DeliberationEvent& change = event.deliberation();
  const auto is_somebodys = [](absl::string_view state) {
    return state == "DISPATCHED" || state == "IN_PROGRESS";
  };
  if (change.has_order_cancelled()) return true;
  if (!is_somebodys(change.from())) return false;
  return change.has_order_dispatched() || (change.has_order_moved() && !is_somebodys(change.to()));
}

events::Origin OriginOf(const events::v1::Event& event) {
  events::Origin origin;
  origin.subject = "volunteer";
  origin.by_service = true;
  origin.occur_time = calendar::FromProto(event.occur_time());
  origin.record_time = absl::Now();
  origin.back_dated = event.back_dated();
  origin.traceparent = event.traceparent();
  return origin;
}

v1::Task TaskOf(const events::v1::Event& event, const deliberation::v1::Order& order) {
  const auto& dispatched = event.deliberation().order_dispatched();
  v1::Task task;
  task.set_name(dispatched.task());
  task.set_area(event.area());
  task.set_order(event.subject());
  task.set_need(order.need());
  task.set_text(order.text());
  if (dispatched.has_due_time()) *task.mutable_due_time() = dispatched.due_time();
  return task;
}

}  // namespace

absl::Status SaveTask(const Books& books, db::Transaction& tx, const events::Origin& origin, v1::Task& task,
                      v1::TaskState from) {
  RETURN_IF_ERROR(books.Save(tx, origin, books.stores.tasks, task, from));
  if (!task.has_offer_expire_time()) return timers::Clear(tx, task.name(), kOfferExpires);
  return timers::Set(tx, {.subject = task.name(),
                          .kind = kOfferExpires,
                          .area = task.area(),
                          .due = calendar::FromProto(task.offer_expire_time()),
                          .back_dated = origin.back_dated});
}

absl::Status GiveUpAllTasks(const Books& books, db::Transaction& tx, const events::Origin& origin,
                            absl::string_view volunteer, absl::string_view reason_code) {
  const std::vector<resource::Condition> theirs = {
      resource::Equals("volunteer", IdColumn("volunteers", volunteer)),
      resource::In("state",
                   Numbers({v1::TASK_STATE_OFFERED, v1::TASK_STATE_ASSIGNED, v1::TASK_STATE_IN_PROGRESS}))};
  ASSIGN_OR_RETURN(std::vector<v1::Task> tasks, books.stores.tasks.ListLocked(tx, theirs, kMostTasksOfOne));
  for (const v1::Task& task : tasks) {
    ASSIGN_OR_RETURN(v1::Task given_up, task.state() == v1::TASK_STATE_OFFERED
                                            ? rules::Reopen(task, rules::TaskMove::kDecline)
                                            : rules::ReturnTask(task, reason_code, origin.occur_time));
    RETURN_IF_ERROR(SaveTask(books, tx, origin, given_up, task.state()));
  }
  return absl::OkStatus();
}

events::Effect OrderEffects::Effect() const {
  return {
      .concerns = [](const events::v1::Event& event) { return IsForVolunteers(event) || TakesBack(event); },
      .prepare = [this](const events::v1::Event& event) { return Fetch(event); },
      .apply = [this](db::Transaction& tx, const events::v1::Event& event,
                      const std::string& order) { return Apply(tx, event, order); },
      .payloads = {"deliberation"}};
}

absl::StatusOr<std::string> OrderEffects::Fetch(const events::v1::Event& event) const {
  if (!IsForVolunteers(event)) return "";
  deliberation::v1::GetOrderRequest request;
  request.set_name(event.subject());
  deliberation::v1::Order order;
  RETURN_IF_ERROR(peers_->Ask("deliberation", kGetOrder, request, order, absl::Now() + kPeerPatience,
                              event.traceparent()));
  return order.SerializeAsString();
}

absl::Status OrderEffects::Apply(db::Transaction& tx, const events::v1::Event& event,
                                 const std::string& order) const {
  if (TakesBack(event)) RETURN_IF_ERROR(Return(tx, event));
  return IsForVolunteers(event) ? Open(tx, event, order) : absl::OkStatus();
}

absl::Status OrderEffects::Open(db::Transaction& tx, const events::v1::Event& event,
                                const std::string& order) const {
  deliberation::v1::Order known;
  if (!known.ParseFromString(order)) return absl::InternalError("the order cannot be read");
  const absl::StatusOr<v1::Task> existing = books_.stores.tasks.Load(tx, TaskOf(event, known).name());
  if (existing.ok()) return absl::OkStatus();
  if (!absl::IsNotFound(existing.status())) return existing.status();
  ASSIGN_OR_RETURN(v1::Task task, rules::OpenTask(TaskOf(event, known)));
  return books_.Add(tx, OriginOf(event), books_.stores.tasks, task, v1::TASK_STATE_UNSPECIFIED);
}

absl::Status OrderEffects::Return(db::Transaction& tx, const events::v1::Event& event) const {
  const events::v1::DeliberationEvent& change = event.deliberation();
  const std::string& opens = change.order_dispatched().task();
  const char* reason_code = change.has_order_cancelled() ? "ORDER_CANCELLED" : "ORDER_TAKEN_BACK";
  const std::vector<resource::Condition> its_tasks = {
      resource::Equals("order_id", IdColumn("orders", event.subject()))};
  ASSIGN_OR_RETURN(std::vector<v1::Task> tasks,
                   books_.stores.tasks.ListLocked(tx, its_tasks, kMostTasksOfOne));
  for (const v1::Task& task : tasks) {
    if (!rules::IsOpen(task.state()) || task.name() == opens) continue;
    // The task may have moved after the order did, before this became known here.
    const events::Origin origin = events::NotBefore(OriginOf(event), calendar::FromProto(task.update_time()));
    ASSIGN_OR_RETURN(v1::Task returned, rules::ReturnTask(task, reason_code, origin.occur_time));
    RETURN_IF_ERROR(SaveTask(books_, tx, origin, returned, task.state()));
  }
  return absl::OkStatus();
}

absl::Status FireTaskTimer(const Books& books, db::Transaction& tx, const timers::Timer& timer,
                           const events::Origin& origin) {
  if (timer.kind != kOfferExpires) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Task task, books.stores.tasks.Lock(tx, timer.subject));
  if (task.state() != v1::TASK_STATE_OFFERED) return absl::OkStatus();
  ASSIGN_OR_RETURN(v1::Task open, rules::Reopen(task, rules::TaskMove::kExpire));
  return SaveTask(books, tx, origin, open, task.state());
}

}  // namespace firstfloor::volunteer
