// Messages as JSON schemas (2020-12, as OpenAPI 3.1 uses it), with the rules of the field options.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_OPENAPI_SCHEMA_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_OPENAPI_SCHEMA_H_

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace firstfloor::gateway {

using Json = nlohmann::ordered_json;

// True if the field option says that a request must set it.
bool IsRequired(const google::protobuf::FieldDescriptor& field);

class SchemaBook {
 public:
  // The schema of one field: its type, bounds and comment.
  Json FieldSchema(const google::protobuf::FieldDescriptor& field);
  // A reference to the message's schema, which is entered in the book.
  Json MessageSchema(const google::protobuf::Descriptor& message);
  // The message without some fields of its top level, written out.
  Json ObjectSchema(const google::protobuf::Descriptor& message,
                    const std::set<const google::protobuf::FieldDescriptor*>& without);
  // Everything referred to so far, and what that refers to.
  Json Components();

 private:
  Json TypeSchema(const google::protobuf::FieldDescriptor& field);
  Json EnumReference(const google::protobuf::EnumDescriptor& type);

  std::set<std::string> entered_;
  std::vector<const google::protobuf::Descriptor*> to_write_;
  Json schemas_ = Json::object();
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_OPENAPI_SCHEMA_H_
