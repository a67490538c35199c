#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/privacy/personal.h"
#include "common/resource/table.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"

namespace firstfloor::resource {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

// Names may be words of SQL ("order", "case").
std::string Quoted(absl::string_view identifier) { return absl::StrCat("`", identifier, "`"); }

[[noreturn]] void DieOfType(const Descriptor* type, absl::string_view field) {
  std::fprintf(stderr, "%s cannot be stored: it has no usable field %.*s\n", type->full_name().c_str(),
               static_cast<int>(field.size()), field.data());
  std::abort();
}

const FieldDescriptor* TextField(const Descriptor* type, const char* name) {
  const FieldDescriptor* field = type->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() || field->type() != FieldDescriptor::TYPE_STRING) {
    DieOfType(type, name);
  }
  return field;
}

const FieldDescriptor* TimeField(const Descriptor* type, const char* name) {
  const FieldDescriptor* field = type->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() || field->message_type() != Timestamp::descriptor()) {
    DieOfType(type, name);
  }
  return field;
}

std::string TextOf(const Message& message, const FieldDescriptor* field) {
  return message.GetReflection()->GetString(message, field);
}

void SetText(Message& message, const FieldDescriptor* field, std::string text) {
  message.GetReflection()->SetString(&message, field, std::move(text));
}

// InfinitePast when it is not set.
absl::Time TimeOf(const Message& message, const FieldDescriptor* field) {
  if (!message.GetReflection()->HasField(message, field)) return absl::InfinitePast();
  return calendar::FromProto(
      static_cast<const Timestamp&>(message.GetReflection()->GetMessage(message, field)));
}

void SetTime(Message& message, const FieldDescriptor* field, absl::Time time) {
  *static_cast<Timestamp*>(message.GetReflection()->MutableMessage(&message, field)) =
      calendar::ToProto(time);
}

std::string Placeholders(size_t count) { return absl::StrJoin(std::vector<const char*>(count, "?"), ", "); }

absl::Status AsOfTooEarly(absl::string_view name, absl::Time last) {
  return error::Precondition(
      "AS_OF_TOO_EARLY", absl::StrCat(name, " changed later than the time that this change is dated"),
      {{"name", std::string(name)},
       {"update_time", absl::FormatTime(absl::RFC3339_full, last, absl::UTCTimeZone())}});
}

absl::Status Unreadable(absl::string_view name) {
  return error::Make(absl::StatusCode::kDataLoss, "ROW_UNREADABLE",
                     absl::StrCat("the stored row of ", name, " cannot be read"));
}

}  // namespace

Condition Equals(absl::string_view column, db::Value value) {
  return {absl::StrCat(Quoted(column), " = ?"), {std::move(value)}};
}

Condition In(absl::string_view column, std::vector<db::Value> values) {
  if (values.empty()) return {"1 = 0", {}};
  return {absl::StrCat(Quoted(column), " IN (", Placeholders(values.size()), ")"), std::move(values)};
}

Condition Covered(absl::string_view column, absl::string_view area) {
  auto [from, to] = area::CoverRange(area);
  const std::string quoted = Quoted(column);
  return {absl::StrCat("(", quoted, " >= ? AND ", quoted, " < ?)"), {std::move(from), std::move(to)}};
}

Condition AtLeast(absl::string_view column, db::Value value) {
  return {absl::StrCat(Quoted(column), " >= ?"), {std::move(value)}};
}

Condition Below(absl::string_view column, db::Value value) {
  return {absl::StrCat(Quoted(column), " < ?"), {std::move(value)}};
}

// What is worked out once: the texts of the statements, and where the fields are.
struct RawTable::Statements {
  explicit Statements(const Spec& spec)
      : name(TextField(spec.prototype->GetDescriptor(), "name")),
        etag(TextField(spec.prototype->GetDescriptor(), "etag")),
        create_time(TimeField(spec.prototype->GetDescriptor(), "create_time")),
        update_time(TimeField(spec.prototype->GetDescriptor(), "update_time")),
        personal(privacy::HasPersonal(spec.prototype->GetDescriptor())) {
    const std::string table = Quoted(spec.table);
    insert_rows = absl::StrCat("INSERT INTO ", table, " (id, version, body, sealed");
    update = absl::StrCat("UPDATE ", table, " SET version = ?, body = ?, sealed = ?");
    for (const Column& column : spec.columns) {
      absl::StrAppend(&insert_rows, ", ", Quoted(column.name));
      absl::StrAppend(&update, ", ", Quoted(column.name), " = ?");
    }
    absl::StrAppend(&insert_rows, ") VALUES");
    insert = absl::StrCat(insert_rows, " (", Placeholders(spec.columns.size() + 4), ")");
    absl::StrAppend(&update, " WHERE id = ? AND version = ?");
    list = absl::StrCat("SELECT id, version, body, sealed FROM ", table);
    load = absl::StrCat(list, " WHERE id = ?");
    lock = absl::StrCat(load, " FOR UPDATE");
    erase = absl::StrCat("DELETE FROM ", table, " WHERE id = ?");
  }

  // The values of version, body, sealed and the columns, in the order of the statements, appended to
  // `values`. Takes `whole` apart.
  void AppendValues(const Spec& spec, const privacy::Keyring& keyring, int64_t version, Message& whole,
                    std::vector<db::Value>& values) const {
    std::vector<db::Value> columns;
    columns.reserve(spec.columns.size());
    for (const Column& column : spec.columns) columns.push_back(column.value(whole));
    db::Value sealed = nullptr;
    if (personal) {
      const std::string context = TextOf(whole, name);
      const std::unique_ptr<Message> secret(whole.New());
      privacy::Split(whole, *secret);
      if (secret->ByteSizeLong() > 0) sealed = keyring.Seal(secret->SerializeAsString(), context);
    }
    // They stand in columns of their own.
    whole.GetReflection()->ClearField(&whole, name);
    whole.GetReflection()->ClearField(&whole, etag);
    values.emplace_back(version);
    values.emplace_back(whole.SerializeAsString());
    values.push_back(std::move(sealed));
    std::move(columns.begin(), columns.end(), std::back_inserter(values));
  }

  // The reverse, from a row as the SELECTs give it.
  absl::Status Read(const Spec& spec, const privacy::Keyring& keyring, const db::Row& row,
                    Message& message) const {
    const std::string row_name = NameOf(spec.collection, row.Text(0));
    if (!message.ParseFromString(row.Text(2))) return Unreadable(row_name);
    if (!row.IsNull(3)) {
      ASSIGN_OR_RETURN(const std::string plain, keyring.Open(row.Text(3), row_name));
      const std::unique_ptr<Message> secret(message.New());
      if (!secret->ParseFromString(plain)) return Unreadable(row_name);
      privacy::MergeBack(message, *secret);
    }
    SetText(message, name, row_name);
    SetText(message, etag, absl::StrCat(row.Int(1)));
    return absl::OkStatus();
  }

  template <typename Source>
  absl::Status ReadOne(const Spec& spec, const privacy::Keyring& keyring, Source& source,
                       const std::string& sql, absl::string_view row_name, Message& message) const {
    ASSIGN_OR_RETURN(std::string id, IdOf(spec.collection, row_name));
    const db::Value key[] = {std::move(id)};
    ASSIGN_OR_RETURN(const db::Rows rows, source.Query(sql, absl::MakeConstSpan(key)));
    if (rows.empty()) return error::NotFound(spec.type, row_name);
    return Read(spec, keyring, rows.front(), message);
  }

  absl::Status ReadAll(const Spec& spec, const privacy::Keyring& keyring, const db::Rows& rows,
                       const std::function<Message*()>& add) const {
    for (const db::Row& row : rows) RETURN_IF_ERROR(Read(spec, keyring, row, *add()));
    return absl::OkStatus();
  }

  const FieldDescriptor* name;
  const FieldDescriptor* etag;
  const FieldDescriptor* create_time;
  const FieldDescriptor* update_time;
  bool personal;
  std::string insert_rows, insert, update, load, lock, erase, list;
};

namespace {

// The text and values of a list: `select`, then what all conditions say.
struct ListStatement {
  static absl::StatusOr<ListStatement> Of(const Spec& spec, const std::string& select,
                                          const std::vector<Condition>& conditions, bool descending,
                                          absl::string_view after, int limit) {
    ListStatement list{select, {}};
    for (const Condition& condition : conditions) list.And(condition);
    if (!after.empty()) {
      ASSIGN_OR_RETURN(std::string id, IdOf(spec.collection, after));
      list.And({descending ? "id < ?" : "id > ?", {std::move(id)}});
    }
    list.OrderAndLimit(descending, limit);
    return list;
  }

  void And(const Condition& condition) {
    absl::StrAppend(&sql, filtered ? " AND " : " WHERE ", condition.sql);
    values.insert(values.end(), condition.values.begin(), condition.values.end());
    filtered = true;
  }

  void OrderAndLimit(bool descending, int limit) {
    absl::StrAppend(&sql, " ORDER BY id", descending ? " DESC" : "", " LIMIT ?");
    values.emplace_back(std::max(limit, 0));
  }

  std::string sql;
  std::vector<db::Value> values;
  bool filtered = false;
};

}  // namespace

RawTable::RawTable(Spec spec, const privacy::Keyring& keyring)
    : spec_(std::move(spec)), keyring_(keyring), statements_(std::make_unique<Statements>(spec_)) {}

RawTable::~RawTable() = default;

absl::StatusOr<std::vector<db::Value>> RawTable::NewRow(Message& message,
                                                        const events::Origin& origin) const {
  ASSIGN_OR_RETURN(std::string id, IdOf(spec_.collection, TextOf(message, statements_->name)));
  SetText(message, statements_->etag, "1");
  SetTime(message, statements_->create_time, origin.occur_time);
  SetTime(message, statements_->update_time, origin.occur_time);
  const std::unique_ptr<Message> whole(message.New());
  whole->CopyFrom(message);
  std::vector<db::Value> values;
  values.reserve(spec_.columns.size() + 4);
  values.emplace_back(std::move(id));
  statements_->AppendValues(spec_, keyring_, 1, *whole, values);
  return values;
}

absl::Status RawTable::Insert(db::Transaction& tx, Message& message, const events::Origin& origin) const {
  ASSIGN_OR_RETURN(const std::vector<db::Value> values, NewRow(message, origin));
  return tx.Execute(statements_->insert, values).status();
}

absl::Status RawTable::InsertLater(db::Transaction& tx, Message& message,
                                   const events::Origin& origin) const {
  ASSIGN_OR_RETURN(std::vector<db::Value> values, NewRow(message, origin));
  return tx.RowLater(statements_->insert_rows, std::move(values));
}

absl::Status RawTable::Save(db::Transaction& tx, Message& message, const events::Origin& origin) const {
  const std::string name = TextOf(message, statements_->name);
  ASSIGN_OR_RETURN(std::string id, IdOf(spec_.collection, name));
  ASSIGN_OR_RETURN(const int64_t version, VersionOf(TextOf(message, statements_->etag)));
  const absl::Time last = TimeOf(message, statements_->update_time);
  if (origin.back_dated && origin.occur_time < last) return AsOfTooEarly(name, last);
  const absl::Time update_time = std::max(last, origin.occur_time);
  const std::string etag = absl::StrCat(version + 1);

  // `message` changes only once the row has: a body that handles the error still has what it loaded.
  const std::unique_ptr<Message> whole(message.New());
  whole->CopyFrom(message);
  SetText(*whole, statements_->etag, etag);
  SetTime(*whole, statements_->update_time, update_time);
  std::vector<db::Value> values;
  values.reserve(spec_.columns.size() + 5);
  statements_->AppendValues(spec_, keyring_, version + 1, *whole, values);
  values.emplace_back(std::move(id));
  values.emplace_back(version);
  ASSIGN_OR_RETURN(const int64_t matched, tx.Execute(statements_->update, values));
  if (matched == 0) return error::EtagMismatch(name);
  SetText(message, statements_->etag, etag);
  SetTime(message, statements_->update_time, update_time);
  return absl::OkStatus();
}

absl::Status RawTable::Delete(db::Transaction& tx, absl::string_view name) const {
  ASSIGN_OR_RETURN(std::string id, IdOf(spec_.collection, name));
  ASSIGN_OR_RETURN(const int64_t matched, tx.Execute(statements_->erase, {db::Value(std::move(id))}));
  if (matched == 0) return error::NotFound(spec_.type, name);
  return absl::OkStatus();
}

absl::Status RawTable::Load(db::Connection& connection, absl::string_view name, Message& message) const {
  return statements_->ReadOne(spec_, keyring_, connection, statements_->load, name, message);
}

absl::Status RawTable::Load(db::Transaction& tx, absl::string_view name, Message& message) const {
  return statements_->ReadOne(spec_, keyring_, tx, statements_->load, name, message);
}

absl::Status RawTable::Lock(db::Transaction& tx, absl::string_view name, Message& message) const {
  return statements_->ReadOne(spec_, keyring_, tx, statements_->lock, name, message);
}

absl::Status RawTable::List(db::Connection& connection, const std::vector<Condition>& conditions,
                            bool descending, absl::string_view after, int limit,
                            const std::function<Message*()>& add) const {
  ASSIGN_OR_RETURN(const ListStatement list,
                   ListStatement::Of(spec_, statements_->list, conditions, descending, after, limit));
  ASSIGN_OR_RETURN(const db::Rows rows, connection.Query(list.sql, list.values));
  return statements_->ReadAll(spec_, keyring_, rows, add);
}

absl::Status RawTable::List(db::Transaction& tx, const std::vector<Condition>& conditions,
                            absl::string_view after, int limit, const std::function<Message*()>& add) const {
  ASSIGN_OR_RETURN(const ListStatement list,
                   ListStatement::Of(spec_, statements_->list, conditions, false, after, limit));
  ASSIGN_OR_RETURN(const db::Rows rows, tx.Query(list.sql, list.values));
  return statements_->ReadAll(spec_, keyring_, rows, add);
}

absl::Status RawTable::ListLocked(db::Transaction& tx, const std::vector<Condition>& conditions, int limit,
                                  const std::function<Message*()>& add) const {
  ASSIGN_OR_RETURN(ListStatement list,
                   ListStatement::Of(spec_, statements_->list, conditions, false, "", limit));
  absl::StrAppend(&list.sql, " FOR UPDATE");
  ASSIGN_OR_RETURN(const db::Rows rows, tx.Query(list.sql, list.values));
  return statements_->ReadAll(spec_, keyring_, rows, add);
}

}  // namespace firstfloor::resource
