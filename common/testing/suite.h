// The real thing in a test: programs of the suite in this process, on a private MariaDB and Redis, called
// over gRPC with real tokens.
#ifndef FIRSTFLOOR_COMMON_TESTING_SUITE_H_
#define FIRSTFLOOR_COMMON_TESTING_SUITE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/auth/identity.h"
#include "common/auth/issuer.h"
#include "common/program/house.h"
#include "common/rpc/client.h"
#include "common/testing/servers.h"

namespace firstfloor::testing {

// How a call is made; `role` and `area` become a token for `subject`.
struct As {
  api::v1::Role role = api::v1::ROLE_UNSPECIFIED;  // UNSPECIFIED: no token
  std::string area;
  std::string subject = "subject-1";
  absl::Time as_of = absl::InfinitePast();
  bool strong = false;
  absl::Duration timeout = absl::Seconds(15);
};

class Suite {
 public:
  // Starts MariaDB and Redis, makes keys. Dies with a clear message if that fails.
  Suite();
  ~Suite();

  // Migrates a new schema and serves `program` in this process, without TLS, work dated back allowed. A
  // second Start of the same program is a replica on the same schema. `change` may alter the settings first.
  void Start(const program::Program& program,
             const std::function<void(program::Settings&)>& change = nullptr);
  // Stops every replica of the program, in order.
  void Stop(const std::string& program);

  // One unary call to the (last started) `program`.
  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Call(const std::string& method, const Request& request, const As& as) {
    Reply reply;
    if (const absl::Status status = Ask(method, request, reply, as); !status.ok()) return status;
    return reply;
  }
  absl::Status Ask(const std::string& method, const google::protobuf::Message& request,
                   google::protobuf::Message& reply, const As& as);
  rpc::CallOptions Options(const As& as);
  // `method` names the program: "firstfloor.opinion.v1.…" goes to opinion.
  rpc::Client& client(const std::string& program);
  std::string Token(const As& as);
  std::string Token(const auth::Identity& identity);

  MariaDb& mariadb();
  Redis& redis();
  db::Config database(const std::string& program) const;
  program::House& house(const std::string& program);
  std::string folder() const;  // keys and the like
  // The settings that Start uses, for starting the binary instead.
  program::Settings SettingsFor(const std::string& program);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A fresh UUID, for request ids.
std::string RequestId();

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_COMMON_TESTING_SUITE_H_
