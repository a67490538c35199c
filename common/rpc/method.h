// One method of a service, as the wrapper knows it. Internal to common/rpc.
#ifndef FIRSTFLOOR_COMMON_RPC_METHOD_H_
#define FIRSTFLOOR_COMMON_RPC_METHOD_H_

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/rpc/service.h"
#include "common/rpc/validate.h"
#include "common/telemetry/metrics.h"
#include "firstfloor/api/v1/access.pb.h"

namespace firstfloor::rpc {

struct Method {
  using MessagePtr = std::unique_ptr<google::protobuf::Message>;

  Method(const Environment& environment, const google::protobuf::MethodDescriptor* descriptor);

  // The request's area as the access option names it; "" if it is not set.
  std::string AreaIn(const google::protobuf::Message& request) const;
  MessagePtr NewRequest() const { return MessagePtr(request_prototype->New()); }
  MessagePtr NewReply() const { return MessagePtr(reply_prototype->New()); }
  bool registered() const { return read || mutate || import || stream; }

  const Environment& environment;
  const google::protobuf::MethodDescriptor* const descriptor;
  const std::string path;  // "/package.Service/Method"
  const api::v1::Access access;
  const Validator validator;
  const google::protobuf::Message* const request_prototype;
  const google::protobuf::Message* const reply_prototype;
  std::vector<const google::protobuf::FieldDescriptor*> area_path;

  std::function<absl::StatusOr<MessagePtr>(Call&, const google::protobuf::Message&)> read;
  std::function<std::optional<Recalled>(Call&, const google::protobuf::Message&)> recall;
  std::function<absl::StatusOr<MessagePtr>(Call&, db::Transaction&, const google::protobuf::Message&)> mutate;
  std::function<absl::Status(Call&, db::Transaction&, const std::vector<ImportRow>&,
                             google::protobuf::Message&)>
      import;
  std::function<absl::StatusOr<StreamFlow>(Call&, const google::protobuf::Message&,
                                           std::shared_ptr<ServerStream>)>
      stream;
  int chunk = 0;

  std::array<telemetry::Counter*, 17> handled;  // by status code
  telemetry::Histogram* duration;
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_METHOD_H_
