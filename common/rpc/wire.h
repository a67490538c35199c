// Between gRPC's types and ours. Internal to common/rpc.
#ifndef FIRSTFLOOR_COMMON_RPC_WIRE_H_
#define FIRSTFLOOR_COMMON_RPC_WIRE_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace grpc {
class CallbackServerContext;
}

namespace firstfloor::rpc {

struct Envelope;

// INVALID_ARGUMENT, reason MALFORMED, if the bytes are no such message.
absl::Status FromWire(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);
grpc::ByteBuffer ToWire(const google::protobuf::Message& message);
// The same for one that is serialized already.
grpc::ByteBuffer ToWire(const std::string& serialized);

// With the google.rpc details in the trailer that every gRPC client library reads.
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

// What the call brings along. `longest` bounds the deadline; streams pass InfiniteDuration.
Envelope EnvelopeOf(const grpc::CallbackServerContext& context, absl::Duration longest);

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_WIRE_H_
