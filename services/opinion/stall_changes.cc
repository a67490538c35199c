#include "services/opinion/stall_changes.h"

#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "common/events/about.h"
#include "common/events/log.h"
#include "common/program/house.h"
#include "services/opinion/opinion_changes.h"
#include "services/opinion/stall_rules.h"

namespace firstfloor::opinion {
namespace {

using v1::Stall;

// The event that tells of the state that the stall has come into.
events::v1::Event EventOf(const Stall& stall) {
  events::v1::Event event = events::About(stall);
  event.set_stall(stall.name());
  events::v1::OpinionEvent* payload = event.mutable_opinion();
  switch (stall.state()) {
    case v1::STALL_STATE_OPEN:
      payload->mutable_stall_opened()->set_elsewhere(stall.elsewhere());
      break;
    case v1::STALL_STATE_CLOSED:
    case v1::STALL_STATE_ABNORMAL: {
      auto* closed = payload->mutable_stall_closed();
      closed->set_visitors(stall.visitors());
      closed->set_abnormal(stall.state() == v1::STALL_STATE_ABNORMAL);
      closed->set_campaign(stall.campaign());
      break;
    }
    case v1::STALL_STATE_MISSED:
      payload->mutable_stall_missed()->set_campaign(stall.campaign());
      break;
    case v1::STALL_STATE_CANCELLED:
    case v1::STALL_STATE_MOVED:
      payload->mutable_stall_called_off()->set_replacement(stall.replacement());
      break;
    default:
      *payload->mutable_stall_planned()->mutable_start_time() = stall.window().start_time();
  }
  return event;
}

}  // namespace

absl::Status StallChanges::Tell(db::Transaction& tx, const events::Origin& origin, const Stall& stall) const {
  return house_.environment().log->Append(tx, origin, EventOf(stall));
}

absl::Status StallChanges::Insert(db::Transaction& tx, const events::Origin& origin, Stall& stall) const {
  RETURN_IF_ERROR(stalls_.table().InsertLater(tx, stall, origin));
  RETURN_IF_ERROR(stalls_.Book(tx, stall));
  RETURN_IF_ERROR(SetTimer(tx, stall, origin.back_dated));
  return Tell(tx, origin, stall);
}

absl::Status StallChanges::SetTimer(db::Transaction& tx, const Stall& stall, bool back_dated) const {
  return timers::Set(tx, {stall.name(), std::string(stall_rules::kSelfClose), stall.area(),
                          stall_rules::SelfCloseTime(stall), back_dated});
}

absl::Status StallChanges::Save(db::Transaction& tx, const events::Origin& origin, Stall& stall) const {
  RETURN_IF_ERROR(stalls_.table().Save(tx, stall, origin));
  if (stall.state() == v1::STALL_STATE_OPEN) {
    RETURN_IF_ERROR(stalls_.Seat(tx, stall));
    RETURN_IF_ERROR(SetTimer(tx, stall, origin.back_dated));
  } else {
    RETURN_IF_ERROR(stalls_.Unseat(tx, stall.name()));
    RETURN_IF_ERROR(stalls_.Release(tx, stall.name()));
    RETURN_IF_ERROR(timers::Clear(tx, stall.name(), stall_rules::kSelfClose));
  }
  return Tell(tx, origin, stall);
}

absl::Status StallChanges::Fire(db::Transaction& tx, const timers::Timer& timer,
                                const events::Origin& origin) const {
  const absl::StatusOr<Stall> stall = stalls_.table().Lock(tx, timer.subject);
  if (absl::IsNotFound(stall.status())) return absl::OkStatus();
  RETURN_IF_ERROR(stall.status());
  if (timer.kind == stall_rules::kBook) {
    if (stall_rules::IsOver(*stall)) return absl::OkStatus();
    RETURN_IF_ERROR(stalls_.Book(tx, *stall));
    return SetTimer(tx, *stall, timer.back_dated);
  }
  const events::Origin when = events::NotBefore(origin, calendar::FromProto(stall->update_time()));
  absl::StatusOr<Stall> closed = stall_rules::CloseItself(*stall, when.occur_time);
  if (!closed.ok()) return absl::OkStatus();  // somebody closed it
  return Save(tx, when, *closed);
}

}  // namespace firstfloor::opinion
