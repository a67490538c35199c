// How a resource is stored: one row, with the columns that queries need, the message itself, and its
// personal fields sealed. One mechanism for every resource of every service.
#ifndef FIRSTFLOOR_COMMON_RESOURCE_TABLE_H_
#define FIRSTFLOOR_COMMON_RESOURCE_TABLE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"
#include "google/protobuf/message.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::resource {

// A new name "collection/{uuidv7}"; order of names is order of creation by `time` (record time). Within a
// process each name is greater than the one before, also when the clock steps back.
std::string NewName(absl::string_view collection, absl::Time time);
// A name "collection/{uuid}" derived from `seed` (for example an event id and a purpose): the same seed, the
// same name.
std::string DerivedName(absl::string_view collection, absl::string_view seed);
// The 16 bytes of "collection/{uuid}"; INVALID_ARGUMENT if malformed or of another collection.
absl::StatusOr<std::string> IdOf(absl::string_view collection, absl::string_view name);
std::string NameOf(absl::string_view collection, absl::string_view id);
// 16 bytes of a UUID text and back; "" if malformed. Lower case only, so that a row has one name.
std::string UuidBytes(absl::string_view text);
std::string UuidText(absl::string_view bytes);
std::string NewUuid();  // version 4, text

// A column beside the message, for queries.
struct Column {
  std::string name;
  std::function<db::Value(const google::protobuf::Message&)> value;
};

struct Spec {
  std::string table;       // "opinion"
  std::string collection;  // "opinions"
  std::string type;        // "Opinion", for NOT_FOUND
  const google::protobuf::Message* prototype = nullptr;
  std::vector<Column> columns;
};

// Conditions of a list, all of which hold. Build with the functions below; columns come from code, never from
// a caller.
struct Condition {
  std::string sql;  // "state = ?"
  std::vector<db::Value> values;
};
Condition Equals(absl::string_view column, db::Value value);
Condition In(absl::string_view column, std::vector<db::Value> values);  // empty list: nothing matches
Condition Covered(absl::string_view column, absl::string_view area);    // the area and everything below
Condition AtLeast(absl::string_view column, db::Value value);
Condition Below(absl::string_view column, db::Value value);

// Untyped core. Every table has: id BINARY(16) PK, version BIGINT, body MEDIUMBLOB, sealed MEDIUMBLOB NULL,
// plus the columns. Messages have the fields name, etag, create_time, update_time (found by descriptor),
// which are set here: etag is the version as text; create_time and update_time are times of occurrence
// (origin.occur_time).
class RawTable {
 public:
  RawTable(Spec spec, const privacy::Keyring& keyring);
  ~RawTable();

  // Inserts with version 1. `message.name` must be set.
  absl::Status Insert(db::Transaction& tx, google::protobuf::Message& message,
                      const events::Origin& origin) const;
  // The same, sent when the transaction sends next (Transaction::Later): for names just made, which nobody
  // has.
  absl::Status InsertLater(db::Transaction& tx, google::protobuf::Message& message,
                           const events::Origin& origin) const;
  // Writes the row back if its version is still the one of message.etag (as loaded); ABORTED ETAG_MISMATCH
  // otherwise. FAILED_PRECONDITION, reason AS_OF_TOO_EARLY, if origin.occur_time is before the row's
  // update_time and the change is back-dated; a live change a little behind another replica's clock is
  // dated at update_time. Increments version, etag; sets update_time.
  absl::Status Save(db::Transaction& tx, google::protobuf::Message& message,
                    const events::Origin& origin) const;
  absl::Status Delete(db::Transaction& tx, absl::string_view name) const;
  absl::Status Load(db::Connection& connection, absl::string_view name,
                    google::protobuf::Message& message) const;
  absl::Status Load(db::Transaction& tx, absl::string_view name, google::protobuf::Message& message) const;
  // SELECT … FOR UPDATE.
  absl::Status Lock(db::Transaction& tx, absl::string_view name, google::protobuf::Message& message) const;
  // Rows where all conditions hold, newest name first (descending) or oldest first, after `after` (a name; ""
  // from the start), at most `limit`. Appends to `messages` by `add`.
  absl::Status List(db::Connection& connection, const std::vector<Condition>& conditions, bool descending,
                    absl::string_view after, int limit,
                    const std::function<google::protobuf::Message*()>& add) const;
  // The same in a transaction, oldest first.
  absl::Status List(db::Transaction& tx, const std::vector<Condition>& conditions, absl::string_view after,
                    int limit, const std::function<google::protobuf::Message*()>& add) const;
  absl::Status ListLocked(db::Transaction& tx, const std::vector<Condition>& conditions, int limit,
                          const std::function<google::protobuf::Message*()>& add)
      const;  // in a transaction, FOR UPDATE, oldest first
  const Spec& spec() const { return spec_; }

 private:
  struct Statements;
  // The values of a row with version 1; sets what Insert sets in `message`.
  absl::StatusOr<std::vector<db::Value>> NewRow(google::protobuf::Message& message,
                                                const events::Origin& origin) const;

  Spec spec_;
  const privacy::Keyring& keyring_;
  std::unique_ptr<Statements> statements_;
};

// The same with the resource's type.
template <typename R>
class Table {
 public:
  Table(Spec spec, const privacy::Keyring& keyring)
      : raw_(
            [&] {
              spec.prototype = &R::default_instance();
              return std::move(spec);
            }(),
            keyring) {}

  absl::Status Insert(db::Transaction& tx, R& row, const events::Origin& origin) const {
    return raw_.Insert(tx, row, origin);
  }
  absl::Status InsertLater(db::Transaction& tx, R& row, const events::Origin& origin) const {
    return raw_.InsertLater(tx, row, origin);
  }
  absl::Status Save(db::Transaction& tx, R& row, const events::Origin& origin) const {
    return raw_.Save(tx, row, origin);
  }
  absl::Status Delete(db::Transaction& tx, absl::string_view name) const { return raw_.Delete(tx, name); }
  absl::StatusOr<R> Load(db::Connection& connection, absl::string_view name) const {
    R row;
    if (auto s = raw_.Load(connection, name, row); !s.ok()) return s;
    return row;
  }
  absl::StatusOr<R> Load(db::Transaction& tx, absl::string_view name) const {
    R row;
    if (auto s = raw_.Load(tx, name, row); !s.ok()) return s;
    return row;
  }
  absl::StatusOr<R> Lock(db::Transaction& tx, absl::string_view name) const {
    R row;
    if (auto s = raw_.Lock(tx, name, row); !s.ok()) return s;
    return row;
  }
  absl::StatusOr<std::vector<R>> List(db::Connection& connection, const std::vector<Condition>& conditions,
                                      bool descending, absl::string_view after, int limit) const {
    std::vector<R> rows;
    rows.reserve(8);
    auto s =
        raw_.List(connection, conditions, descending, after, limit, [&] { return &rows.emplace_back(); });
    if (!s.ok()) return s;
    return rows;
  }
  absl::StatusOr<std::vector<R>> ListLocked(db::Transaction& tx, const std::vector<Condition>& conditions,
                                            int limit) const {
    std::vector<R> rows;
    auto s = raw_.ListLocked(tx, conditions, limit, [&] { return &rows.emplace_back(); });
    if (!s.ok()) return s;
    return rows;
  }
  const RawTable& raw() const { return raw_; }

 private:
  RawTable raw_;
};

// The version that an etag stands for; INVALID_ARGUMENT if it is none.
absl::StatusOr<int64_t> VersionOf(absl::string_view etag);

}  // namespace firstfloor::resource

#endif  // FIRSTFLOOR_COMMON_RESOURCE_TABLE_H_
