#include "services/gateway/resume.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/error/error.h"

namespace firstfloor::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* Find(const Message& message, const char* name, FieldDescriptor::Type type) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  return field != nullptr && field->type() == type && !field->is_repeated() ? field : nullptr;
}

bool OneLine(absl::string_view text) { return std::none_of(text.begin(), text.end(), absl::ascii_iscntrl); }

}  // namespace

std::string EventIdOf(const Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (const FieldDescriptor* cursor = Find(message, "cursor", FieldDescriptor::TYPE_STRING)) {
    std::string id = reflection.GetString(message, cursor);
    return OneLine(id) ? id : "";
  }
  if (const FieldDescriptor* seq = Find(message, "cursor_seq", FieldDescriptor::TYPE_INT64)) {
    std::string id = absl::StrCat(reflection.GetInt64(message, seq));
    if (const FieldDescriptor* hash = Find(message, "cursor_hash", FieldDescriptor::TYPE_BYTES)) {
      absl::StrAppend(&id, ".", absl::BytesToHexString(reflection.GetString(message, hash)));
    }
    return id;
  }
  if (const FieldDescriptor* seq = Find(message, "seq", FieldDescriptor::TYPE_INT64)) {
    return absl::StrCat(reflection.GetInt64(message, seq));
  }
  return "";
}

absl::Status ResumeAfter(absl::string_view id, Message& request) {
  if (id.empty()) return absl::OkStatus();
  const google::protobuf::Reflection& reflection = *request.GetReflection();
  if (const FieldDescriptor* cursor = Find(request, "cursor", FieldDescriptor::TYPE_STRING)) {
    reflection.SetString(&request, cursor, std::string(id));
    return absl::OkStatus();
  }
  const FieldDescriptor* seq = Find(request, "after_seq", FieldDescriptor::TYPE_INT64);
  if (seq == nullptr) return absl::OkStatus();
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(id, absl::MaxSplits('.', 1));
  int64_t number = 0;
  const bool hex = parts.second.size() % 2 == 0 &&
                   std::all_of(parts.second.begin(), parts.second.end(), absl::ascii_isxdigit);
  if (!absl::SimpleAtoi(parts.first, &number) || number < 0 || !hex) {
    return error::Make(absl::StatusCode::kInvalidArgument, "INVALID_HEADER",
                       "Last-Event-ID is not an id of this stream", {{"header", "last-event-id"}});
  }
  reflection.SetInt64(&request, seq, number);
  if (const FieldDescriptor* hash = Find(request, "after_hash", FieldDescriptor::TYPE_BYTES)) {
    reflection.SetString(&request, hash, absl::HexStringToBytes(parts.second));
  }
  return absl::OkStatus();
}

}  // namespace firstfloor::gateway
