// Queries for sign-ups beyond what their table answers.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_SIGN_UP_STORE_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_SIGN_UP_STORE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/db/transaction.h"

namespace firstfloor::volunteer {

// Name of the sign-up that waits longest for the shift; "" if none waits.
absl::StatusOr<std::string> LongestWaiting(db::Transaction& tx, absl::string_view activity, int shift);

// Names of the activities where the volunteer has, or waits for, a place in a shift that ends after `now`;
// always in the same order, so that they can be locked one after the other.
absl::StatusOr<std::vector<std::string>> ActivitiesAhead(db::Transaction& tx, absl::string_view volunteer,
                                                         absl::Time now);

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_SIGN_UP_STORE_H_
