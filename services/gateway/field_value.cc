#include "services/gateway/field_value.h"

#include <cmath>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/error/macros.h"
#include "common/telemetry/json.h"
#include "google/protobuf/util/json_util.h"

namespace firstfloor::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status Expected(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("must be ", what));
}

bool IsWrapper(const Descriptor& message) {
  switch (message.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_DOUBLEVALUE:
    case Descriptor::WELLKNOWNTYPE_FLOATVALUE:
    case Descriptor::WELLKNOWNTYPE_INT64VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT64VALUE:
    case Descriptor::WELLKNOWNTYPE_INT32VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT32VALUE:
    case Descriptor::WELLKNOWNTYPE_STRINGVALUE:
    case Descriptor::WELLKNOWNTYPE_BYTESVALUE:
    case Descriptor::WELLKNOWNTYPE_BOOLVALUE:
      return true;
    default:
      return false;
  }
}

// Timestamp, Duration and FieldMask, which JSON writes as strings.
bool IsJsonString(const Descriptor& message) {
  return message.well_known_type() == Descriptor::WELLKNOWNTYPE_TIMESTAMP ||
         message.well_known_type() == Descriptor::WELLKNOWNTYPE_DURATION ||
         message.well_known_type() == Descriptor::WELLKNOWNTYPE_FIELDMASK;
}

const FieldDescriptor* FindField(const Descriptor& message, absl::string_view name) {
  const std::string wanted(name);
  if (const FieldDescriptor* field = message.FindFieldByName(wanted)) return field;
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->json_name() == wanted) return message.field(i);
  }
  return nullptr;
}

// Stricter than absl::SimpleAtoi and SimpleAtod, which allow blanks around.
template <typename Number, typename Parse>
bool ReadNumber(absl::string_view text, Parse parse, Number* number) {
  const bool plain = !text.empty() && !absl::ascii_isspace(static_cast<unsigned char>(text.front())) &&
                     !absl::ascii_isspace(static_cast<unsigned char>(text.back())) && text.front() != '+';
  return plain && parse(text, number);
}

template <typename Number>
bool ReadInteger(absl::string_view text, Number* number) {
  return ReadNumber(
      text, [](absl::string_view t, Number* n) { return absl::SimpleAtoi(t, n); }, number);
}

bool ReadReal(absl::string_view text, double* number) {
  if (!ReadNumber(
          text, [](absl::string_view t, double* n) { return absl::SimpleAtod(t, n); }, number))
    return false;
  // JSON has exactly these names for what is not finite.
  return std::isfinite(*number) || text == "NaN" || text == "Infinity" || text == "-Infinity";
}

bool ReadBytes(absl::string_view text, std::string* bytes) {
  return absl::Base64Unescape(text, bytes) || absl::WebSafeBase64Unescape(text, bytes);
}

absl::StatusOr<int> ReadEnum(const FieldDescriptor& field, absl::string_view text) {
  const EnumValueDescriptor* value = field.enum_type()->FindValueByName(std::string(text));
  if (value != nullptr) return value->number();
  int number = 0;
  if (ReadInteger(text, &number)) return number;
  return Expected(absl::StrCat("one of the names of ", field.enum_type()->full_name()));
}

// One call sets or adds: F is set for single fields, add for lists.
class Writer {
 public:
  Writer(Message& message, const FieldDescriptor& field)
      : message_(message), field_(field), reflection_(*message.GetReflection()) {}

  absl::Status Write(absl::string_view text) {
    switch (field_.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return Integer<int32_t>(text, &Reflection::SetInt32, &Reflection::AddInt32);
      case FieldDescriptor::CPPTYPE_INT64:
        return Integer<int64_t>(text, &Reflection::SetInt64, &Reflection::AddInt64);
      case FieldDescriptor::CPPTYPE_UINT32:
        return Integer<uint32_t>(text, &Reflection::SetUInt32, &Reflection::AddUInt32);
      case FieldDescriptor::CPPTYPE_UINT64:
        return Integer<uint64_t>(text, &Reflection::SetUInt64, &Reflection::AddUInt64);
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
        return Real(text);
      case FieldDescriptor::CPPTYPE_BOOL:
        if (text != "true" && text != "false") return Expected("true or false");
        return Put(text == "true", &Reflection::SetBool, &Reflection::AddBool);
      case FieldDescriptor::CPPTYPE_ENUM: {
        ASSIGN_OR_RETURN(const int number, ReadEnum(field_, text));
        return Put(number, &Reflection::SetEnumValue, &Reflection::AddEnumValue);
      }
      case FieldDescriptor::CPPTYPE_STRING:
        return Text(text);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Value(text);
    }
    return absl::InternalError("unknown kind of field");
  }

 private:
  template <typename Number, typename Set, typename Add>
  absl::Status Put(Number value, Set set, Add add) {
    if (field_.is_repeated()) {
      (reflection_.*add)(&message_, &field_, value);
    } else {
      (reflection_.*set)(&message_, &field_, value);
    }
    return absl::OkStatus();
  }

  template <typename Number, typename Set, typename Add>
  absl::Status Integer(absl::string_view text, Set set, Add add) {
    Number number = 0;
    if (!ReadInteger(text, &number)) {
      return Expected(absl::StrCat("an integer of ", 8 * sizeof(Number), " bits",
                                   std::is_unsigned_v<Number> ? ", not negative" : ""));
    }
    return Put(number, set, add);
  }

  absl::Status Real(absl::string_view text) {
    double number = 0;
    if (!ReadReal(text, &number)) return Expected("a number");
    if (field_.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
      return Put(static_cast<float>(number), &Reflection::SetFloat, &Reflection::AddFloat);
    }
    return Put(number, &Reflection::SetDouble, &Reflection::AddDouble);
  }

  absl::Status Text(absl::string_view text) {
    std::string value(text);
    if (field_.type() == FieldDescriptor::TYPE_BYTES && !ReadBytes(text, &value)) return Expected("base64");
    if (field_.is_repeated()) {
      reflection_.AddString(&message_, &field_, std::move(value));
    } else {
      reflection_.SetString(&message_, &field_, std::move(value));
    }
    return absl::OkStatus();
  }

  absl::Status Value(absl::string_view text) {
    Message& value = field_.is_repeated() ? *reflection_.AddMessage(&message_, &field_)
                                          : *reflection_.MutableMessage(&message_, &field_);
    if (IsWrapper(*field_.message_type())) {
      return Writer(value, *field_.message_type()->FindFieldByNumber(1)).Write(text);
    }
    if (field_.message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_FIELDMASK &&
        absl::StrContains(text, '_')) {
      return Mask(text, value);
    }
    std::string json;
    telemetry::AppendJsonString(text, json);
    if (!google::protobuf::util::JsonStringToMessage(json, &value).ok()) {
      return Expected(absl::StrCat("a value of ", field_.message_type()->full_name(), " as JSON writes it"));
    }
    return absl::OkStatus();
  }

  // A mask by the names of the proto, which JSON's own form has no way to write.
  static absl::Status Mask(absl::string_view text, Message& mask) {
    const FieldDescriptor* paths = mask.GetDescriptor()->FindFieldByName("paths");
    for (const absl::string_view path : absl::StrSplit(text, ',', absl::SkipEmpty())) {
      RETURN_IF_ERROR(Writer(mask, *paths).Write(path));
    }
    return absl::OkStatus();
  }

  Message& message_;
  const FieldDescriptor& field_;
  const Reflection& reflection_;
};

absl::Status MustBeFree(const Message& message, const FieldDescriptor& field) {
  const google::protobuf::OneofDescriptor* oneof = field.real_containing_oneof();
  if (oneof == nullptr) return absl::OkStatus();
  const FieldDescriptor* set = message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
  if (set == nullptr || set == &field) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("cannot be set together with ", set->name()));
}

}  // namespace

absl::StatusOr<FieldPath> ResolveField(const Descriptor& message, absl::string_view path) {
  FieldPath fields;
  const Descriptor* inside = &message;
  for (const absl::string_view name : absl::StrSplit(path, '.')) {
    if (inside == nullptr) return absl::NotFoundError("no such field");
    if (!fields.empty() && (fields.back()->is_repeated() || HasTextForm(*fields.back()))) {
      return absl::InvalidArgumentError("leads through a list or a value");
    }
    const FieldDescriptor* field = FindField(*inside, name);
    if (field == nullptr) return absl::NotFoundError("no such field");
    fields.push_back(field);
    inside = field->message_type();
  }
  return fields;
}

bool HasTextForm(const FieldDescriptor& field) {
  if (field.message_type() == nullptr) return true;
  return IsWrapper(*field.message_type()) || IsJsonString(*field.message_type());
}

absl::Status SetFromText(const FieldPath& path, absl::string_view text, Message& message) {
  Message* inside = &message;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    RETURN_IF_ERROR(MustBeFree(*inside, *path[i]));
    inside = inside->GetReflection()->MutableMessage(inside, path[i]);
  }
  const FieldDescriptor& field = *path.back();
  if (!HasTextForm(field)) return absl::InvalidArgumentError("cannot be given as text");
  RETURN_IF_ERROR(MustBeFree(*inside, field));
  return Writer(*inside, field).Write(text);
}

}  // namespace firstfloor::gateway
