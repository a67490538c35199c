#include "tests/support/calls.h"

#include <utility>

#include "absl/time/clock.h"
#include "tests/support/methods.h"
#include "tests/support/programs.h"

namespace firstfloor::testing {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

std::vector<auth::RoleInArea> AllRoles(const std::string& area) {
  std::vector<auth::RoleInArea> roles;
  for (int role = api::v1::Role_MIN + 1; role <= api::v1::Role_MAX; ++role) {
    roles.push_back({static_cast<api::v1::Role>(role), area});
  }
  return roles;
}

rpc::CallOptions OptionsOf(const std::string& token) {
  rpc::CallOptions options;
  options.deadline = absl::Now() + absl::Seconds(20);
  options.token = token;
  return options;
}

void ForEveryMethod(const std::function<void(const std::string&, const MethodDescriptor&)>& visit) {
  for (const std::string& program : Programs::Names()) {
    for (const MethodDescriptor* method : MethodsOf(program)) visit(program, *method);
  }
}

absl::Status CallOnce(rpc::Client& client, const MethodDescriptor& method, const Message& request,
                      const std::string& token, Message& reply) {
  const rpc::CallOptions options = OptionsOf(token);
  if (method.client_streaming()) {
    const Message* next = &request;
    return client.Import(
        method.full_name(), [&next] { return std::exchange(next, nullptr); }, reply, options);
  }
  if (method.server_streaming()) {
    return client.Watch(
        method.full_name(), request, reply, [] { return false; }, options);
  }
  return client.Ask(method.full_name(), request, reply, options);
}

}  // namespace firstfloor::testing
