// What is the same for all calls, free of gRPC's types. Internal to common/rpc.
#ifndef FIRSTFLOOR_COMMON_RPC_WRAPPER_H_
#define FIRSTFLOOR_COMMON_RPC_WRAPPER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/rpc/method.h"

namespace firstfloor::rpc {

struct RequestKey;

// What a call brings along besides its message. Views into gRPC's metadata: good as long as the call.
struct Envelope {
  absl::string_view authorization;
  absl::string_view traceparent;
  absl::string_view as_of;
  absl::string_view consistency;
  std::vector<std::string> certificate_uris;
  absl::Time deadline;
};

class Wrapper {
 public:
  Wrapper(const Method& method, Envelope envelope);

  Call& call() { return call_; }

  // The identity, if it can be known without waiting. False: VerifyToken must be called on a worker.
  bool IdentifyFromMemory();
  absl::Status VerifyToken();
  // After the identity: may this caller call the method at all, and is its dating back allowed?
  absl::Status Admit();
  // Access to the area that the request names, then its fields. Clears output-only fields.
  absl::Status Check(google::protobuf::Message& request);

  std::optional<Recalled> FromMemory(const google::protobuf::Message& request);
  // On a worker: everything from the rate limit to the kept reply.
  absl::StatusOr<Method::MessagePtr> Run(Worker& worker, const google::protobuf::Message& request);
  // One chunk of an import: `summary` is carried on. Nothing is done if `given_up` says so before the commit.
  absl::Status RunChunk(Worker& worker, const std::vector<ImportRow>& rows, int part,
                        google::protobuf::Message& summary, absl::FunctionRef<bool()> given_up);
  absl::StatusOr<StreamFlow> Open(Worker& worker, const google::protobuf::Message& request,
                                  std::shared_ptr<ServerStream> stream);

  // Once, at the end: log line, metrics, span. Returns what may leave the program: INTERNAL and UNKNOWN
  // become an incident id.
  absl::Status Conclude(const absl::Status& status);

 private:
  absl::Status Enter(Worker& worker);
  absl::StatusOr<Method::MessagePtr> Read(Worker& worker, const google::protobuf::Message& request);
  absl::StatusOr<Method::MessagePtr> MutateOnce(Worker& worker, const google::protobuf::Message& request,
                                                const std::optional<RequestKey>& key);
  absl::StatusOr<Method::MessagePtr> Mutate(Worker& worker, const google::protobuf::Message& request);
  absl::Status RecordPersonalReads(Worker& worker);
  absl::Status MustBeDecided() const;
  // A hash of who calls, made when first asked for, once the identity is known.
  const std::string& CallerKey();

  const Method& method_;
  const Environment& environment_;
  const Envelope envelope_;
  Call call_;
  const absl::Time start_;
  std::string caller_key_;
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_WRAPPER_H_
