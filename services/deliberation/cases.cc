#include "services/deliberation/cases.h"

#include <algorithm>

#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/program/house.h"
#include "services/deliberation/case_events.h"
#include "services/deliberation/case_rules.h"
#include "services/deliberation/orders.h"

namespace firstfloor::deliberation {
namespace {

using v1::Case;

constexpr char kReview[] = "REVIEW";
constexpr char kObjection[] = "OBJECTION";
constexpr char kReviewDue[] = "REVIEW_DUE";
constexpr char kObjectionOverdue[] = "OBJECTION_OVERDUE";

// When `what` was told last: a deadline up to then is not told again.
absl::Time LastTold(const Case& matter, absl::string_view what) {
  for (auto step = matter.timeline().rbegin(); step != matter.timeline().rend(); ++step) {
    if (step->what() == what) return calendar::FromProto(step->step_time());
  }
  return absl::InfinitePast();
}

// When the next objection that waits is to be answered, of those that were not told to be overdue.
absl::Time ObjectionDue(const Case& matter) {
  const absl::Time after = LastTold(matter, kObjectionOverdue);
  absl::Time next = absl::InfiniteFuture();
  for (const v1::ResolutionObjection& objection : matter.resolution().objections()) {
    const absl::Time due = calendar::FromProto(objection.due_time());
    if (!objection.has_answer_time() && due > after) next = std::min(next, due);
  }
  return next;
}

// When the resolution is to be looked at again, if that was not told.
absl::Time ReviewDue(const Case& matter) {
  if (rules::IsOver(matter) || !matter.resolution().has_review_time()) return absl::InfiniteFuture();
  const absl::Time due = calendar::FromProto(matter.resolution().review_time());
  return due > LastTold(matter, kReviewDue) ? due : absl::InfiniteFuture();
}

}  // namespace

absl::Status Cases::Add(db::Transaction& tx, const events::Origin& origin, Case& matter) const {
  RETURN_IF_ERROR(store_.table().Insert(tx, matter, origin));
  RETURN_IF_ERROR(store_.KeepSides(tx, matter));
  return house_.environment().log->Append(tx, origin, CaseWasOpened(matter));
}

absl::Status Cases::Keep(db::Transaction& tx, const events::Origin& origin, v1::CaseState from,
                         Case& matter) const {
  RETURN_IF_ERROR(store_.table().Save(tx, matter, origin));
  RETURN_IF_ERROR(store_.KeepSides(tx, matter));
  RETURN_IF_ERROR(house_.environment().log->Append(tx, origin, CaseChanged(matter, from)));
  RETURN_IF_ERROR(WindClocks(tx, origin, matter));
  return rules::IsOver(matter) ? orders_.FollowCase(tx, origin, matter) : absl::OkStatus();
}

absl::Status Cases::WindClocks(db::Transaction& tx, const events::Origin& origin, const Case& matter) const {
  RETURN_IF_ERROR(
      timers::Set(tx, {matter.name(), kReview, matter.area(), ReviewDue(matter), origin.back_dated}));
  return timers::Set(tx, {matter.name(), kObjection, matter.area(), ObjectionDue(matter), origin.back_dated});
}

absl::Status Cases::OpenForOrder(db::Transaction& tx, const events::Origin& origin, const v1::Order& order,
                                 const v1::DispatchOrderRequest& request) const {
  const bool mediated = request.assignee() == v1::ORDER_ASSIGNEE_MEDIATION;
  Case matter;
  matter.set_name(order.case_());
  matter.set_area(order.area());
  matter.set_kind(mediated ? v1::CASE_KIND_DISPUTE : v1::CASE_KIND_MATTER);
  matter.set_topic(request.topic().empty() ? order.need() : request.topic());
  matter.set_text(order.text());
  matter.set_stall(order.stall());
  // The opinion, if there is one, is told by the order, which the case comes back to.
  matter.set_order(order.name());
  v1::Side* asking = matter.add_sides();
  *asking->mutable_representative() = order.resident();
  asking->set_asked(true);
  if (request.has_other_side()) {
    matter.set_kind(v1::CASE_KIND_DISPUTE);
    *matter.add_sides()->mutable_representative() = request.other_side();
  }
  rules::Begin(matter, origin.occur_time);
  return Add(tx, origin, matter);
}

absl::Status Cases::Recall(db::Transaction& tx, const events::Origin& origin, absl::string_view name) const {
  absl::StatusOr<Case> matter = store_.table().Lock(tx, name);
  if (absl::IsNotFound(matter.status())) return absl::OkStatus();
  RETURN_IF_ERROR(matter.status());
  const v1::CaseState from = matter->state();
  const events::Origin when = events::NotBefore(origin, calendar::FromProto(matter->update_time()));
  rules::Recall(*matter, when.occur_time);
  return Keep(tx, when, from, *matter);
}

absl::Status Cases::Fire(db::Transaction& tx, const timers::Timer& timer,
                         const events::Origin& origin) const {
  ASSIGN_OR_RETURN(Case matter, store_.table().Lock(tx, timer.subject));
  const bool review = timer.kind == kReview;
  if ((review ? ReviewDue(matter) : ObjectionDue(matter)) > timer.due) return absl::OkStatus();
  const v1::CaseState from = matter.state();
  const events::Origin when = events::NotBefore(origin, calendar::FromProto(matter.update_time()));
  rules::Note(matter, review ? kReviewDue : kObjectionOverdue, when.occur_time);
  return Keep(tx, when, from, matter);
}

}  // namespace firstfloor::deliberation
