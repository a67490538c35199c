#include "common/events/stored.h"

#include <utility>

#include "common/error/macros.h"
#include "common/events/chain.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events {
namespace {

absl::Status CheckContiguous(absl::Span<const store::Stored> rows, int64_t after) {
  for (const store::Stored& row : rows) {
    if (row.seq != ++after) return ChainBroken(after, "missing");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<v1::Event>> EventsFrom(absl::Span<const store::Stored> rows) {
  std::vector<v1::Event> events(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!events[i].ParseFromString(rows[i].body)) return ChainBroken(rows[i].seq, "not an event");
    events[i].set_seq(rows[i].seq);
    events[i].set_hash(rows[i].hash);
  }
  return events;
}

absl::StatusOr<std::vector<v1::Event>> ReadOn(db::Connection& connection, int64_t seq,
                                              const std::string& hash, int limit) {
  std::vector<store::Stored> rows;
  absl::Span<const store::Stored> following;
  if (seq == 0) {
    ASSIGN_OR_RETURN(rows, store::ReadAfter(connection, 0, limit));
    following = rows;
  } else {
    // One statement answers both: is the cursor of this log, and what follows it.
    ASSIGN_OR_RETURN(rows, store::ReadFrom(connection, seq, limit + 1));
    if (rows.empty() || rows[0].seq != seq || rows[0].hash != hash) return LogDiverged(seq);
    following = absl::MakeConstSpan(rows).subspan(1);
  }
  RETURN_IF_ERROR(CheckContiguous(following, seq));
  return EventsFrom(following);
}

}  // namespace firstfloor::events
