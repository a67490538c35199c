#include "services/volunteer/shift_flow.h"

#include <string>
#include <vector>

#include "common/calendar/timestamp.h"
#include "services/volunteer/activity_rules.h"
#include "services/volunteer/sign_up_rules.h"
#include "services/volunteer/sign_up_store.h"

namespace firstfloor::volunteer {
namespace {

constexpr int kMostSignUps = 30'000;  // of one activity: 50 shifts of 500 places, and who waits
constexpr int kMostShiftsOfOne = 1000;

std::vector<db::Value> LiveStates() {
  return Numbers({v1::SIGN_UP_STATE_SIGNED_UP, v1::SIGN_UP_STATE_WAITLISTED, v1::SIGN_UP_STATE_CHECKED_IN});
}

// Whoever waits longest for the shift, locked. The activity's row is locked, so that the list stands still.
absl::StatusOr<v1::SignUp> FirstInLine(const Stores& stores, db::Transaction& tx,
                                       const v1::Activity& activity, int shift) {
  ASSIGN_OR_RETURN(const std::string first, LongestWaiting(tx, activity.name(), shift));
  if (first.empty()) return absl::InternalError("a waiting list is shorter than its activity says");
  return stores.sign_ups.Lock(tx, first);
}

absl::Status Promote(const Books& books, db::Transaction& tx, const events::Origin& origin,
                     const v1::Activity& activity, const v1::Shift& shift) {
  ASSIGN_OR_RETURN(const v1::SignUp first, FirstInLine(books.stores, tx, activity, shift.id()));
  ASSIGN_OR_RETURN(v1::SignUp promoted, rules::Move(first, rules::SignUpMove::kPromote, origin.occur_time));
  return books.Save(tx, origin, books.stores.sign_ups, promoted, first.state(), int64_t{shift.taken()});
}

}  // namespace

absl::Status GiveUpShift(const Books& books, db::Transaction& tx, const events::Origin& origin,
                         v1::Activity& activity, v1::SignUp& sign_up) {
  v1::Shift* shift = rules::FindShift(activity, sign_up.shift());
  if (shift == nullptr)
    return absl::InternalError("a sign-up is for a shift that its activity does not have");
  RETURN_IF_ERROR(rules::MayChangeSignUps(activity, *shift, origin.occur_time));
  const v1::SignUpState from = sign_up.state();
  ASSIGN_OR_RETURN(sign_up, rules::Move(sign_up, rules::SignUpMove::kWithdraw, origin.occur_time));
  const bool promotes = rules::GiveUpPlace(*shift, from == v1::SIGN_UP_STATE_SIGNED_UP);
  const int64_t taken = shift->taken();
  RETURN_IF_ERROR(books.stores.activities.Save(tx, activity, origin));
  RETURN_IF_ERROR(books.Save(tx, origin, books.stores.sign_ups, sign_up, from, taken));
  return promotes ? Promote(books, tx, origin, activity, *shift) : absl::OkStatus();
}

absl::Status GiveUpAllShifts(const Books& books, db::Transaction& tx, const events::Origin& origin,
                             absl::string_view volunteer) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ActivitiesAhead(tx, volunteer, origin.occur_time));
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(v1::Activity activity, books.stores.activities.Lock(tx, name));
    // What is over already keeps its record.
    if (!rules::TakesSignUps(activity)) continue;
    const std::vector<resource::Condition> theirs = {
        resource::Equals("activity", IdColumn("activities", name)),
        resource::Equals("volunteer", IdColumn("volunteers", volunteer)),
        resource::In("state", Numbers({v1::SIGN_UP_STATE_SIGNED_UP, v1::SIGN_UP_STATE_WAITLISTED}))};
    ASSIGN_OR_RETURN(std::vector<v1::SignUp> sign_ups,
                     books.stores.sign_ups.ListLocked(tx, theirs, kMostShiftsOfOne));
    for (v1::SignUp& sign_up : sign_ups) {
      if (calendar::FromProto(sign_up.window().end_time()) <= origin.occur_time) continue;
      RETURN_IF_ERROR(GiveUpShift(books, tx, origin, activity, sign_up));
    }
  }
  return absl::OkStatus();
}

absl::Status SettleSignUps(const Books& books, db::Transaction& tx, const events::Origin& origin,
                           v1::Activity& activity, bool finished) {
  const std::vector<resource::Condition> live = {
      resource::Equals("activity", IdColumn("activities", activity.name())),
      resource::In("state", LiveStates())};
  ASSIGN_OR_RETURN(std::vector<v1::SignUp> sign_ups,
                   books.stores.sign_ups.ListLocked(tx, live, kMostSignUps));
  for (const v1::SignUp& sign_up : sign_ups) {
    // Who had a place and is not known to have come: that is for MarkNoShow to say.
    if (finished && sign_up.state() == v1::SIGN_UP_STATE_SIGNED_UP) continue;
    const bool was_there = finished && sign_up.state() == v1::SIGN_UP_STATE_CHECKED_IN;
    ASSIGN_OR_RETURN(
        v1::SignUp settled,
        rules::Move(sign_up, was_there ? rules::SignUpMove::kCheckOut : rules::SignUpMove::kLapse,
                    origin.occur_time));
    const v1::Shift* shift = rules::FindShift(activity, sign_up.shift());
    const int64_t taken = shift == nullptr ? 0 : shift->taken();
    RETURN_IF_ERROR(books.Save(tx, origin, books.stores.sign_ups, settled, sign_up.state(), taken));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::SignUp>> SignUpsAround(const Stores& stores, db::Transaction& tx,
                                                      absl::string_view volunteer, const v1::Shift& shift) {
  const absl::Time from = calendar::FromProto(shift.window().start_time()) - rules::kShortGap;
  const absl::Time to = calendar::FromProto(shift.window().end_time()) + rules::kShortGap;
  const std::vector<resource::Condition> around = {
      resource::Equals("volunteer", IdColumn("volunteers", volunteer)), resource::In("state", LiveStates()),
      resource::AtLeast("end_time", from), resource::Below("start_time", to)};
  return stores.sign_ups.ListLocked(tx, around, kMostShiftsOfOne);
}

}  // namespace firstfloor::volunteer
