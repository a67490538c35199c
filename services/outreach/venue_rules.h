// What a venue must be, and when it is open: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_VENUE_RULES_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_VENUE_RULES_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "firstfloor/outreach/v1/venue.pb.h"

namespace firstfloor::outreach::rules {

// INVALID_ARGUMENT with every violation, fields named below `prefix` ("venue.").
absl::Status CheckVenue(const v1::Venue& venue, absl::string_view prefix);

// FAILED_PRECONDITION, reason VENUE_WRONG_STATE, unless it is ACTIVE.
absl::StatusOr<v1::Venue> Retire(v1::Venue venue);

// True if the venue is open all the time from `start` to `end`. One without open days always is.
bool IsOpen(const v1::Venue& venue, absl::Time start, absl::Time end);

}  // namespace firstfloor::outreach::rules

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_VENUE_RULES_H_
