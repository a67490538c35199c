// What is made of check-ins that were collected without a network: decisions only, no I/O.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_OFFLINE_RULES_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_OFFLINE_RULES_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "firstfloor/outreach/v1/check_in.pb.h"
#include "firstfloor/outreach/v1/enrolment.pb.h"
#include "firstfloor/outreach/v1/session.pb.h"

namespace firstfloor::outreach::rules {

// A phone's clock may be ahead of ours by so much.
inline constexpr absl::Duration kClockSkew = absl::Minutes(5);

// INVALID_ARGUMENT unless it is of an enrolment or says as whom people walked in.
absl::Status CheckOffline(const v1::OfflineCheckIn& check_in);

// Counts a check-in, uploaded at `now`, into `session`, and into `enrolment` if it is of one (null if it is
// not, or there is no such enrolment). What is late or does not fit counts and is flagged; who is late took
// part too, unless the closing report was counted by hand, which counted them. A refused one changes neither.
v1::CheckInOutcome CountOffline(const v1::OfflineCheckIn& check_in, absl::Time now, v1::Session& session,
                                v1::Enrolment* enrolment);

}  // namespace firstfloor::outreach::rules

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_OFFLINE_RULES_H_
