#include "common/erasure/row.h"

#include <memory>
#include <optional>

#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/privacy/personal.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/message_differencer.h"

namespace firstfloor::erasure {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;

std::string TextOf(const Message& row, const char* name) {
  return row.GetReflection()->GetString(row, row.GetDescriptor()->FindFieldByName(name));
}

// Locks the row; null if there is none.
absl::StatusOr<std::unique_ptr<Message>> Lock(db::Transaction& tx, const Holding& holding,
                                              absl::string_view name) {
  std::unique_ptr<Message> row(holding.table->spec().prototype->New());
  const absl::Status locked = holding.table->Lock(tx, name, *row);
  if (absl::IsNotFound(locked)) return nullptr;
  RETURN_IF_ERROR(locked);
  return row;
}

void SetEraseTime(Message& row, absl::Time time) {
  const FieldDescriptor* field = row.GetDescriptor()->FindFieldByName("erase_time");
  if (field == nullptr) return;
  *static_cast<Timestamp*>(row.GetReflection()->MutableMessage(&row, field)) = calendar::ToProto(time);
}

absl::StatusOr<events::v1::Event> EventOf(const Message& row, const Record& record,
                                          const std::vector<std::string>& copies) {
  events::v1::Event event;
  event.set_subject(TextOf(row, "name"));
  ASSIGN_OR_RETURN(const int64_t version, resource::VersionOf(TextOf(row, "etag")));
  event.set_version(version);
  event.set_area(TextOf(row, "area"));
  auto* erased = event.mutable_access()->mutable_personal_data_erased();
  erased->set_erasure(record.erasure.name());
  erased->mutable_copies()->Add(copies.begin(), copies.end());
  return event;
}

std::vector<std::string> CopiesOf(const Holding& holding, const Message& row) {
  return holding.copies == nullptr ? std::vector<std::string>() : holding.copies(row);
}

// Saves `row`, from which something was erased, and says so.
absl::Status Keep(db::Transaction& tx, const Tools& tools, const Holding& holding, const Message& before,
                  const std::vector<std::string>& copies, Message& row) {
  if (holding.settle) RETURN_IF_ERROR(holding.settle(tx, tools.origin, before, row));
  SetEraseTime(row, tools.origin.occur_time);
  RETURN_IF_ERROR(holding.table->Save(tx, row, tools.origin));
  ASSIGN_OR_RETURN(events::v1::Event event, EventOf(row, tools.record, copies));
  RETURN_IF_ERROR(tools.log.Append(tx, tools.origin, event));
  if (holding.tell) {
    if (std::optional<events::v1::Event> told = holding.tell(before, row)) {
      told->set_ordinal(event.ordinal() + 1);
      RETURN_IF_ERROR(tools.log.Append(tx, tools.origin, *std::move(told)));
    }
  }
  tools.drop_row(tx, event.subject());
  return store::NoteRow(tx, tools.record, event.subject());
}

}  // namespace

absl::StatusOr<bool> EraseRow(db::Transaction& tx, const Tools& tools, const Holding& holding,
                              absl::string_view name, privacy::IsErased is_erased) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> row, Lock(tx, holding, name));
  if (row == nullptr || !area::Covers(tools.record.erasure.area(), TextOf(*row, "area"))) return false;
  const std::unique_ptr<Message> before(row->New());
  before->CopyFrom(*row);
  const privacy::Erased erased = privacy::Erase(*row, is_erased);
  if (!erased.any) return false;
  const std::vector<std::string> copies =
      erased.owner ? CopiesOf(holding, *before) : std::vector<std::string>();
  RETURN_IF_ERROR(Keep(tx, tools, holding, *before, copies, *row));
  return true;
}

absl::StatusOr<bool> EraseCopy(db::Transaction& tx, const Tools& tools, const Holding& holding,
                               absl::string_view name, std::vector<std::string>& copies) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> row, Lock(tx, holding, name));
  if (row == nullptr) return false;
  const std::unique_ptr<Message> before(row->New());
  before->CopyFrom(*row);
  if (holding.owner == nullptr) {
    privacy::Strip(*row);
  } else {
    const std::string owner = holding.owner(*row);
    privacy::Erase(*row,
                   [&owner](const FieldDescriptor&, const std::string& value) { return value == owner; });
  }
  if (google::protobuf::util::MessageDifferencer::Equals(*row, *before)) return false;
  const std::vector<std::string> own = CopiesOf(holding, *before);
  RETURN_IF_ERROR(Keep(tx, tools, holding, *before, own, *row));
  copies.insert(copies.end(), own.begin(), own.end());
  return true;
}

}  // namespace firstfloor::erasure
