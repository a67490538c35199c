// What may happen to a series, and what may join one: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_SERIES_RULES_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_SERIES_RULES_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "firstfloor/outreach/v1/series.pb.h"

namespace firstfloor::outreach::rules {

// FAILED_PRECONDITION, reason SERIES_WRONG_STATE, unless it is ACTIVE.
absl::StatusOr<v1::Series> End(v1::Series series);

// Whether a round or session of `area` may belong to it: FAILED_PRECONDITION, reason SERIES_WRONG_STATE, if
// it has ended; INVALID_ARGUMENT if it is held elsewhere.
absl::Status MayJoin(const v1::Series& series, absl::string_view area);
// INVALID_ARGUMENT if the round is taught elsewhere.
absl::Status MayJoin(const v1::Round& round, absl::string_view area);

}  // namespace firstfloor::outreach::rules

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_SERIES_RULES_H_
