// The protos of the suite, compiled into the program with their comments.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_CONTRACT_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_CONTRACT_H_

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"

namespace firstfloor::gateway {

// Every service of the suite, in the order of their files' names.
std::vector<const google::protobuf::ServiceDescriptor*> ContractServices();

// The comment above a declaration in its .proto file, lines joined; "" if it has none there.
std::string CommentOf(const google::protobuf::ServiceDescriptor& service);
std::string CommentOf(const google::protobuf::MethodDescriptor& method);
std::string CommentOf(const google::protobuf::Descriptor& message);
std::string CommentOf(const google::protobuf::FieldDescriptor& field);
std::string CommentOf(const google::protobuf::EnumDescriptor& type);
std::string CommentOf(const google::protobuf::EnumValueDescriptor& value);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_CONTRACT_H_
