#include "common/events/resync.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/db/position.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/effect.h"
#include "common/events/event_store.h"
#include "common/events/kind.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr int kPage = 1000;

// How many events there are of each kind.
using Kinds = std::map<std::string, int64_t>;

// A place in a log.
struct Place {
  int64_t seq = 0;
  std::string hash;
};

// The place at `seq`, if the log has it.
absl::StatusOr<std::optional<Place>> PlaceAt(const LogPages& log, int64_t seq) {
  if (seq == 0) return Place{};
  ASSIGN_OR_RETURN(const std::vector<v1::Event> events, log.after(seq - 1, 1));
  if (events.empty() || events[0].seq() != seq) return std::nullopt;
  return Place{seq, events[0].hash()};
}

absl::StatusOr<bool> Has(const LogPages& log, int64_t seq, const std::string& hash) {
  ASSIGN_OR_RETURN(const std::optional<Place> place, PlaceAt(log, seq));
  return place.has_value() && place->hash == hash;
}

// The last parked event that the log has, the beginning if it has none. What was parked later than one that
// the log has not is of what was lost, as a log is restored to a beginning of itself.
absl::StatusOr<Place> LastSharedOf(db::Connection& connection, const std::string& reader,
                                   const LogPages& log) {
  Place shared;
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<store::Parked> parked,
                     store::NextParked(connection, reader, shared.seq));
    if (!parked.has_value()) return shared;
    v1::Event event;
    if (!event.ParseFromString(parked->body)) return shared;
    ASSIGN_OR_RETURN(const bool there, Has(log, parked->seq, event.hash()));
    if (!there) return shared;
    shared = {parked->seq, event.hash()};
  }
}

absl::StatusOr<Place> BackupsEnd(db::Connection& connection, const std::string& reader, const LogPages& log,
                                 const ResyncOptions& options) {
  if (!options.after_seq.has_value()) return LastSharedOf(connection, reader, log);
  ASSIGN_OR_RETURN(const std::optional<Place> given, PlaceAt(log, *options.after_seq));
  if (given.has_value()) return *given;
  return absl::InvalidArgumentError(absl::StrCat("the log has no event ", *options.after_seq));
}

// How many events after `from` up to `to` concern the reader, by kind.
absl::StatusOr<Kinds> ConcerningBetween(const LogPages& log, const Effect& effect, int64_t from, int64_t to) {
  Kinds kinds;
  while (from < to) {
    ASSIGN_OR_RETURN(const std::vector<v1::Event> events, log.after(from, kPage));
    if (events.empty()) break;
    for (const v1::Event& event : events) {
      if (event.seq() <= to && ConcernOf(effect, event) != Concern::kNone) ++kinds[event.type()];
    }
    from = events.back().seq();
  }
  return kinds;
}

std::string InWords(const Kinds& kinds) {
  return absl::StrJoin(kinds, ", ", [](std::string* out, const auto& kind) {
    absl::StrAppend(out, kind.second, " ", kind.first);
  });
}

absl::Status Move(db::Connection& connection, const std::string& reader, const Place& to, bool drop_parked) {
  while (true) {
    ASSIGN_OR_RETURN(const db::Position from, db::LoadPosition(connection, CursorName(reader)));
    const absl::Status status =
        db::RunInTransaction(connection, absl::Now() + kPatience, [&](db::Transaction& tx) {
          RETURN_IF_ERROR(db::AdvancePosition(tx, CursorName(reader), from, to.seq, to.hash));
          RETURN_IF_ERROR(store::GrowEpoch(tx, CursorName(reader)));
          return store::DeleteParkedAfter(tx, reader, drop_parked ? 0 : to.seq);
        });
    // A reader that still moves was quicker.
    if (error::ReasonOf(status) != "POSITION_LOST") return status;
  }
}

std::string Refusal(const Place& shared, const Place& cursor, const LogHead& head, const Kinds& kinds) {
  return absl::StrCat(
      "nothing was changed. The reader was at ", cursor.seq, ", which is not of the log; the log ends at ",
      head.seq, ", and up to ", shared.seq,
      " it is known to be what the reader has read. If the backup ended at N, --after_seq=N "
      "reads on from there and passes over nothing. --skip_events goes on at the end of the log, "
      "and of these passes over all that are not in the backup: ",
      InWords(kinds));
}

}  // namespace

LogPages OwnPages(db::Connection& connection) {
  return {[&connection] { return ReadHead(connection); },
          [&connection](int64_t after, int limit) { return ReadAfter(connection, after, limit); }};
}

absl::StatusOr<std::string> Resync(db::Connection& connection, const std::string& reader, const LogPages& log,
                                   const Effect& effect, const ResyncOptions& options) {
  ASSIGN_OR_RETURN(const db::Position position, db::LoadPosition(connection, CursorName(reader)));
  const Place cursor{position.seq, position.hash};
  ASSIGN_OR_RETURN(const bool fits, Has(log, cursor.seq, cursor.hash));
  if (fits) return absl::StrCat("the reader is at ", cursor.seq, ", which is of the log: nothing to do");

  ASSIGN_OR_RETURN(const LogHead head, log.head());
  ASSIGN_OR_RETURN(const Place shared, BackupsEnd(connection, reader, log, options));
  const bool told = options.after_seq.has_value();
  if (told && shared.seq > cursor.seq) {
    return absl::InvalidArgumentError(absl::StrCat("the backup ended before ", shared.seq,
                                                   ": of what the reader read, ", cursor.seq,
                                                   " is not of the log any more"));
  }
  const Place to = told && !options.skip_events ? shared : Place{head.seq, head.hash};
  ASSIGN_OR_RETURN(const Kinds passed_over, ConcerningBetween(log, effect, shared.seq, to.seq));
  if (!passed_over.empty() && !options.skip_events) {
    return absl::FailedPreconditionError(Refusal(shared, cursor, head, passed_over));
  }
  RETURN_IF_ERROR(Move(connection, reader, to, options.drop_parked));
  std::string done = absl::StrCat("the reader goes on after ", to.seq);
  if (!passed_over.empty()) absl::StrAppend(&done, "; passed over: ", InWords(passed_over));
  return done;
}

}  // namespace firstfloor::events
