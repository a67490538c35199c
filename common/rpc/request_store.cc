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
  ASSIGN_OR_RETURN(const std::string plain, keyring.Open(rows[0].Text(1), Context(key)));
  if (!reply.ParseFromString(plain)) return absl::InternalError("a kept reply cannot be read");
  return true;
}

absl::StatusOr<int64_t> DropExpiredReplies(db::Connection& connection, absl::Time now, int limit) {
  const db::Value params[] = {now, limit};
  return connection.Execute("DELETE FROM request_log WHERE expire_time < ? LIMIT ?", params);
}

}  // namespace firstfloor::rpc
