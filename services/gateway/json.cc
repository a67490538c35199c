#include "services/gateway/json.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "google/protobuf/util/json_util.h"

namespace firstfloor::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kDeepest = 64;

// Reads JSON for its form alone: where it stops being JSON, and how deep it goes.
class FormReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool key(string_t&) override { return true; }
  bool start_object(size_t) override { return ++depth_ <= kDeepest; }
  bool start_array(size_t) override { return ++depth_ <= kDeepest; }
  bool end_object() override { return --depth_ >= 0; }
  bool end_array() override { return --depth_ >= 0; }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    error_at_ = position;
    return false;
  }
  size_t error_at() const { return error_at_; }

 private:
  int depth_ = 0;
  size_t error_at_ = 0;
};

absl::Status MustBeJson(absl::string_view body) {
  FormReader reader;
  if (nlohmann::json::sax_parse(body.begin(), body.end(), &reader)) return absl::OkStatus();
  if (reader.error_at() == 0) {
    return error::Make(absl::StatusCode::kInvalidArgument, "MALFORMED_JSON",
                       absl::StrCat("the body is nested deeper than ", kDeepest, " levels"));
  }
  const size_t byte = std::min(reader.error_at(), body.size() + 1);
  const absl::string_view before = body.substr(0, byte - 1);
  const size_t line = 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
  const size_t line_start = before.rfind('\n') == absl::string_view::npos ? 0 : before.rfind('\n') + 1;
  const size_t column = byte - line_start;
  return error::Make(
      absl::StatusCode::kInvalidArgument, "MALFORMED_JSON",
      absl::StrCat("the body is not JSON at line ", line, ", column ", column),
      {{"line", absl::StrCat(line)}, {"column", absl::StrCat(column)}, {"byte", absl::StrCat(byte)}});
}

absl::StatusOr<std::string> Print(const Message& message, bool with_defaults) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = with_defaults;
  std::string json;
  const auto printed = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!printed.ok()) {
    return error::Make(absl::StatusCode::kInternal, "REPLY_NOT_JSON", "the reply cannot be written as JSON");
  }
  return json;
}

// {"field":VALUE} gives VALUE; "" if the field is not in it.
std::string ValueOf(absl::string_view json, const FieldDescriptor& field) {
  const std::string start = absl::StrCat("{\"", field.json_name(), "\":");
  if (json.substr(0, start.size()) != start) return "";
  return std::string(json.substr(start.size(), json.size() - start.size() - 1));
}

void CopyField(const Message& from, const FieldDescriptor& field, Message& to) {
  to.CopyFrom(from);
  std::vector<const FieldDescriptor*> set;
  to.GetReflection()->ListFields(to, &set);
  for (const FieldDescriptor* other : set) {
    if (other != &field) to.GetReflection()->ClearField(&to, other);
  }
}

}  // namespace

absl::Status FromJson(absl::string_view body, const FieldDescriptor* field, Message& message) {
  if (body.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(MustBeJson(body));
  const std::string whole =
      field == nullptr ? std::string(body) : absl::StrCat("{\"", field->json_name(), "\":", body, "}");
  const auto parsed = google::protobuf::util::JsonStringToMessage(whole, &message);
  if (parsed.ok()) return absl::OkStatus();
  return error::Make(absl::StatusCode::kInvalidArgument, "INVALID_BODY",
                     absl::StrCat("the body does not fit ", message.GetDescriptor()->full_name(), ": ",
                                  absl::string_view(parsed.message().data(), parsed.message().size())));
}

absl::StatusOr<std::string> ToJson(const Message& message, const FieldDescriptor* field) {
  if (field == nullptr) return Print(message, false);
  const std::unique_ptr<Message> alone(message.New());
  CopyField(message, *field, *alone);
  ASSIGN_OR_RETURN(const std::string set, Print(*alone, false));
  if (std::string value = ValueOf(set, *field); !value.empty()) return value;
  if (field->message_type() != nullptr && !field->is_repeated()) return std::string("null");
  ASSIGN_OR_RETURN(const std::string all, Print(*alone, true));
  // Fields are printed in the order of their numbers, so the one wanted need not come first.
  return nlohmann::ordered_json::parse(all).at(field->json_name()).dump();
}

}  // namespace firstfloor::gateway
