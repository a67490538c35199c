// The event log of a service: appending to it, giving it its order, and checking it.
#ifndef FIRSTFLOOR_COMMON_EVENTS_LOG_H_
#define FIRSTFLOOR_COMMON_EVENTS_LOG_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"

namespace firstfloor::events::v1 {
class Event;
}
namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::events {

// Bell channel on which a service's new events are rung: "events/<service>".
std::string BellChannel(absl::string_view service);

// Appends. One a process; thread-safe.
class Log {
 public:
  // `ring` is called after a commit that appended (redis::Bell::Ring on BellChannel; must not block).
  Log(std::string service, const privacy::Keyring& keyring, std::function<void()> ring);
  ~Log();

  // Appends `event` in the change's transaction. The caller sets subject, version, area, stall, payload;
  // seq and hash stay empty; event_id, type, ordinal (0 unless the caller set it), actor, on_behalf_of, times
  // and traceparent are filled in here from `origin`. Type is the full name of the message inside the
  // payload's `change` oneof (or of the payload itself, if it has no oneof). ALREADY_EXISTS if (subject,
  // version, ordinal) exists.
  absl::Status Append(db::Transaction& tx, const Origin& origin, v1::Event event);

  // The random id "actors/{uuid}" of a subject, made at first use and kept in table `actor` (blind index →
  // id, sealed subject); cached in the process.
  absl::StatusOr<std::string> ActorOf(db::Transaction& tx, absl::string_view subject);

  // Deletes the person's id: to this log they are somebody new from now on (other processes notice within a
  // minute). For EraseSubject. `index` is the subject's ActorIndexOf, a keyed hash.
  absl::Status ForgetActor(db::Transaction& tx, const std::string& index);
  std::string ActorIndexOf(absl::string_view subject) const;

  const std::string& service() const { return service_; }

 private:
  struct Impl;
  std::string service_;
  std::unique_ptr<Impl> impl_;
};

struct LogHead {
  int64_t seq = 0;
  std::string hash;  // 32 bytes; "" at 0
  absl::Time record_time = absl::InfinitePast();
};
// Reads. All block.
absl::StatusOr<LogHead> ReadHead(db::Connection& connection);
// Events with seq > after, in order, at most `limit`; seq and hash are set in each.
absl::StatusOr<std::vector<v1::Event>> ReadAfter(db::Connection& connection, int64_t after, int limit);
// FAILED_PRECONDITION, reason LOG_DIVERGED, unless the event at `seq` has `hash` (seq 0 always fits).
absl::Status CheckCursor(db::Connection& connection, int64_t seq, absl::string_view hash);
// True when every event whose transaction committed before the call has its seq, and reader `reader` (may be
// empty) has passed them all. For strong reads of projections.
absl::StatusOr<bool> CaughtUp(db::Connection& connection, absl::string_view reader);
// Waits for that. Under constant writing CaughtUp may never be true; this waits only for what was committed
// before the call. UNAVAILABLE, reason READER_BEHIND, at `deadline`.
absl::Status AwaitCaughtUp(db::Connection& connection, absl::string_view reader, absl::Time deadline);

// Recomputes the chain. OK with the number of events checked, or DATA_LOSS (reason CHAIN_BROKEN, metadata
// "seq") naming the first broken link or gap.
absl::StatusOr<int64_t> Verify(db::Connection& connection);

// Gives events their seq after their commit: one thread, one writer at a time among all replicas.
class Sequencer {
 public:
  // Connects on its own. New rows are found when woken, else by a poll every 20 ms (50 ms when nothing came
  // for a while); `ring` is called after each batch.
  Sequencer(db::Config config, std::function<void()> ring);
  ~Sequencer();  // gives the lease back
  void Wake();   // cheap, from any thread
  bool leading() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::events

#endif  // FIRSTFLOOR_COMMON_EVENTS_LOG_H_
