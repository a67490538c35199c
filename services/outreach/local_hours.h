// What a community sets for itself about times: flags of the program.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_LOCAL_HOURS_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_LOCAL_HOURS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/calendar/quiet_hours.h"

namespace firstfloor::outreach {

struct LocalHours {
  // Between two sessions of one venue or one lecturer.
  absl::Duration travel_buffer = absl::Minutes(15);
  calendar::QuietHours quiet = calendar::QuietHours::Usual();
};

// Names of the flags: --travel_buffer, --quiet_hours.
std::vector<const char*> HoursFlags();
// As they were set; INVALID_ARGUMENT in one clear line if one is no good.
absl::StatusOr<LocalHours> HoursFromFlags();

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_LOCAL_HOURS_H_
