// Requests that were carried out: the same id and content gives the first reply again.
#ifndef FIRSTFLOOR_COMMON_RPC_REQUEST_STORE_H_
#define FIRSTFLOOR_COMMON_RPC_REQUEST_STORE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/auth/identity.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"
#include "google/protobuf/message.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::rpc {

// Identity of one mutation: who sent which id with what. `part` numbers the chunks of a client stream.
struct RequestKey {
  std::string caller;      // blind index of the caller
  std::string request_id;  // 16 bytes
  std::string content;     // keyed hash of method and content
  int part = 0;
};

// What stands for a caller where nobody need know them: a keyed hash.
std::string CallerKey(const auth::Identity& caller, const privacy::Keyring& keyring);

// The key of a request that has a set `request_id`; nullopt if the type or the request has none. `caller` is
// the CallerKey.
std::optional<RequestKey> KeyOf(const google::protobuf::Message& request, absl::string_view method,
                                absl::string_view caller, const privacy::Keyring& keyring);

// Keeps the reply in the change's transaction, for 8 days. ALREADY_EXISTS (index PRIMARY) when the id is
// used.
absl::Status KeepReply(db::Transaction& tx, const RequestKey& key, const google::protobuf::Message& reply,
                       absl::Time record_time, const privacy::Keyring& keyring);

// The kept reply: true and `reply` filled; false if there is none. FAILED_PRECONDITION, reason
// REQUEST_ID_REUSED, if the id was used with other content; reason REPLY_ERASED if the request was carried
// out and its reply has been erased since. Blocks.
absl::StatusOr<bool> FindReply(db::Connection& connection, const RequestKey& key,
                               google::protobuf::Message& reply, const privacy::Keyring& keyring);

// Deletes what has expired, at most `limit` rows. Returns how many. Blocks.
absl::StatusOr<int64_t> DropExpiredReplies(db::Connection& connection, absl::Time now, int limit);

// ---- for erasures: a reply goes, that its request was carried out stays ----

// A kept reply as it was sent, serialized; "" if it has been erased.
struct KeptReply {
  RequestKey key;  // without content
  std::string reply;
};
// The next `limit` after `after` in the order of keys; after an empty key the first. Blocks.
absl::StatusOr<std::vector<KeptReply>> NextReplies(db::Connection& connection, const RequestKey& after,
                                                   int limit, const privacy::Keyring& keyring);
absl::Status EraseReply(db::Transaction& tx, const RequestKey& key);
// RequestKey.caller of a person with this account.
std::string CallerIndexOf(absl::string_view subject, const privacy::Keyring& keyring);
// Of the replies to a caller, at most `limit`. Returns how many were erased.
absl::StatusOr<int64_t> EraseRepliesTo(db::Transaction& tx, const std::string& caller, int limit);

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_REQUEST_STORE_H_
