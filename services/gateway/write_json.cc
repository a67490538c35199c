// ToJson. protobuf's own printer takes the message apart and puts it together again, with the descriptors as
// messages of their own, which was half of what a call through the gateway cost.
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/error/error.h"
#include "common/telemetry/json.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"
#include "services/gateway/json.h"

namespace firstfloor::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int64_t kFirstSecond = -62'135'596'800;  // of the year 1
constexpr int64_t kLastSecond = 253'402'300'799;   // of the year 9999
constexpr int64_t kLongestSpan = 315'576'000'000;
constexpr int32_t kNanosASecond = 1'000'000'000;

void AppendMessage(const Message& message, std::string& out, bool& writable);

// The last `digits` digits of `number`, which is not negative.
void AppendDigits(int64_t number, int digits, std::string& out) {
  out.append(digits, '0');
  for (auto digit = out.rbegin(); digits > 0; --digits, ++digit, number /= 10) {
    *digit = static_cast<char>('0' + number % 10);
  }
}

// "", ".123", ".123456" or ".123456789".
void AppendFraction(int32_t nanos, std::string& out) {
  if (nanos == 0) return;
  out.push_back('.');
  if (nanos % 1'000'000 == 0) return AppendDigits(nanos / 1'000'000, 3, out);
  if (nanos % 1'000 == 0) return AppendDigits(nanos / 1'000, 6, out);
  AppendDigits(nanos, 9, out);
}

void AppendTimestamp(const google::protobuf::Timestamp& time, std::string& out, bool& writable) {
  writable = writable && time.seconds() >= kFirstSecond && time.seconds() <= kLastSecond &&
             time.nanos() >= 0 && time.nanos() < kNanosASecond;
  if (!writable) return;
  const absl::CivilSecond civil =
      absl::ToCivilSecond(absl::FromUnixSeconds(time.seconds()), absl::UTCTimeZone());
  out.push_back('"');
  AppendDigits(civil.year(), 4, out);
  for (const auto& [before, number] :
       {std::pair{'-', civil.month()}, std::pair{'-', civil.day()}, std::pair{'T', civil.hour()},
        std::pair{':', civil.minute()}, std::pair{':', civil.second()}}) {
    out.push_back(before);
    AppendDigits(number, 2, out);
  }
  AppendFraction(time.nanos(), out);
  out += "Z\"";
}

void AppendDuration(const google::protobuf::Duration& span, std::string& out, bool& writable) {
  const bool contradicts =
      (span.seconds() > 0 && span.nanos() < 0) || (span.seconds() < 0 && span.nanos() > 0);
  writable = writable && !contradicts && std::abs(span.seconds()) <= kLongestSpan &&
             std::abs(span.nanos()) < kNanosASecond;
  if (!writable) return;
  const bool negative = span.seconds() < 0 || span.nanos() < 0;
  absl::StrAppend(&out, negative ? "\"-" : "\"", std::abs(span.seconds()));
  AppendFraction(std::abs(span.nanos()), out);
  out += "s\"";
}

// What has a form of its own and is rare: masks, wrappers, values of any kind.
void AppendByLibrary(const Message& message, std::string& out, bool& writable) {
  std::string json;
  writable = writable && google::protobuf::util::MessageToJsonString(message, &json).ok();
  out += json;
}

template <typename Real>
void AppendReal(Real value, std::string& out) {
  if (std::isnan(value)) return out.append("\"NaN\""), void();
  if (std::isinf(value)) return out.append(value > 0 ? "\"Infinity\"" : "\"-Infinity\""), void();
  char digits[32];
  const auto written = std::to_chars(digits, digits + sizeof(digits), value);
  out.append(digits, written.ptr);
}

void AppendEnum(const FieldDescriptor& field, int number, std::string& out) {
  const auto* value = field.enum_type()->FindValueByNumber(number);
  if (field.enum_type()->full_name() == "google.protobuf.NullValue") {
    out += "null";
  } else if (value == nullptr) {
    absl::StrAppend(&out, number);
  } else {
    absl::StrAppend(&out, "\"", value->name(), "\"");
  }
}

void AppendText(const FieldDescriptor& field, const std::string& text, std::string& out) {
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    absl::StrAppend(&out, "\"", absl::Base64Escape(text), "\"");
  } else {
    telemetry::AppendJsonString(text, out);
  }
}

// A value of a field: the `index`-th of a list; -1: that of a single one.
void AppendValue(const Message& message, const FieldDescriptor& field, int index, std::string& out,
                 bool& writable) {
  const Reflection& reflection = *message.GetReflection();
  const bool listed = index >= 0;
  const auto get = [&](auto one, auto of_list) {
    return listed ? (reflection.*of_list)(message, &field, index) : (reflection.*one)(message, &field);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrAppend(&out, get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrAppend(&out, get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrAppend(&out, "\"", get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64), "\"");
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrAppend(&out, "\"", get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64), "\"");
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return AppendReal(get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble), out);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return AppendReal(get(&Reflection::GetFloat, &Reflection::GetRepeatedFloat), out);
    case FieldDescriptor::CPPTYPE_BOOL:
      out += get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      return AppendEnum(field, get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue), out);
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      return AppendText(field,
                        listed ? reflection.GetRepeatedStringReference(message, &field, index, &scratch)
                               : reflection.GetStringReference(message, &field, &scratch),
                        out);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return AppendMessage(listed ? reflection.GetRepeatedMessage(message, &field, index)
                                  : reflection.GetMessage(message, &field),
                           out, writable);
  }
}

// The key of an entry of a map, which JSON wants as a string.
void AppendKey(const Message& entry, std::string& out, bool& writable) {
  const FieldDescriptor& key = *entry.GetDescriptor()->map_key();
  const bool quoted = key.cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
                      key.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
                      key.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
  if (!quoted) out.push_back('"');
  AppendValue(entry, key, -1, out, writable);
  if (!quoted) out.push_back('"');
}

// All of a field: its value, its list, its map. One that is not set is its default; a message, null.
void AppendField(const Message& message, const FieldDescriptor& field, std::string& out, bool& writable) {
  const Reflection& reflection = *message.GetReflection();
  if (!field.is_repeated()) {
    const bool nothing =
        field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !reflection.HasField(message, &field);
    if (nothing) return out.append("null"), void();
    return AppendValue(message, field, -1, out, writable);
  }
  out.push_back(field.is_map() ? '{' : '[');
  const int size = reflection.FieldSize(message, &field);
  for (int i = 0; i < size; ++i) {
    if (i > 0) out.push_back(',');
    if (field.is_map()) {
      const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
      AppendKey(entry, out, writable);
      out.push_back(':');
      AppendValue(entry, *field.message_type()->map_value(), -1, out, writable);
    } else {
      AppendValue(message, field, i, out, writable);
    }
  }
  out.push_back(field.is_map() ? '}' : ']');
}

void AppendMessage(const Message& message, std::string& out, bool& writable) {
  switch (message.GetDescriptor()->well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      break;
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return AppendTimestamp(static_cast<const google::protobuf::Timestamp&>(message), out, writable);
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return AppendDuration(static_cast<const google::protobuf::Duration&>(message), out, writable);
    default:
      return AppendByLibrary(message, out, writable);
  }
  std::vector<const FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  out.push_back('{');
  for (const FieldDescriptor* field : set) {
    if (field != set.front()) out.push_back(',');
    absl::StrAppend(&out, "\"", field->json_name(), "\":");
    AppendField(message, *field, out, writable);
  }
  out.push_back('}');
}

}  // namespace

absl::StatusOr<std::string> ToJson(const Message& message, const FieldDescriptor* field) {
  std::string json;
  bool writable = true;
  if (field == nullptr) {
    AppendMessage(message, json, writable);
  } else {
    AppendField(message, *field, json, writable);
  }
  if (writable) return json;
  return error::Make(absl::StatusCode::kInternal, "REPLY_NOT_JSON", "the reply cannot be written as JSON");
}

}  // namespace firstfloor::gateway
