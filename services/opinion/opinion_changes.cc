#include "services/opinion/opinion_changes.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/program/house.h"
#include "services/opinion/confinement.h"
#include "services/opinion/opinion_clock.h"
#include "services/opinion/opinion_events.h"

namespace firstfloor::opinion {

using clock::Deadline;
using v1::Opinion;

absl::Status OpinionChanges::SetTimers(db::Transaction& tx, const events::Origin& origin,
                                       const Opinion& before, const Opinion& after) const {
  const std::vector<Deadline> old_deadlines =
      before.name().empty() ? std::vector<Deadline>() : clock::Deadlines(before);
  const std::vector<Deadline> new_deadlines = clock::Deadlines(after);
  for (const Deadline& deadline : old_deadlines) {
    const bool stays = std::any_of(new_deadlines.begin(), new_deadlines.end(),
                                   [&](const Deadline& other) { return other.kind == deadline.kind; });
    if (!stays) RETURN_IF_ERROR(timers::Clear(tx, after.name(), deadline.kind));
  }
  std::vector<timers::Timer> timers;
  for (const Deadline& deadline : new_deadlines) {
    const bool set = before.area() == after.area() &&
                     std::find(old_deadlines.begin(), old_deadlines.end(), deadline) != old_deadlines.end();
    if (!set) timers.push_back({after.name(), deadline.kind, after.area(), deadline.time, origin.back_dated});
  }
  return timers::SetAll(tx, timers);
}

absl::Status OpinionChanges::Insert(db::Transaction& tx, const events::Origin& origin,
                                    rules::Change& change) const {
  return Insert(tx, origin, change, extracts_.extractor().OfText(change.opinion.text()));
}

absl::Status OpinionChanges::Insert(db::Transaction& tx, const events::Origin& origin, rules::Change& change,
                                    const Extract& text) const {
  RETURN_IF_ERROR(opinions_.table().InsertLater(tx, change.opinion, origin));
  RETURN_IF_ERROR(extracts_.Keep(tx, change.opinion, text));
  RETURN_IF_ERROR(Tell(tx, origin, change));
  return SetTimers(tx, origin, Opinion(), change.opinion);
}

absl::Status OpinionChanges::Save(db::Transaction& tx, const events::Origin& origin, const Opinion& before,
                                  rules::Change& change) const {
  RETURN_IF_ERROR(opinions_.table().Save(tx, change.opinion, origin));
  RETURN_IF_ERROR(Tell(tx, origin, change));
  RETURN_IF_ERROR(SetTimers(tx, origin, before, change.opinion));
  const bool confined = confinement::IsConfined(change.opinion);
  if (confined && !confinement::IsConfined(before)) {
    RETURN_IF_ERROR(extracts_.Drop(tx, change.opinion.name()));
  } else if (!confined && confinement::IsConfined(before)) {
    RETURN_IF_ERROR(
        extracts_.KeepUnlessKept(tx, change.opinion, extracts_.extractor().OfText(change.opinion.text())));
  }
  house_.DropRow(tx, change.opinion.name());
  return absl::OkStatus();
}

absl::Status OpinionChanges::Tell(db::Transaction& tx, const events::Origin& origin,
                                  const rules::Change& change) const {
  int ordinal = 0;
  for (const events::v1::OpinionEvent& step : change.steps) {
    RETURN_IF_ERROR(house_.environment().log->Append(tx, origin, EventOf(change.opinion, step, ordinal++)));
  }
  return absl::OkStatus();
}

absl::Status OpinionChanges::Fire(db::Transaction& tx, const timers::Timer& timer,
                                  const events::Origin& origin) const {
  const absl::StatusOr<Opinion> opinion = opinions_.table().Lock(tx, timer.subject);
  if (absl::IsNotFound(opinion.status())) return absl::OkStatus();
  RETURN_IF_ERROR(opinion.status());
  const events::Origin when = events::NotBefore(origin, calendar::FromProto(opinion->update_time()));
  std::optional<rules::Change> change = rules::Lapse(*opinion, timer.kind, when.occur_time);
  if (!change) return absl::OkStatus();
  return Save(tx, when, *opinion, *change);
}

}  // namespace firstfloor::opinion
