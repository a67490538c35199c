// The SQL of the event log, its actors and its parked events.
#ifndef FIRSTFLOOR_COMMON_EVENTS_EVENT_STORE_H_
#define FIRSTFLOOR_COMMON_EVENTS_EVENT_STORE_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"

namespace firstfloor::events::v1 {
class Event;
}

namespace firstfloor::events::store {

// Appends without seq. `body` is what `event` serializes to.
absl::Status Insert(db::Transaction& tx, const v1::Event& event, std::string body);

// Actors. `index` and `id` are 16 bytes.
absl::StatusOr<std::optional<std::string>> FindActor(db::Transaction& tx, const std::string& index);
// The actor's id after making it `id`, unless another transaction made it first: then that one's.
absl::StatusOr<std::string> FindOrMakeActor(db::Transaction& tx, const std::string& index,
                                            const std::string& id, const std::string& sealed_subject);
absl::Status DeleteActor(db::Transaction& tx, const std::string& index);

// An event that has no seq yet.
struct Unsequenced {
  int64_t id = 0;
  std::string subject;
  int64_t version = 0;
  int64_t ordinal = 0;
  absl::Time record_time;
  std::string body;
};
// The first `limit` in the order of id.
absl::StatusOr<std::vector<Unsequenced>> ReadUnsequenced(db::Connection& connection, int limit);

// The place given to a row.
struct Given {
  int64_t id = 0;
  int64_t seq = 0;
  std::string hash;
};
// In one statement. INTERNAL if one of the rows is gone or has a seq already.
absl::Status GiveSeqs(db::Transaction& tx, absl::Span<const Given> given);

// The highest id that has no seq, 0 if there is none; and whether any up to `id` has none.
absl::StatusOr<int64_t> LastUnsequenced(db::Connection& connection);
absl::StatusOr<bool> AnyUnsequencedUpTo(db::Connection& connection, int64_t id);

// A row as it stands in the log.
struct Stored {
  int64_t seq = 0;
  std::string hash;
  std::string body;
};
// Rows with seq > after, in order.
absl::StatusOr<std::vector<Stored>> ReadAfter(db::Connection& connection, int64_t after, int limit);
// Rows with seq >= from, in order; the body of the one at `from` is left out.
absl::StatusOr<std::vector<Stored>> ReadFrom(db::Connection& connection, int64_t from, int limit);
// Hash of the event at `seq`; nothing if there is none.
absl::StatusOr<std::optional<std::string>> HashAt(db::Connection& connection, int64_t seq);
// InfinitePast if there is no event at `seq`.
absl::StatusOr<absl::Time> RecordTimeAt(db::Connection& connection, int64_t seq);

// A row with the columns by which it is found.
struct Indexed : Stored {
  std::string subject;
  int64_t version = 0;
  int64_t ordinal = 0;
  std::string area;
  std::string type;
};
absl::StatusOr<std::vector<Indexed>> ReadIndexedAfter(db::Connection& connection, int64_t after, int limit);

// Parked events.
struct Parked {
  int64_t seq = 0;
  std::string subject;
  std::string body;  // with seq and hash
};
// `reason` is cut to what the column holds.
absl::Status Park(db::Transaction& tx, const std::string& reader, const v1::Event& event,
                  absl::string_view reason);
// False if it was not parked.
absl::StatusOr<bool> DeleteParked(db::Transaction& tx, const std::string& reader, int64_t seq);
// Those with seq > after.
absl::Status DeleteParkedAfter(db::Transaction& tx, const std::string& reader, int64_t after);
// The first with seq > after; nothing if there is none.
absl::StatusOr<std::optional<Parked>> NextParked(db::Connection& connection, const std::string& reader,
                                                 int64_t after);
absl::StatusOr<std::set<std::string>> ParkedSubjects(db::Connection& connection, const std::string& reader);
absl::StatusOr<int64_t> CountParked(db::Connection& connection, const std::string& reader);

// Takes the row of `log_position` from whoever holds it: what they prepared for its old epoch can't commit.
absl::Status GrowEpoch(db::Transaction& tx, const std::string& position);

}  // namespace firstfloor::events::store

#endif  // FIRSTFLOOR_COMMON_EVENTS_EVENT_STORE_H_
