// What the tests of the log read and write besides the log itself.
#ifndef FIRSTFLOOR_COMMON_EVENTS_TESTDATA_TRIAL_STORE_H_
#define FIRSTFLOOR_COMMON_EVENTS_TESTDATA_TRIAL_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"

namespace firstfloor::events::v1 {
class Event;
}

namespace firstfloor::events::trial {

// Counts that the event took effect.
absl::Status Take(db::Transaction& tx, const std::string& reader, const v1::Event& event);
// In the order in which they took effect first.
absl::StatusOr<std::vector<int64_t>> TakenSeqs(db::Connection& connection, const std::string& reader);
// Highest number of times that one event took effect; 0 if none did.
absl::StatusOr<int64_t> MostTimesTaken(db::Connection& connection, const std::string& reader);

// A new version of the thing, under its lock.
absl::StatusOr<int64_t> Change(db::Transaction& tx, const std::string& name);

// "seq reason" of each parked event.
absl::StatusOr<std::vector<std::string>> ParkedWithReasons(db::Connection& connection,
                                                           const std::string& reader);

// Whoever wants to tamper with the log.
absl::Status OverwriteBody(db::Connection& connection, int64_t seq, const std::string& body);
absl::Status OverwriteArea(db::Connection& connection, int64_t seq, const std::string& area);
absl::Status DeleteEvent(db::Connection& connection, int64_t seq);
// The log and its head as they were at `seq`: a restored backup.
absl::Status CutAfter(db::Connection& connection, int64_t seq, const std::string& hash);

// Ends all connections of the account.
absl::Status KillConnections(db::Connection& root, const std::string& user);

}  // namespace firstfloor::events::trial

#endif  // FIRSTFLOOR_COMMON_EVENTS_TESTDATA_TRIAL_STORE_H_
