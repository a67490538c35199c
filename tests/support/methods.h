// The methods of the suite, from the protos.
#ifndef FIRSTFLOOR_TESTS_SUPPORT_METHODS_H_
#define FIRSTFLOOR_TESTS_SUPPORT_METHODS_H_

#include <memory>
#include <string>
#include <vector>

#include "firstfloor/api/v1/access.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace firstfloor::testing {

// Every service of the packages firstfloor.*, by name. Dies if a proto of the tree is not linked in.
std::vector<const google::protobuf::ServiceDescriptor*> AllServices();

// Every method of the program ("opinion"): those of its own package, and those that every program serves.
std::vector<const google::protobuf::MethodDescriptor*> MethodsOf(const std::string& program);

// "opinion" for firstfloor.opinion.v1.OpinionService.
std::string ProgramOf(const google::protobuf::ServiceDescriptor& service);

const api::v1::Access& AccessOf(const google::protobuf::MethodDescriptor& method);

// GET in the HTTP annotation, or said to have no side effects: changes nothing.
bool IsRead(const google::protobuf::MethodDescriptor& method);

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor* type);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_SUPPORT_METHODS_H_
