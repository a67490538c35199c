#include "common/events/log.h"

#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/db/position.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/events/actors.h"
#include "common/events/chain.h"
#include "common/events/event_store.h"
#include "common/events/kind.h"
#include "common/events/sequence.h"
#include "common/events/stored.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events {
namespace {

constexpr int kVerifyPage = 500;

void Set(google::protobuf::Timestamp& field, absl::Time time) {
  const absl::Duration since_epoch = time - absl::UnixEpoch();
  const int64_t seconds = absl::ToInt64Seconds(absl::Floor(since_epoch, absl::Seconds(1)));
  field.set_seconds(seconds);
  field.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(since_epoch - absl::Seconds(seconds))));
}

std::string PositionOfReader(absl::string_view reader) { return absl::StrCat("reader/", reader); }

absl::StatusOr<bool> HasPassed(db::Connection& connection, absl::string_view reader, int64_t seq) {
  if (reader.empty()) return true;
  ASSIGN_OR_RETURN(const db::Position position, db::LoadPosition(connection, PositionOfReader(reader)));
  return position.seq >= seq;
}

// The columns by which events are found must say what the hashed body says.
bool ColumnsAgree(const store::Indexed& row) {
  v1::Event event;
  return event.ParseFromString(row.body) && event.subject() == row.subject &&
         event.version() == row.version && event.ordinal() == row.ordinal && event.area() == row.area &&
         event.type() == row.type;
}

absl::Status CheckLink(const LogHead& previous, const store::Indexed& row) {
  const int64_t seq = previous.seq + 1;
  if (row.seq != seq) return ChainBroken(seq, "missing");
  if (row.hash != ChainHash(previous.hash, seq, row.body)) return ChainBroken(seq, "hash does not fit");
  if (!ColumnsAgree(row)) return ChainBroken(seq, "columns differ from the event");
  return absl::OkStatus();
}

absl::Status CheckAgainstHead(const db::Position& head, const LogHead& checked) {
  if (checked.seq != head.seq || checked.hash == head.hash) return absl::OkStatus();
  return ChainBroken(head.seq, "hash is not that of the head");
}

}  // namespace

std::string BellChannel(absl::string_view service) { return absl::StrCat("events/", service); }

struct Log::Impl {
  Impl(const privacy::Keyring& keyring, std::function<void()> ring)
      : actors(keyring), ring(std::move(ring)) {}

  absl::StatusOr<std::string> ActorFor(db::Transaction& tx, const Origin& origin) {
    if (origin.by_service) return absl::StrCat("services/", origin.subject);
    if (!origin.actor.empty() || origin.subject.empty()) return origin.actor;
    return actors.NameOf(tx, origin.subject);
  }

  Actors actors;
  const std::function<void()> ring;
};

Log::Log(std::string service, const privacy::Keyring& keyring, std::function<void()> ring)
    : service_(std::move(service)), impl_(std::make_unique<Impl>(keyring, std::move(ring))) {}

Log::~Log() = default;

absl::Status Log::Append(db::Transaction& tx, const Origin& origin, v1::Event event) {
  event.clear_seq();
  event.clear_hash();
  event.set_type(KindOf(event));
  if (event.type().empty()) return absl::InternalError("an event without a change was appended");
  event.set_event_id(UuidAsText(RandomUuid()));
  ASSIGN_OR_RETURN(*event.mutable_actor(), impl_->ActorFor(tx, origin));
  if (!origin.on_behalf_of.empty()) {
    ASSIGN_OR_RETURN(*event.mutable_on_behalf_of(), impl_->actors.NameOf(tx, origin.on_behalf_of));
  }
  Set(*event.mutable_occur_time(), origin.occur_time);
  Set(*event.mutable_record_time(), origin.record_time);
  event.set_back_dated(origin.back_dated);
  event.set_traceparent(origin.traceparent);
  RETURN_IF_ERROR(store::Insert(tx, event, event.SerializeAsString()));
  if (impl_->ring) tx.OnCommit(impl_->ring);
  return absl::OkStatus();
}

absl::StatusOr<std::string> Log::ActorOf(db::Transaction& tx, absl::string_view subject) {
  return impl_->actors.NameOf(tx, subject);
}

absl::Status Log::ForgetActor(db::Transaction& tx, const std::string& index) {
  return impl_->actors.Forget(tx, index);
}

std::string Log::ActorIndexOf(absl::string_view subject) const { return impl_->actors.IndexOf(subject); }

absl::StatusOr<LogHead> ReadHead(db::Connection& connection) {
  ASSIGN_OR_RETURN(db::Position position, db::LoadPosition(connection, kLogHead));
  ASSIGN_OR_RETURN(const absl::Time record_time, store::RecordTimeAt(connection, position.seq));
  return LogHead{position.seq, std::move(position.hash), record_time};
}

absl::StatusOr<std::vector<v1::Event>> ReadAfter(db::Connection& connection, int64_t after, int limit) {
  ASSIGN_OR_RETURN(const std::vector<store::Stored> rows, store::ReadAfter(connection, after, limit));
  return EventsFrom(rows);
}

absl::Status CheckCursor(db::Connection& connection, int64_t seq, absl::string_view hash) {
  if (seq == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<std::string> found, store::HashAt(connection, seq));
  return found == hash ? absl::OkStatus() : LogDiverged(seq);
}

absl::StatusOr<bool> CaughtUp(db::Connection& connection, absl::string_view reader) {
  ASSIGN_OR_RETURN(const int64_t last, store::LastUnsequenced(connection));
  if (last != 0) return false;
  ASSIGN_OR_RETURN(const db::Position head, db::LoadPosition(connection, kLogHead));
  return HasPassed(connection, reader, head.seq);
}

absl::Status AwaitCaughtUp(db::Connection& connection, absl::string_view reader, absl::Time deadline) {
  constexpr auto kPause = std::chrono::milliseconds(5);
  const absl::Status late = error::Make(absl::StatusCode::kUnavailable, "READER_BEHIND",
                                        "what follows from earlier changes is not there yet");
  ASSIGN_OR_RETURN(const int64_t last, store::LastUnsequenced(connection));
  while (true) {
    ASSIGN_OR_RETURN(const bool missing, store::AnyUnsequencedUpTo(connection, last));
    if (!missing) break;
    if (absl::Now() >= deadline) return late;
    std::this_thread::sleep_for(kPause);
  }
  ASSIGN_OR_RETURN(const db::Position head, db::LoadPosition(connection, kLogHead));
  while (true) {
    ASSIGN_OR_RETURN(const bool passed, HasPassed(connection, reader, head.seq));
    if (passed) return absl::OkStatus();
    if (absl::Now() >= deadline) return late;
    std::this_thread::sleep_for(kPause);
  }
}

absl::StatusOr<int64_t> Verify(db::Connection& connection) {
  ASSIGN_OR_RETURN(const db::Position head, db::LoadPosition(connection, kLogHead));
  LogHead checked;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<store::Indexed> page,
                     store::ReadIndexedAfter(connection, checked.seq, kVerifyPage));
    if (page.empty()) break;
    for (const store::Indexed& row : page) {
      RETURN_IF_ERROR(CheckLink(checked, row));
      checked.seq = row.seq;
      checked.hash = row.hash;
      RETURN_IF_ERROR(CheckAgainstHead(head, checked));
    }
  }
  if (checked.seq < head.seq) return ChainBroken(checked.seq + 1, "missing");
  return checked.seq;
}

}  // namespace firstfloor::events
