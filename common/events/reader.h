// A reader of a log, its own service's or a peer's: each event takes effect exactly once, with any
// number of replicas.
#ifndef FIRSTFLOOR_COMMON_EVENTS_READER_H_
#define FIRSTFLOOR_COMMON_EVENTS_READER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"

namespace firstfloor::events::v1 {
class Event;
}

namespace firstfloor::events {

// Where events come from.
class Source {
 public:
  virtual ~Source() = default;
  // Blocks until events after (seq, hash) are there (at most `limit`, at most `wait`; empty is fine).
  // UNAVAILABLE when the log cannot be reached, LOG_DIVERGED when the cursor is not of it.
  virtual absl::StatusOr<std::vector<v1::Event>> Next(int64_t seq, const std::string& hash, int limit,
                                                      absl::Duration wait) = 0;
  // Makes a Next that waits, or the next one, return soon.
  virtual void Wake() = 0;
  // Seq of the log's last event as far as it is known, for the lag; 0 if it is not. Any thread.
  virtual int64_t head() const { return 0; }
};

// This service's own log, by SQL on a connection of its own.
std::unique_ptr<Source> OwnLog(db::Config config);

// What a reader does with an event.
//
// Events of another payload than `payloads` never concern it. Of the others, an event whose change this
// program knows is judged by `concerns`. One whose payload or change it does not know (it was written by a
// newer program) can't be judged: it is parked, reason UNKNOWN_KIND, with all later ones of its subject that
// concern the reader, until a program that knows it is there.
struct Effect {
  // Does this event concern the reader at all? Events that don't only move the cursor. Its change is known.
  // If empty, all do.
  std::function<bool(const v1::Event&)> concerns = nullptr;
  // Before the transaction: may ask the peer (Get); may block, no database. Its answer is handed to `apply`
  // as a serialized message. Optional. Errors are told apart as those of `apply`.
  std::function<absl::StatusOr<std::string>(const v1::Event&)> prepare = nullptr;
  // Inside the transaction that moves the cursor; may run more than once. An error that no retry can
  // mend (INVALID_ARGUMENT, FAILED_PRECONDITION, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, UNIMPLEMENTED,
  // OUT_OF_RANGE, DATA_LOSS, INTERNAL) parks the event and all later ones of its subject; any other (ABORTED,
  // UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, …) is tried again, for ever.
  std::function<absl::Status(db::Transaction&, const v1::Event&, const std::string& prepared)> apply =
      nullptr;
  // Instead of `apply`, where nothing is prepared: all events of a batch at once, so that what they have in
  // common is written once. The same rules.
  std::function<absl::Status(db::Transaction&, absl::Span<const v1::Event* const>)> apply_batch = nullptr;
  // Rest after each batch, so that the next one is larger: for figures that may be a little old. Whoever
  // waits for the reader (AwaitCaughtUp) waits this much longer.
  absl::Duration gather = absl::ZeroDuration();
  // Applied with up to this many events in one transaction where there is nothing to prepare; a batch that
  // fails is taken apart and done one by one.
  int batch = 1;
  // Fields of Event.payload that the reader reads ("opinion"); empty: all of them.
  std::vector<std::string> payloads = {};
};

// One thread with its own database connection. The cursor is the row `log_position` named "reader/<name>".
class Reader {
 public:
  Reader(std::string name, db::Config config, std::unique_ptr<Source> source, Effect effect);
  ~Reader();  // stops; what is under way is finished
  void Wake();

  int64_t seq() const;  // how far this process knows it
  // LOG_DIVERGED was seen: nothing is read until Resync moves the cursor to where it fits.
  bool diverged() const;
  // Lag and parked events are exported as firstfloor_reader_lag_events{reader=…} and
  // firstfloor_reader_parked{reader=…}.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// An operator's command; blocks. Another is resync.h.
// Tries parked events of `reader` again, in order; returns how many took effect. Those that fail stay, with
// all later ones of their subject. The running reader notices by itself. An error that a retry can mend ends
// it.
absl::StatusOr<int64_t> Unpark(db::Connection& connection, const std::string& reader, const Effect& effect);

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_READER_H_
