// What a service has of people, for erasing them.
#ifndef FIRSTFLOOR_COMMON_ERASURE_PLAN_H_
#define FIRSTFLOOR_COMMON_ERASURE_PLAN_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/db/transaction.h"
#include "common/events/origin.h"
#include "common/resource/table.h"
#include "firstfloor/events/v1/event.pb.h"
#include "google/protobuf/message.h"

namespace firstfloor::erasure {

// A table of resources. People are found in it, and erased from it, by the field options `subject` and
// `owner`. Messages have an `area` and, where they name people, an `erase_time`.
struct Holding {
  const resource::RawTable* table = nullptr;

  // Where to look for what the person has not done with: of these rows, those that name the person are open.
  // `subject_index` is the blind index of the subject. Null: nothing is ever open.
  std::function<std::vector<resource::Condition>(const std::string& subject_index)> open = nullptr;

  // Names of resources, here or in other services, that were made with a copy of what is personal in the row.
  std::function<std::vector<std::string>(const google::protobuf::Message& row)> copies = nullptr;

  // Of a row that is such a copy: the subject of whose it is; "" once they have been erased. Null: rows do
  // not say whose they are, and everything personal goes.
  std::function<std::string(const google::protobuf::Message& row)> owner = nullptr;

  // What else follows when somebody has been erased from the row: `row` is as it will be saved. Null:
  // nothing.
  std::function<absl::Status(db::Transaction&, const events::Origin&, const google::protobuf::Message& before,
                             google::protobuf::Message& row)>
      settle = nullptr;
  // The event of what `settle` changed, about the row as saved.
  std::function<std::optional<events::v1::Event>(const google::protobuf::Message& before,
                                                 const google::protobuf::Message& row)>
      tell = nullptr;
};

// A column of blind indexes of subjects in a table that is not a resource's.
struct Column {
  std::string table;
  std::string column;
};

struct Plan {
  // Every table of the service that has sealed fields; what is made from another's row stands behind it, so
  // that a copy made while an erasure runs is found too.
  std::vector<Holding> holdings;
  // In these columns a random value takes the place of the person's, so that what is counted stays the same.
  std::vector<Column> columns;
  // Tables of sealed rows that were made of what is personal in a resource: its `settle` deletes them.
  std::vector<std::string> derived = {};
};

}  // namespace firstfloor::erasure

#endif  // FIRSTFLOOR_COMMON_ERASURE_PLAN_H_
