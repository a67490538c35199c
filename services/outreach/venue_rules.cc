#include "services/outreach/venue_rules.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/calendar/calendar.h"
#include "common/error/error.h"

namespace firstfloor::outreach::rules {
namespace {

using Interval = std::pair<absl::Time, absl::Time>;

void CheckSpans(const v1::OpenDay& day, const std::string& field, error::Violations& violations) {
  std::vector<std::pair<int, int>> spans;
  for (const v1::OpenSpan& span : day.spans()) {
    if (span.end_minute() <= span.start_minute()) violations.Add(field, "a span must end after it begins");
    spans.emplace_back(span.start_minute(), span.end_minute());
  }
  std::sort(spans.begin(), spans.end());
  for (size_t i = 1; i < spans.size(); ++i) {
    if (spans[i].first < spans[i - 1].second) violations.Add(field, "spans must not overlap");
  }
}

// The open spans of civil day `day`, as instants.
void AppendOpen(const v1::Venue& venue, absl::CivilDay day, std::vector<Interval>& open) {
  const int weekday = static_cast<int>(absl::GetWeekday(day)) + 1;  // Monday is 1 in both
  for (const v1::OpenDay& open_day : venue.open_days()) {
    if (open_day.weekday() != weekday) continue;
    for (const v1::OpenSpan& span : open_day.spans()) {
      open.emplace_back(calendar::StartOf(day) + absl::Minutes(span.start_minute()),
                        calendar::StartOf(day) + absl::Minutes(span.end_minute()));
    }
  }
}

}  // namespace

absl::Status CheckVenue(const v1::Venue& venue, absl::string_view prefix) {
  error::Violations violations;
  const auto field = [&](absl::string_view name) { return absl::StrCat(prefix, name); };
  if (venue.display_name().empty()) violations.Add(field("display_name"), "is required");
  if (venue.kind() == v1::VENUE_KIND_UNSPECIFIED) violations.Add(field("kind"), "is required");
  if (venue.capacity() < 1) violations.Add(field("capacity"), "must be at least 1");
  const double north = venue.location().latitude();
  const double east = venue.location().longitude();
  if (!(north >= -90 && north <= 90)) violations.Add(field("location.latitude"), "must be -90 to 90 degrees");
  if (!(east >= -180 && east <= 180)) {
    violations.Add(field("location.longitude"), "must be -180 to 180 degrees");
  }
  std::set<int> weekdays;
  for (int i = 0; i < venue.open_days_size(); ++i) {
    const std::string day = field(absl::StrCat("open_days[", i, "]"));
    if (!weekdays.insert(venue.open_days(i).weekday()).second) violations.Add(day, "is listed twice");
    CheckSpans(venue.open_days(i), day, violations);
  }
  return violations.ToStatus();
}

absl::StatusOr<v1::Venue> Retire(v1::Venue venue) {
  if (venue.state() != v1::VENUE_STATE_ACTIVE) {
    return error::WrongState("VENUE_WRONG_STATE", venue.name(), v1::VenueState_Name(venue.state()), {});
  }
  venue.set_state(v1::VENUE_STATE_RETIRED);
  return venue;
}

bool IsOpen(const v1::Venue& venue, absl::Time start, absl::Time end) {
  if (venue.open_days().empty()) return true;
  std::vector<Interval> open;
  for (absl::CivilDay day = calendar::DayOf(start); day <= calendar::DayOf(end); ++day) {
    AppendOpen(venue, day, open);
  }
  std::sort(open.begin(), open.end());
  absl::Time open_until = start;
  for (const auto& [from, to] : open) {
    if (from <= open_until && to > open_until) open_until = to;
  }
  return open_until >= end;
}

}  // namespace firstfloor::outreach::rules
