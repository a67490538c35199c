// Places of shifts: given up, and given to whoever waits longest.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_SHIFT_FLOW_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_SHIFT_FLOW_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/volunteer/books.h"

namespace firstfloor::volunteer {

// Withdraws `sign_up` for a shift of `activity`, both locked, and promotes the first of the waiting list in
// the same transaction. Saves all of it.
absl::Status GiveUpShift(const Books& books, db::Transaction& tx, const events::Origin& origin,
                         v1::Activity& activity, v1::SignUp& sign_up);

// Withdraws the volunteer, whose row is locked, from every shift that has not ended.
absl::Status GiveUpAllShifts(const Books& books, db::Transaction& tx, const events::Origin& origin,
                             absl::string_view volunteer);

// After `activity` was cancelled or finished: sign-ups that can have no place any more lapse; with `finished`
// whoever is checked in is checked out and places that were taken stay.
absl::Status SettleSignUps(const Books& books, db::Transaction& tx, const events::Origin& origin,
                           v1::Activity& activity, bool finished);

// The live sign-ups of the volunteer (whose row is locked) that touch the shift's window or are less than
// rules::kShortGap away from it; locked.
absl::StatusOr<std::vector<v1::SignUp>> SignUpsAround(const Stores& stores, db::Transaction& tx,
                                                      absl::string_view volunteer, const v1::Shift& shift);

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_SHIFT_FLOW_H_
