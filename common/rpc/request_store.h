// Requests that were carried out: the same id and content gives the first reply again.
#ifndef FIRSTFLOOR_COMMON_RPC_REQUEST_STORE_H_
#define FIRSTFLOOR_COMMON_RPC_REQUEST_STORE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
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

// The key of a request that has a set `request_id`; nullopt if the type or the request has none.
std::optional<RequestKey> KeyOf(const google::protobuf::Message& request, absl::string_view method,
                                absl::string_view caller, const privacy::Keyring& keyring);

// Keeps the reply in the change's transaction, for 8 days. ALREADY_EXISTS (index PRIMARY) when the id is
// used.
absl::Status KeepReply(db::Transaction& tx, const RequestKey& key, const google::protobuf::Message& reply,
                       absl::Time record_time, const privacy::Keyring& keyring);

// The kept reply: true and `reply` filled; false if there is none. FAILED_PRECONDITION, reason
// REQUEST_ID_REUSED, if the id was used with other content. Blocks.
absl::StatusOr<bool> FindReply(db::Connection& connection, const RequestKey& key,
                               google::protobuf::Message& reply, const privacy::Keyring& keyring);

// Deletes what has expired, at most `limit` rows. Returns how many. Blocks.
absl::StatusOr<int64_t> DropExpiredReplies(db::Connection& connection, absl::Time now, int limit);

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_REQUEST_STORE_H_
