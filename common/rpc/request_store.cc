#include "common/rpc/request_store.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/resource/table.h"
#include "common/rpc/canonical.h"

namespace firstfloor::rpc {
namespace {

constexpr absl::Duration kKept = absl::Hours(8 * 24);

std::string Context(const RequestKey& key) {
  return absl::StrCat("request", key.caller, key.request_id, key.part);
}

}  // namespace

std::string CallerKey(const auth::Identity& caller, const privacy::Keyring& keyring) {
  return keyring.BlindIndex("caller", absl::StrCat(static_cast<int>(caller.kind), "/", caller.subject));
}

std::optional<RequestKey> KeyOf(const google::protobuf::Message& request, absl::string_view method,
                                absl::string_view caller, const privacy::Keyring& keyring) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr) return std::nullopt;
  RequestKey key;
  key.request_id = resource::UuidBytes(request.GetReflection()->GetString(request, field));
  if (key.request_id.empty()) return std::nullopt;
  key.caller = keyring.BlindIndex("caller", caller);
  key.content = keyring.BlindIndex("request", absl::StrCat(method, Canonical(request)));
  return key;
}

absl::Status KeepReply(db::Transaction& tx, const RequestKey& key, const google::protobuf::Message& reply,
                       absl::Time record_time, const privacy::Keyring& keyring) {
  return tx.Later(
      "INSERT INTO request_log (caller, request_id, part, content, reply, expire_time) "
      "VALUES (?, ?, ?, ?, ?, ?)",
      {key.caller, key.request_id, key.part, key.content,
       keyring.Seal(reply.SerializeAsString(), Context(key)), record_time + kKept});
}

absl::StatusOr<bool> FindReply(db::Connection& connection, const RequestKey& key,
                               google::protobuf::Message& reply, const privacy::Keyring& keyring) {
  const db::Value params[] = {key.caller, key.request_id, key.part};
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query(
          "SELECT content, reply FROM request_log WHERE caller = ? AND request_id = ? AND part = ?", params));
  if (rows.empty()) return false;
  if (rows[0].Text(0) != key.content) {
    return error::Precondition("REQUEST_ID_REUSED",
                               "this request_id was used for a request with other content");
  }
  if (rows[0].Text(1).empty()) {
    return error::Precondition("REPLY_ERASED",
                               "the request was carried out; its reply held personal data that was erased");
  }
  ASSIGN_OR_RETURN(const std::string plain, keyring.Open(rows[0].Text(1), Context(key)));
  if (!reply.ParseFromString(plain)) return absl::InternalError("a kept reply cannot be read");
  return true;
}

absl::StatusOr<int64_t> DropExpiredReplies(db::Connection& connection, absl::Time now, int limit) {
  const db::Value params[] = {now, limit};
  return connection.Execute("DELETE FROM request_log WHERE expire_time < ? LIMIT ?", params);
}

absl::StatusOr<std::vector<KeptReply>> NextReplies(db::Connection& connection, const RequestKey& after,
                                                   int limit, const privacy::Keyring& keyring) {
  const db::Value params[] = {after.caller, after.caller, after.request_id, after.caller, after.request_id,
                              after.part,   limit};
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      connection.Query("SELECT caller, request_id, part, reply FROM request_log WHERE caller > ? OR "
                       "(caller = ? AND request_id > ?) OR (caller = ? AND request_id = ? AND part > ?) "
                       "ORDER BY caller, request_id, part LIMIT ?",
                       params));
  std::vector<KeptReply> replies;
  replies.reserve(rows.size());
  for (const db::Row& row : rows) {
    KeptReply& kept = replies.emplace_back();
    kept.key.caller = row.Text(0);
    kept.key.request_id = row.Text(1);
    kept.key.part = static_cast<int>(row.Int(2));
    if (row.Text(3).empty()) continue;
    ASSIGN_OR_RETURN(kept.reply, keyring.Open(row.Text(3), Context(kept.key)));
  }
  return replies;
}

absl::Status EraseReply(db::Transaction& tx, const RequestKey& key) {
  return tx.Later("UPDATE request_log SET reply = '' WHERE caller = ? AND request_id = ? AND part = ?",
                  {key.caller, key.request_id, key.part});
}

std::string CallerIndexOf(absl::string_view subject, const privacy::Keyring& keyring) {
  auth::Identity person;
  person.kind = auth::Identity::Kind::kPerson;
  person.subject = std::string(subject);
  return keyring.BlindIndex("caller", CallerKey(person, keyring));
}

absl::StatusOr<int64_t> EraseRepliesTo(db::Transaction& tx, const std::string& caller, int limit) {
  return tx.Execute("UPDATE request_log SET reply = '' WHERE caller = ? AND reply <> '' LIMIT ?",
                    {caller, limit});
}

}  // namespace firstfloor::rpc
