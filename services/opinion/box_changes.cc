#include "services/opinion/box_changes.h"

#include <optional>
#include <utility>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/about.h"
#include "common/events/log.h"
#include "common/program/house.h"
#include "services/opinion/opinion_view.h"

namespace firstfloor::opinion {
namespace {

using events::v1::OpinionEvent;
using v1::Box;
using v1::BoxOpening;

template <typename R>
events::v1::Event EventOf(const R& row, OpinionEvent what) {
  events::v1::Event event = events::About(row);
  *event.mutable_opinion() = std::move(what);
  return event;
}

OpinionEvent Amended(const std::vector<std::string>& fields) {
  OpinionEvent event;
  event.mutable_box_amended()->mutable_fields()->Add(fields.begin(), fields.end());
  return event;
}

absl::Status NotOpen() {
  return error::Precondition("BOX_OPENING_NOT_OPEN", "the opening that is named takes no slips");
}

}  // namespace

absl::Status BoxChanges::SetTimer(db::Transaction& tx, const events::Origin& origin, const Box& box) const {
  return timers::Set(tx, {box.name(), std::string(box_rules::kReminder), box.area(),
                          box_rules::ReminderTime(box), origin.back_dated});
}

absl::Status BoxChanges::Save(db::Transaction& tx, const events::Origin& origin, Box& box,
                              OpinionEvent what) const {
  RETURN_IF_ERROR(store_.boxes().Save(tx, box, origin));
  return house_.environment().log->Append(tx, origin, EventOf(box, std::move(what)));
}

absl::Status BoxChanges::Save(db::Transaction& tx, const events::Origin& origin, BoxOpening& opening,
                              OpinionEvent what) const {
  RETURN_IF_ERROR(store_.openings().Save(tx, opening, origin));
  return house_.environment().log->Append(tx, origin, EventOf(opening, std::move(what)));
}

absl::Status BoxChanges::Hang(db::Transaction& tx, const events::Origin& origin, Box& box) const {
  RETURN_IF_ERROR(store_.boxes().Insert(tx, box, origin));
  RETURN_IF_ERROR(SetTimer(tx, origin, box));
  OpinionEvent event;
  *event.mutable_box_hung()->mutable_due_time() = box.due_time();
  return house_.environment().log->Append(tx, origin, EventOf(box, std::move(event)));
}

absl::Status BoxChanges::Amend(db::Transaction& tx, const events::Origin& origin, Box& box,
                               const std::vector<std::string>& fields) const {
  RETURN_IF_ERROR(Save(tx, origin, box, Amended(fields)));
  return SetTimer(tx, origin, box);
}

absl::Status BoxChanges::Retire(db::Transaction& tx, const events::Origin& origin, Box& box) const {
  OpinionEvent event;
  event.mutable_box_retired();
  RETURN_IF_ERROR(Save(tx, origin, box, std::move(event)));
  return timers::Clear(tx, box.name(), box_rules::kReminder);
}

absl::Status BoxChanges::Open(db::Transaction& tx, const events::Origin& origin,
                              box_rules::Emptied& opened) const {
  RETURN_IF_ERROR(Amend(tx, origin, opened.box, {"opening", "last_opening_time", "due_time"}));
  RETURN_IF_ERROR(store_.openings().Insert(tx, opened.opening, origin));
  OpinionEvent event;
  auto* told = event.mutable_box_opened();
  told->set_box(opened.box.name());
  for (const v1::BoxWitness& witness : opened.opening.witnesses()) told->add_slips(witness.slips());
  return house_.environment().log->Append(tx, origin, EventOf(opened.opening, std::move(event)));
}

absl::Status BoxChanges::Recount(db::Transaction& tx, const events::Origin& origin,
                                 BoxOpening& opening) const {
  OpinionEvent event;
  auto* told = event.mutable_box_recounted();
  for (const v1::BoxWitness& witness : opening.witnesses()) told->add_slips(witness.slips());
  return Save(tx, origin, opening, std::move(event));
}

absl::Status BoxChanges::Complete(db::Transaction& tx, const events::Origin& origin,
                                  box_rules::Emptied& emptied) const {
  RETURN_IF_ERROR(Save(tx, origin, emptied.box, Amended({"opening"})));
  OpinionEvent event;
  event.mutable_box_opening_completed()->set_box(emptied.box.name());
  event.mutable_box_opening_completed()->set_slips(emptied.opening.slips_entered());
  return Save(tx, origin, emptied.opening, std::move(event));
}

absl::Status BoxChanges::EnterSlip(db::Transaction& tx, const events::Origin& origin,
                                   const auth::Identity& caller, absl::string_view opening) const {
  const absl::StatusOr<BoxOpening> before = store_.openings().Lock(tx, opening);
  if (absl::IsNotFound(before.status())) return NotOpen();
  RETURN_IF_ERROR(before.status());
  if (!view::HandlesArea(caller, before->area()) || before->state() != v1::BOX_OPENING_STATE_OPEN) {
    return NotOpen();
  }
  ASSIGN_OR_RETURN(BoxOpening entered, box_rules::EnterSlip(*before));
  OpinionEvent event;
  event.mutable_box_slip_entered()->set_slips_entered(entered.slips_entered());
  return Save(tx, origin, entered, std::move(event));
}

absl::Status BoxChanges::Fire(db::Transaction& tx, const timers::Timer& timer,
                              const events::Origin& origin) const {
  const absl::StatusOr<Box> box = store_.boxes().Lock(tx, timer.subject);
  if (absl::IsNotFound(box.status())) return absl::OkStatus();
  RETURN_IF_ERROR(box.status());
  const events::Origin when = events::NotBefore(origin, calendar::FromProto(box->update_time()));
  std::optional<Box> reminded = box_rules::Remind(*box, when.occur_time);
  if (!reminded) return absl::OkStatus();  // it was opened
  OpinionEvent event;
  *event.mutable_box_overdue()->mutable_due_time() = box->due_time();
  event.mutable_box_overdue()->set_reminders(reminded->reminders());
  RETURN_IF_ERROR(Save(tx, when, *reminded, std::move(event)));
  return SetTimer(tx, when, *reminded);
}

}  // namespace firstfloor::opinion
