#include "services/gateway/json.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
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

// Where the body does not fit and why, without the value, which may be personal: whoever sent it knows it,
// and errors are kept by others.
std::string WithoutValue(absl::string_view why) {
  if (absl::EndsWith(why, ": Cannot find field.")) return absl::StrCat(": ", why);
  const size_t value = why.find(": invalid value ");
  const size_t type = why.rfind(" for type ");
  if (value == absl::string_view::npos || type == absl::string_view::npos || type < value) return "";
  return absl::StrCat(": ", why.substr(0, value), ": no value", why.substr(type));
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
                     absl::StrCat("the body does not fit ", message.GetDescriptor()->full_name(),
                                  WithoutValue({parsed.message().data(), parsed.message().size()})));
}

}  // namespace firstfloor::gateway
