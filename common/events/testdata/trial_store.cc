#include "common/events/testdata/trial_store.h"

#include "absl/strings/str_cat.h"
#include "common/error/macros.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events::trial {

absl::Status Take(db::Transaction& tx, const std::string& reader, const v1::Event& event) {
  return tx
      .Execute(
          "INSERT INTO taken (reader, event_id, seq, subject, times) VALUES (?, ?, ?, ?, 1) "
          "ON DUPLICATE KEY UPDATE times = times + 1",
          {reader, event.event_id(), event.seq(), event.subject()})
      .status();
}

absl::StatusOr<std::vector<int64_t>> TakenSeqs(db::Connection& connection, const std::string& reader) {
  const db::Value params[] = {reader};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query("SELECT seq FROM taken WHERE reader = ? ORDER BY place", params));
  std::vector<int64_t> seqs;
  for (const db::Row& row : rows) seqs.push_back(row.Int(0));
  return seqs;
}

absl::StatusOr<int64_t> MostTimesTaken(db::Connection& connection, const std::string& reader) {
  const db::Value params[] = {reader};
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query("SELECT times FROM taken WHERE reader = ? ORDER BY times DESC LIMIT 1", params));
  return rows.empty() ? 0 : rows[0].Int(0);
}

absl::StatusOr<int64_t> Change(db::Transaction& tx, const std::string& name) {
  RETURN_IF_ERROR(tx.Execute("INSERT INTO thing (name, version) VALUES (?, 1) "
                             "ON DUPLICATE KEY UPDATE version = version + 1",
                             {name})
                      .status());
  ASSIGN_OR_RETURN(const db::Rows rows,
                   tx.Query("SELECT version FROM thing WHERE name = ? FOR UPDATE", {name}));
  return rows[0].Int(0);
}

absl::StatusOr<std::vector<std::string>> ParkedWithReasons(db::Connection& connection,
                                                           const std::string& reader) {
  const db::Value params[] = {reader};
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query("SELECT seq, reason FROM event_parked WHERE reader = ? ORDER BY seq", params));
  std::vector<std::string> parked;
  for (const db::Row& row : rows) parked.push_back(absl::StrCat(row.Int(0), " ", row.Text(1)));
  return parked;
}

absl::Status OverwriteBody(db::Connection& connection, int64_t seq, const std::string& body) {
  const db::Value params[] = {body, seq};
  return connection.Execute("UPDATE event_log SET body = ? WHERE seq = ?", params).status();
}

absl::Status OverwriteArea(db::Connection& connection, int64_t seq, const std::string& area) {
  const db::Value params[] = {area, seq};
  return connection.Execute("UPDATE event_log SET area = ? WHERE seq = ?", params).status();
}

absl::Status DeleteEvent(db::Connection& connection, int64_t seq) {
  const db::Value params[] = {seq};
  return connection.Execute("DELETE FROM event_log WHERE seq = ?", params).status();
}

absl::Status CutAfter(db::Connection& connection, int64_t seq, const std::string& hash) {
  const db::Value rows[] = {seq};
  RETURN_IF_ERROR(connection.Execute("DELETE FROM event_log WHERE seq > ?", rows).status());
  const db::Value head[] = {seq, hash};
  return connection.Execute("UPDATE log_position SET seq = ?, hash = ? WHERE name = 'log_head'", head)
      .status();
}

absl::Status KillConnections(db::Connection& root, const std::string& user) {
  return root.ExecuteText(absl::StrCat("KILL CONNECTION USER '", user, "'"));
}

}  // namespace firstfloor::events::trial
