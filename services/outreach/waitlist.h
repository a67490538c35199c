// What happens to enrolments when a session changes, in the session's own transaction.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_WAITLIST_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_WAITLIST_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/transaction.h"
#include "common/events/log.h"
#include "common/events/origin.h"
#include "firstfloor/outreach/v1/enrolment.pb.h"
#include "firstfloor/outreach/v1/session.pb.h"
#include "services/outreach/enrolment_store.h"

namespace firstfloor::outreach {

// Gives free places to those who wait, in the order of the queue, unless the session has begun. `session` is
// locked; its counts are changed here and saved by the caller. Returns who moved up.
absl::StatusOr<std::vector<v1::Enrolment>> MoveUp(db::Transaction& tx, const EnrolmentStore& enrolments,
                                                  v1::Session& session, const events::Origin& origin);

// Those who were enrolled and did not come, saved as NO_SHOW.
absl::StatusOr<std::vector<v1::Enrolment>> MarkMissing(db::Transaction& tx, const EnrolmentStore& enrolments,
                                                       const v1::Session& session,
                                                       const events::Origin& origin);

// One event for each enrolment that the change of `session` (as saved) concerned, from `ordinal` on.
absl::Status AppendEnrolments(db::Transaction& tx, events::Log& log, const events::Origin& origin,
                              const v1::Session& session, const std::vector<v1::Enrolment>& enrolments,
                              int ordinal);

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_WAITLIST_H_
