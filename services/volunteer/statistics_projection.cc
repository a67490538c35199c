#include "services/volunteer/statistics_projection.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::volunteer {
namespace {

using events::v1::Event;
using events::v1::VolunteerEvent;
using statistics::Series;

constexpr char kActive[] = "ACTIVE";

constexpr FigureKey kFigures[] = {
    {"volunteers.active", "", true},
    {"volunteers.by_kind", "kind", true},
    {"projects.proposed", "field", false},
    {"projects.published", "field", false},
    {"projects.claimed", "field", false},
    {"projects.in_progress", "field", false},
    {"projects.completed", "field", false},
    {"projects.abandoned", "field", false},
    {"activities.open", "kind", false},
    {"activities.in_progress", "kind", false},
    {"activities.done", "kind", false},
    {"activities.cancelled", "kind", false},
    {"beneficiaries.projects", "field", false},
    {"beneficiaries.activities", "kind", false},
    {"sign_ups.signed_up", "", false},
    {"sign_ups.waitlisted", "", false},
    {"sign_ups.withdrawn", "", false},
    {"sign_ups.checked_in", "", false},
    {"sign_ups.checked_out", "", false},
    {"sign_ups.no_show", "", false},
    {"tasks.open", "", false},
    {"tasks.offered", "", false},
    {"tasks.assigned", "", false},
    {"tasks.in_progress", "", false},
    {"tasks.done", "", false},
    {"tasks.returned", "", false},
};

// Adds to figures of one event's area and time.
class Tally {
 public:
  Tally(const Event& event, statistics::Deltas& deltas)
      : area_(event.area()), time_(calendar::FromProto(event.occur_time())), deltas_(deltas) {}

  void Add(const std::string& series, int64_t delta = 1) { deltas_.Add(area_, time_, series, delta); }

 private:
  const std::string& area_;
  const absl::Time time_;
  statistics::Deltas& deltas_;
};

// "projects.claimed" for a change to CLAIMED.
std::string Reached(absl::string_view what, const VolunteerEvent& change) {
  return absl::StrCat(what, ".", absl::AsciiStrToLower(change.to()));
}

void CountVolunteer(const VolunteerEvent& change, Tally& tally) {
  const bool was = change.from() == kActive;
  const bool is = change.to() == kActive;
  if (was != is) tally.Add("volunteers.active", is ? 1 : -1);
  const auto& changed = change.volunteer_changed();
  if (was) {
    for (const std::string& kind : changed.previous_kinds()) {
      tally.Add(Series("volunteers.by_kind", {{"kind", kind}}), -1);
    }
  }
  if (is) {
    for (const std::string& kind : changed.kinds()) {
      tally.Add(Series("volunteers.by_kind", {{"kind", kind}}));
    }
  }
}

void CountProject(const VolunteerEvent& change, Tally& tally) {
  if (change.from() == change.to()) return;
  tally.Add(Series(Reached("projects", change), {{"field", change.field()}}));
  if (change.to() != "COMPLETED") return;
  tally.Add(Series("beneficiaries.projects", {{"field", change.field()}}),
            change.project_moved().beneficiaries());
}

void CountActivity(const VolunteerEvent& change, Tally& tally) {
  if (change.from() == change.to()) return;
  tally.Add(Series(Reached("activities", change), {{"kind", change.field()}}));
  if (change.to() != "DONE") return;
  tally.Add(Series("beneficiaries.activities", {{"kind", change.field()}}),
            change.activity_moved().beneficiaries());
}

}  // namespace

absl::Span<const FigureKey> FigureKeys() { return kFigures; }

void Count(const Event& event, statistics::Deltas& deltas) {
  Tally tally(event, deltas);
  const VolunteerEvent& change = event.volunteer();
  switch (change.change_case()) {
    case VolunteerEvent::kVolunteerChanged:
      return CountVolunteer(change, tally);
    case VolunteerEvent::kProjectMoved:
      return CountProject(change, tally);
    case VolunteerEvent::kActivityScheduled:
    case VolunteerEvent::kActivityMoved:
      return CountActivity(change, tally);
    case VolunteerEvent::kSignUpChanged:
      return tally.Add(Reached("sign_ups", change));
    case VolunteerEvent::kTaskMoved:
    case VolunteerEvent::kTaskClosed:
      // A task that is open again was counted when it was opened.
      if (change.to() != "OPEN" || change.from().empty()) tally.Add(Reached("tasks", change));
      return;
    case VolunteerEvent::kPostChanged:
    case VolunteerEvent::CHANGE_NOT_SET:
      return;
  }
}

events::Effect StatisticsEffect() {
  return {.apply_batch =
              [](db::Transaction& tx, absl::Span<const Event* const> events) {
                statistics::Deltas deltas;
                for (const Event* event : events) Count(*event, deltas);
                return deltas.empty() ? absl::OkStatus() : deltas.Write(tx);
              },
          .gather = statistics::kGather,
          .batch = 256,
          .payloads = {"volunteer"}};
}

}  // namespace firstfloor::volunteer
