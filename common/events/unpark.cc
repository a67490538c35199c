#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/chain.h"
#include "common/events/effect.h"
#include "common/events/event_store.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

absl::StatusOr<v1::Event> Parse(const store::Parked& parked) {
  v1::Event event;
  if (!event.ParseFromString(parked.body)) return ChainBroken(parked.seq, "not an event");
  return event;
}

// True if it took effect now.
absl::StatusOr<bool> LetGo(db::Connection& connection, const std::string& reader, const Effect& effect,
                           const store::Parked& parked) {
  ASSIGN_OR_RETURN(const v1::Event event, Parse(parked));
  const Concern concern = ConcernOf(effect, event);
  if (concern == Concern::kUnknownKind)
    return error::Precondition(kUnknownKind, "the event is not known here either");
  std::string prepared;
  if (effect.prepare && concern == Concern::kKnown) {
    ASSIGN_OR_RETURN(prepared, effect.prepare(event));
  }
  return db::Run(connection, absl::Now() + kPatience, [&](db::Transaction& tx) -> absl::StatusOr<bool> {
    // The running reader decides by what it knows to be parked: it must look again.
    RETURN_IF_ERROR(store::GrowEpoch(tx, CursorName(reader)));
    ASSIGN_OR_RETURN(const bool was_parked, store::DeleteParked(tx, reader, parked.seq));
    if (!was_parked || concern == Concern::kNone) return false;
    RETURN_IF_ERROR(ApplyOne(effect, tx, event, prepared));
    return true;
  });
}

}  // namespace

absl::StatusOr<int64_t> Unpark(db::Connection& connection, const std::string& reader, const Effect& effect) {
  int64_t let_go = 0;
  int64_t last = 0;
  std::set<std::string> stuck;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<store::Parked> parked, store::NextParked(connection, reader, last));
    if (!parked.has_value()) return let_go;
    last = parked->seq;
    if (stuck.count(parked->subject) != 0) continue;
    const absl::StatusOr<bool> gone = LetGo(connection, reader, effect, *parked);
    if (gone.ok()) {
      let_go += *gone ? 1 : 0;
    } else if (IsPermanent(gone.status())) {
      stuck.insert(parked->subject);
    } else {
      return gone.status();
    }
  }
}

}  // namespace firstfloor::events
