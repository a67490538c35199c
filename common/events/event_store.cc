#include "common/events/event_store.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events::store {
namespace {

constexpr size_t kReasonLength = 255;

// "[[17,1,"ab…"],…]": one parameter for any number of rows, so that one prepared statement serves all.
std::string AsJson(absl::Span<const Given> given) {
  std::string json = "[";
  for (const Given& row : given) {
    absl::StrAppend(&json, json.size() > 1 ? "," : "", "[", row.id, ",", row.seq, ",\"",
                    absl::BytesToHexString(row.hash), "\"]");
  }
  json.push_back(']');
  return json;
}

std::vector<Stored> AsStored(const db::Rows& rows) {
  std::vector<Stored> stored;
  stored.reserve(rows.size());
  for (const db::Row& row : rows) stored.push_back({row.Int(0), row.Text(1), row.Text(2)});
  return stored;
}

}  // namespace

absl::Status Insert(db::Transaction& tx, const v1::Event& event, std::string body) {
  const absl::Time record_time =
      absl::FromUnixSeconds(event.record_time().seconds()) + absl::Nanoseconds(event.record_time().nanos());
  return tx.RowLater(
      "INSERT INTO event_log (subject, version, ordinal, area, type, record_time, body) VALUES",
      {event.subject(), event.version(), int64_t{event.ordinal()}, event.area(), event.type(), record_time,
       std::move(body)});
}

absl::StatusOr<std::optional<std::string>> FindActor(db::Transaction& tx, const std::string& index) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   tx.Query("SELECT actor_id FROM actor WHERE subject_index = ?", {index}));
  if (rows.empty()) return std::nullopt;
  return rows[0].Text(0);
}

absl::StatusOr<std::string> FindOrMakeActor(db::Transaction& tx, const std::string& index,
                                            const std::string& id, const std::string& sealed_subject) {
  RETURN_IF_ERROR(tx.Execute("INSERT INTO actor (subject_index, actor_id, subject) VALUES (?, ?, ?) "
                             "ON DUPLICATE KEY UPDATE subject_index = subject_index",
                             {index, id, sealed_subject})
                      .status());
  // The row is locked by now, whoever made it.
  ASSIGN_OR_RETURN(const db::Rows rows,
                   tx.Query("SELECT actor_id FROM actor WHERE subject_index = ?", {index}));
  if (rows.empty()) return absl::InternalError("an actor's row vanished under its lock");
  return rows[0].Text(0);
}

absl::Status DeleteActor(db::Transaction& tx, const std::string& index) {
  return tx.Execute("DELETE FROM actor WHERE subject_index = ?", {index}).status();
}

absl::StatusOr<std::vector<Unsequenced>> ReadUnsequenced(db::Connection& connection, int limit) {
  const db::Value params[] = {limit};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT id, subject, version, ordinal, record_time, body "
                                    "FROM event_log FORCE INDEX (event_log_seq) "
                                    "WHERE seq IS NULL ORDER BY id LIMIT ?",
                                    params));
  std::vector<Unsequenced> events;
  events.reserve(rows.size());
  for (const db::Row& row : rows) {
    events.push_back({row.Int(0), row.Text(1), row.Int(2), row.Int(3), row.Time(4), row.Text(5)});
  }
  return events;
}

absl::Status GiveSeqs(db::Transaction& tx, absl::Span<const Given> given) {
  ASSIGN_OR_RETURN(
      const int64_t rows,
      tx.Execute("UPDATE JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (id BIGINT PATH '$[0]', "
                 "seq BIGINT PATH '$[1]', hash CHAR(64) PATH '$[2]')) AS given "
                 "STRAIGHT_JOIN event_log ON event_log.id = given.id AND event_log.seq IS NULL "
                 "SET event_log.seq = given.seq, event_log.hash = UNHEX(given.hash)",
                 {AsJson(given)}));
  if (rows == static_cast<int64_t>(given.size())) return absl::OkStatus();
  return error::Make(absl::StatusCode::kInternal, "SEQUENCE_MISMATCH",
                     absl::StrCat(rows, " of ", given.size(), " events could be given their place"));
}

absl::StatusOr<int64_t> LastUnsequenced(db::Connection& connection) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT id FROM event_log FORCE INDEX (event_log_seq) "
                                    "WHERE seq IS NULL ORDER BY id DESC LIMIT 1"));
  return rows.empty() ? 0 : rows[0].Int(0);
}

absl::StatusOr<bool> AnyUnsequencedUpTo(db::Connection& connection, int64_t id) {
  const db::Value params[] = {id};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT id FROM event_log FORCE INDEX (event_log_seq) "
                                    "WHERE seq IS NULL AND id <= ? LIMIT 1",
                                    params));
  return !rows.empty();
}

absl::StatusOr<std::vector<Stored>> ReadAfter(db::Connection& connection, int64_t after, int limit) {
  const db::Value params[] = {after, limit};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT seq, hash, body FROM event_log FORCE INDEX (event_log_seq) "
                                    "WHERE seq > ? ORDER BY seq LIMIT ?",
                                    params));
  return AsStored(rows);
}

absl::StatusOr<std::vector<Stored>> ReadFrom(db::Connection& connection, int64_t from, int limit) {
  const db::Value params[] = {from, from, limit};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT seq, hash, CASE WHEN seq = ? THEN NULL ELSE body END "
                                    "FROM event_log FORCE INDEX (event_log_seq) "
                                    "WHERE seq >= ? ORDER BY seq LIMIT ?",
                                    params));
  return AsStored(rows);
}

absl::StatusOr<std::optional<std::string>> HashAt(db::Connection& connection, int64_t seq) {
  const db::Value params[] = {seq};
  ASSIGN_OR_RETURN(const db::Rows rows, connection.Query("SELECT hash FROM event_log WHERE seq = ?", params));
  if (rows.empty()) return std::nullopt;
  return rows[0].Text(0);
}

absl::StatusOr<absl::Time> RecordTimeAt(db::Connection& connection, int64_t seq) {
  const db::Value params[] = {seq};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT record_time FROM event_log WHERE seq = ?", params));
  return rows.empty() ? absl::InfinitePast() : rows[0].Time(0);
}

absl::StatusOr<std::vector<Indexed>> ReadIndexedAfter(db::Connection& connection, int64_t after, int limit) {
  const db::Value params[] = {after, limit};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT seq, hash, body, subject, version, ordinal, area, type "
                                    "FROM event_log FORCE INDEX (event_log_seq) "
                                    "WHERE seq > ? ORDER BY seq LIMIT ?",
                                    params));
  std::vector<Indexed> events;
  events.reserve(rows.size());
  for (const db::Row& row : rows) {
    events.push_back({{row.Int(0), row.Text(1), row.Text(2)},
                      row.Text(3),
                      row.Int(4),
                      row.Int(5),
                      row.Text(6),
                      row.Text(7)});
  }
  return events;
}

absl::Status Park(db::Transaction& tx, const std::string& reader, const v1::Event& event,
                  absl::string_view reason) {
  return tx
      .Execute(
          "INSERT INTO event_parked (reader, seq, subject, reason, park_time, body) "
          "VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6), ?)",
          {reader, event.seq(), event.subject(), reason.substr(0, kReasonLength), event.SerializeAsString()})
      .status();
}

absl::StatusOr<bool> DeleteParked(db::Transaction& tx, const std::string& reader, int64_t seq) {
  ASSIGN_OR_RETURN(const int64_t rows,
                   tx.Execute("DELETE FROM event_parked WHERE reader = ? AND seq = ?", {reader, seq}));
  return rows == 1;
}

absl::Status DeleteParkedAfter(db::Transaction& tx, const std::string& reader, int64_t after) {
  return tx.Execute("DELETE FROM event_parked WHERE reader = ? AND seq > ?", {reader, after}).status();
}

absl::StatusOr<std::optional<Parked>> NextParked(db::Connection& connection, const std::string& reader,
                                                 int64_t after) {
  const db::Value params[] = {reader, after};
  ASSIGN_OR_RETURN(const db::Rows rows, connection.Query("SELECT seq, subject, body FROM event_parked "
                                                         "WHERE reader = ? AND seq > ? ORDER BY seq LIMIT 1",
                                                         params));
  if (rows.empty()) return std::nullopt;
  return Parked{rows[0].Int(0), rows[0].Text(1), rows[0].Text(2)};
}

absl::StatusOr<std::set<std::string>> ParkedSubjects(db::Connection& connection, const std::string& reader) {
  const db::Value params[] = {reader};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT DISTINCT subject FROM event_parked WHERE reader = ?", params));
  std::set<std::string> subjects;
  for (const db::Row& row : rows) subjects.insert(row.Text(0));
  return subjects;
}

absl::StatusOr<int64_t> CountParked(db::Connection& connection, const std::string& reader) {
  const db::Value params[] = {reader};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT COUNT(*) FROM event_parked WHERE reader = ?", params));
  return rows[0].Int(0);
}

absl::Status GrowEpoch(db::Transaction& tx, const std::string& position) {
  return tx.Execute("UPDATE log_position SET epoch = epoch + 1 WHERE name = ?", {position}).status();
}

}  // namespace firstfloor::events::store
