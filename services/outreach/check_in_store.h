// Check-ins that were collected without a network, in the database.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_CHECK_IN_STORE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_CHECK_IN_STORE_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/db/transaction.h"
#include "firstfloor/outreach/v1/check_in_service.pb.h"

namespace firstfloor::outreach::check_ins {

// What was made of those check-ins of `request` that are known, by nonce.
absl::StatusOr<std::map<std::string, v1::CheckInOutcome>> KnownOf(db::Transaction& tx,
                                                                  const v1::UploadCheckInsRequest& request);

// ALREADY_EXISTS if the nonce is known: another session's upload had it meanwhile.
absl::Status Keep(db::Transaction& tx, const std::string& session, const v1::OfflineCheckIn& check_in,
                  const v1::CheckInOutcome& outcome, absl::Time now);

}  // namespace firstfloor::outreach::check_ins

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_CHECK_IN_STORE_H_
