// Erasures in the database.
#ifndef FIRSTFLOOR_COMMON_ERASURE_ERASURE_STORE_H_
#define FIRSTFLOOR_COMMON_ERASURE_ERASURE_STORE_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"
#include "common/erasure/plan.h"
#include "firstfloor/type/v1/erasure.pb.h"

namespace firstfloor::erasure {

// Whose data is erased, as the tables know them: keyed hashes of 16 bytes. Empty where an erasure follows
// from another service's.
struct Keys {
  std::string subject;  // of resources
  std::string caller;   // of kept replies
  std::string actor;    // of the event log
};

// An erasure with how far it is.
struct Record {
  type::v1::Erasure erasure;  // with name and etag
  Keys keys;
  std::string stage;
  std::string position;  // within the stage; "" at its start
};

namespace store {

// False if there is one of that name already.
absl::StatusOr<bool> Insert(db::Transaction& tx, const Record& record);
// NOT_FOUND if there is none. Blocks.
absl::StatusOr<Record> Load(db::Connection& connection, absl::string_view name);
// The oldest that is not done. Blocks.
absl::StatusOr<std::optional<Record>> OldestRunning(db::Connection& connection);
// All that were asked for here, the oldest first. Blocks.
absl::StatusOr<std::vector<Record>> All(db::Connection& connection);

// Locks the erasure; false if it is no longer where `record` says.
absl::StatusOr<bool> Hold(db::Transaction& tx, const Record& record);
// Writes how far it is now, of an erasure that is held. Gives it its new etag.
absl::Status Advance(db::Transaction& tx, Record& record);

// The resources in which the erasure found something.
absl::Status NoteRow(db::Transaction& tx, const Record& record, absl::string_view name);
absl::Status ForgetRows(db::Transaction& tx, const Record& record);
absl::StatusOr<std::set<std::string>> NotedOf(db::Connection& connection, const Record& record,
                                              absl::string_view collection);
absl::StatusOr<std::set<std::string>> NotedAmong(db::Connection& connection, const Record& record,
                                                 const std::set<std::string>& names);

// Puts `fresh` in place of `index` in at most `limit` rows; how many.
absl::StatusOr<int64_t> Replace(db::Transaction& tx, const Column& column, const std::string& index,
                                const std::string& fresh, int limit);

}  // namespace store
}  // namespace firstfloor::erasure

#endif  // FIRSTFLOOR_COMMON_ERASURE_ERASURE_STORE_H_
