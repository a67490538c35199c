#include "services/gateway/openapi_schema.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "firstfloor/api/v1/field.pb.h"
#include "services/gateway/contract.h"

namespace firstfloor::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

const api::v1::Field& RulesOf(const FieldDescriptor& field) {
  return field.options().GetExtension(api::v1::field);
}

void Describe(const std::string& comment, Json& schema) {
  if (!comment.empty()) schema["description"] = comment;
}

Json Reference(const std::string& name) { return {{"$ref", absl::StrCat("#/components/schemas/", name)}}; }

// Messages that JSON writes as something else than an object of their fields.
Json WellKnownSchema(const Descriptor& message) {
  switch (message.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return {{"type", "string"}, {"format", "date-time"}};
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return {{"type", "string"}, {"pattern", "^-?[0-9]+(\\.[0-9]{1,9})?s$"}, {"examples", {"3.5s"}}};
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return {{"type", "string"}, {"examples", {"category,publicSummary"}}};
    case Descriptor::WELLKNOWNTYPE_BOOLVALUE:
      return {{"type", "boolean"}};
    case Descriptor::WELLKNOWNTYPE_INT32VALUE:
      return {{"type", "integer"}, {"format", "int32"}};
    case Descriptor::WELLKNOWNTYPE_UINT32VALUE:
      return {{"type", "integer"}, {"format", "int64"}, {"minimum", 0}};
    case Descriptor::WELLKNOWNTYPE_INT64VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT64VALUE:
    case Descriptor::WELLKNOWNTYPE_STRINGVALUE:
      return {{"type", "string"}};
    case Descriptor::WELLKNOWNTYPE_BYTESVALUE:
      return {{"type", "string"}, {"contentEncoding", "base64"}};
    case Descriptor::WELLKNOWNTYPE_DOUBLEVALUE:
    case Descriptor::WELLKNOWNTYPE_FLOATVALUE:
      return {{"type", "number"}};
    case Descriptor::WELLKNOWNTYPE_VALUE:
      return Json::object();
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return {{"type", "array"}, {"items", Json::object()}};
    case Descriptor::WELLKNOWNTYPE_STRUCT:
    case Descriptor::WELLKNOWNTYPE_ANY:
      return {{"type", "object"}, {"additionalProperties", true}};
    default:
      return nullptr;
  }
}

void LimitString(const api::v1::Field& rules, Json& schema) {
  if (rules.max_len() > 0) schema["maxLength"] = rules.max_len();
  switch (rules.pattern()) {
    case api::v1::PATTERN_UUID:
      schema["format"] = "uuid";
      break;
    case api::v1::PATTERN_URI:
      schema["format"] = "uri";
      break;
    case api::v1::PATTERN_CODE:
      schema["pattern"] = "^([A-Z][A-Z0-9_]*)?$";
      break;
    case api::v1::PATTERN_SHA256:
      schema["pattern"] = "^([0-9a-f]{64})?$";
      break;
    case api::v1::PATTERN_E164:
      schema["pattern"] = "^(\\+[1-9][0-9]{1,14})?$";
      break;
    default:
      break;
  }
}

void LimitNumber(const api::v1::Field& rules, Json& schema) {
  if (rules.has_min()) schema["minimum"] = rules.min();
  if (rules.has_max()) schema["maximum"] = rules.max();
}

}  // namespace

bool IsRequired(const FieldDescriptor& field) { return RulesOf(field).required(); }

Json SchemaBook::EnumReference(const EnumDescriptor& type) {
  if (entered_.insert(type.full_name()).second) {
    Json names = Json::array();
    std::string comment = CommentOf(type);
    for (int i = 0; i < type.value_count(); ++i) {
      names.push_back(type.value(i)->name());
      absl::StrAppend(&comment, "\n- `", type.value(i)->name(), "`: ", CommentOf(*type.value(i)));
    }
    schemas_[type.full_name()] = {{"type", "string"}, {"enum", std::move(names)}, {"description", comment}};
  }
  return Reference(type.full_name());
}

Json SchemaBook::TypeSchema(const FieldDescriptor& field) {
  const api::v1::Field& rules = RulesOf(field);
  Json schema;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      schema = {{"type", "integer"}, {"format", "int32"}};
      LimitNumber(rules, schema);
      return schema;
    case FieldDescriptor::CPPTYPE_UINT32:
      schema = {{"type", "integer"}, {"format", "int64"}, {"minimum", 0}};
      LimitNumber(rules, schema);
      return schema;
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      return {{"type", "string"}, {"format", "int64"}};
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      schema = {{"type", "number"}};
      LimitNumber(rules, schema);
      return schema;
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumReference(*field.enum_type());
    case FieldDescriptor::CPPTYPE_STRING:
      schema = {{"type", "string"}};
      if (field.type() == FieldDescriptor::TYPE_BYTES) {
        schema["contentEncoding"] = "base64";
      } else {
        LimitString(rules, schema);
      }
      return schema;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageSchema(*field.message_type());
  }
  return schema;
}

Json SchemaBook::FieldSchema(const FieldDescriptor& field) {
  const api::v1::Field& rules = RulesOf(field);
  Json schema;
  if (field.is_map()) {
    schema = {{"type", "object"}, {"additionalProperties", TypeSchema(*field.message_type()->map_value())}};
    if (rules.max_items() > 0) schema["maxProperties"] = rules.max_items();
  } else if (field.is_repeated()) {
    schema = {{"type", "array"}, {"items", TypeSchema(field)}};
    if (rules.min_items() > 0) schema["minItems"] = rules.min_items();
    if (rules.max_items() > 0) schema["maxItems"] = rules.max_items();
  } else {
    schema = TypeSchema(field);
  }
  if (rules.output_only()) schema["readOnly"] = true;
  Describe(CommentOf(field), schema);
  return schema;
}

Json SchemaBook::MessageSchema(const Descriptor& message) {
  if (Json known = WellKnownSchema(message); !known.is_null()) return known;
  if (entered_.insert(message.full_name()).second) to_write_.push_back(&message);
  return Reference(message.full_name());
}

Json SchemaBook::ObjectSchema(const Descriptor& message, const std::set<const FieldDescriptor*>& without) {
  Json schema = {{"type", "object"}};
  Describe(CommentOf(message), schema);
  Json properties = Json::object();
  Json required = Json::array();
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (without.count(&field) > 0) continue;
    properties[field.json_name()] = FieldSchema(field);
    if (IsRequired(field)) required.push_back(field.json_name());
  }
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json SchemaBook::Components() {
  while (!to_write_.empty()) {
    const Descriptor* message = to_write_.back();
    to_write_.pop_back();
    schemas_[message->full_name()] = ObjectSchema(*message, {});
  }
  Json sorted = Json::object();
  for (const std::string& name : entered_) sorted[name] = schemas_[name];
  return sorted;
}

}  // namespace firstfloor::gateway
