// Calls of any method of the running suite, from its descriptor.
#ifndef FIRSTFLOOR_TESTS_SUPPORT_CALLS_H_
#define FIRSTFLOOR_TESTS_SUPPORT_CALLS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/auth/identity.h"
#include "common/rpc/client.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace firstfloor::testing {

// Every role there is, in `area`.
std::vector<auth::RoleInArea> AllRoles(const std::string& area);

// As whoever has the token, for as long as a test waits.
rpc::CallOptions OptionsOf(const std::string& token);

// Calls `visit` with every program and every method that it serves.
void ForEveryMethod(
    const std::function<void(const std::string&, const google::protobuf::MethodDescriptor&)>& visit);

// One call, whatever the shape of the method: of a stream the first message, of an import one message.
absl::Status CallOnce(rpc::Client& client, const google::protobuf::MethodDescriptor& method,
                      const google::protobuf::Message& request, const std::string& token,
                      google::protobuf::Message& reply);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_SUPPORT_CALLS_H_
