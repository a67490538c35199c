#include "common/erasure/erasure_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"

namespace firstfloor::erasure::store {
namespace {

constexpr char kCollection[] = "erasures";
constexpr char kColumns[] = "id, version, subject_index, caller_index, actor_index, stage, position, body";

std::string IdOf(const Record& record) { return *resource::IdOf(kCollection, record.erasure.name()); }

db::Value OrNull(const std::string& index) { return index.empty() ? db::Value(nullptr) : db::Value(index); }

// Name and etag stand in columns of their own.
std::string BodyOf(type::v1::Erasure erasure) {
  erasure.clear_name();
  erasure.clear_etag();
  return erasure.SerializeAsString();
}

db::Value CompleteTimeOf(const Record& record) {
  if (!record.erasure.has_complete_time()) return nullptr;
  return calendar::FromProto(record.erasure.complete_time());
}

absl::StatusOr<Record> Read(const db::Row& row) {
  Record record;
  if (!record.erasure.ParseFromString(row.Text(7))) return absl::DataLossError("an erasure cannot be read");
  record.erasure.set_name(resource::NameOf(kCollection, row.Text(0)));
  record.erasure.set_etag(absl::StrCat(row.Int(1)));
  record.keys = {row.Text(2), row.Text(3), row.Text(4)};
  record.stage = row.Text(5);
  record.position = row.Text(6);
  return record;
}

}  // namespace

absl::StatusOr<bool> Insert(db::Transaction& tx, const Record& record) {
  const absl::Status status =
      tx.Execute(
            "INSERT INTO erasure (id, version, subject_index, caller_index, actor_index, stage, position, "
            "complete_time, body) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?)",
            {IdOf(record), OrNull(record.keys.subject), OrNull(record.keys.caller), OrNull(record.keys.actor),
             record.stage, record.position, CompleteTimeOf(record), BodyOf(record.erasure)})
          .status();
  if (absl::IsAlreadyExists(status)) return false;
  RETURN_IF_ERROR(status);
  return true;
}

absl::StatusOr<Record> Load(db::Connection& connection, absl::string_view name) {
  ASSIGN_OR_RETURN(std::string id, resource::IdOf(kCollection, name));
  const db::Value key[] = {std::move(id)};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query(absl::StrCat("SELECT ", kColumns, " FROM erasure WHERE id = ?"), key));
  if (rows.empty()) return error::NotFound("Erasure", name);
  return Read(rows.front());
}

absl::StatusOr<std::optional<Record>> OldestRunning(db::Connection& connection) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query(absl::StrCat("SELECT ", kColumns,
                                    " FROM erasure WHERE complete_time IS NULL ORDER BY id LIMIT 1")));
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

absl::StatusOr<std::vector<Record>> All(db::Connection& connection) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   connection.Query(absl::StrCat(
                       "SELECT ", kColumns, " FROM erasure WHERE subject_index IS NOT NULL ORDER BY id")));
  std::vector<Record> records;
  for (const db::Row& row : rows) {
    ASSIGN_OR_RETURN(records.emplace_back(), Read(row));
  }
  return records;
}

absl::StatusOr<bool> Hold(db::Transaction& tx, const Record& record) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   tx.Query("SELECT version FROM erasure WHERE id = ? FOR UPDATE", {IdOf(record)}));
  return !rows.empty() && absl::StrCat(rows.front().Int(0)) == record.erasure.etag();
}

absl::Status Advance(db::Transaction& tx, Record& record) {
  ASSIGN_OR_RETURN(const int64_t version, resource::VersionOf(record.erasure.etag()));
  record.erasure.set_etag(absl::StrCat(version + 1));
  return tx.Later(
      "UPDATE erasure SET version = ?, stage = ?, position = ?, complete_time = ?, body = ? WHERE id = ?",
      {version + 1, record.stage, record.position, CompleteTimeOf(record), BodyOf(record.erasure),
       IdOf(record)});
}

absl::Status NoteRow(db::Transaction& tx, const Record& record, absl::string_view name) {
  return tx.Later("INSERT INTO erasure_row (erasure, name) VALUES (?, ?) ON DUPLICATE KEY UPDATE name = name",
                  {IdOf(record), name});
}

absl::Status ForgetRows(db::Transaction& tx, const Record& record) {
  return tx.Later("DELETE FROM erasure_row WHERE erasure = ?", {IdOf(record)});
}

absl::StatusOr<std::set<std::string>> NotedOf(db::Connection& connection, const Record& record,
                                              absl::string_view collection) {
  // "/" and "0" follow each other.
  const db::Value params[] = {IdOf(record), absl::StrCat(collection, "/"), absl::StrCat(collection, "0")};
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query("SELECT name FROM erasure_row WHERE erasure = ? AND name >= ? AND name < ?", params));
  std::set<std::string> noted;
  for (const db::Row& row : rows) noted.insert(row.Text(0));
  return noted;
}

absl::StatusOr<std::set<std::string>> NotedAmong(db::Connection& connection, const Record& record,
                                                 const std::set<std::string>& names) {
  std::set<std::string> noted;
  if (names.empty()) return noted;
  std::vector<db::Value> params = {IdOf(record)};
  params.insert(params.end(), names.begin(), names.end());
  const std::string marks = absl::StrJoin(std::vector<const char*>(names.size(), "?"), ", ");
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query(
          absl::StrCat("SELECT name FROM erasure_row WHERE erasure = ? AND name IN (", marks, ")"), params));
  for (const db::Row& row : rows) noted.insert(row.Text(0));
  return noted;
}

absl::StatusOr<int64_t> Replace(db::Transaction& tx, const Column& column, const std::string& index,
                                const std::string& fresh, int limit) {
  return tx.Execute(absl::StrCat("UPDATE `", column.table, "` SET `", column.column, "` = ? WHERE `",
                                 column.column, "` = ? LIMIT ?"),
                    {fresh, index, limit});
}

}  // namespace firstfloor::erasure::store
