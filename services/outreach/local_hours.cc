#include "services/outreach/local_hours.h"

#include <string>

#include "absl/flags/flag.h"
#include "common/program/flags.h"

ABSL_FLAG(absl::Duration, travel_buffer, absl::Minutes(15),
          "time between two sessions of one venue or one lecturer, at most 12h");
ABSL_FLAG(std::string, quiet_hours, "12:00-14:00,21:00-07:00",
          "spans of the day in which sessions are held only if staff force it; empty: none");

namespace firstfloor::outreach {
namespace {

constexpr absl::Duration kLongestTravel = absl::Hours(12);

}  // namespace

std::vector<const char*> HoursFlags() { return {"travel_buffer", "quiet_hours"}; }

absl::StatusOr<LocalHours> HoursFromFlags() {
  LocalHours hours;
  hours.travel_buffer = absl::GetFlag(FLAGS_travel_buffer);
  if (hours.travel_buffer < absl::ZeroDuration() || hours.travel_buffer > kLongestTravel) {
    return program::WrongFlag("travel_buffer", "must be from 0 to 12h");
  }
  absl::StatusOr<calendar::QuietHours> quiet = calendar::QuietHours::Parse(absl::GetFlag(FLAGS_quiet_hours));
  if (!quiet.ok()) return program::WrongFlag("quiet_hours", quiet.status().message());
  hours.quiet = *std::move(quiet);
  return hours;
}

}  // namespace firstfloor::outreach
