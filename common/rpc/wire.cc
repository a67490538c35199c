#include "common/rpc/wire.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/rpc/wrapper.h"
#include "google/rpc/status.pb.h"

namespace firstfloor::rpc {
namespace {

absl::string_view Find(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata, const char* key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return {};
  return {found->second.data(), found->second.size()};
}

absl::Time DeadlineOf(const grpc::CallbackServerContext& context, absl::Duration longest) {
  const absl::Time last = absl::Now() + longest;
  const auto given = context.deadline();
  if (given == std::chrono::system_clock::time_point::max()) return last;
  return std::min(last, absl::FromChrono(given));
}

}  // namespace

absl::Status FromWire(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  grpc::Slice slice;
  grpc::Status read = bytes.TrySingleSlice(&slice);
  if (!read.ok()) read = bytes.DumpToSingleSlice(&slice);
  if (read.ok() && message.ParseFromArray(slice.begin(), static_cast<int>(slice.size())))
    return absl::OkStatus();
  return error::Make(absl::StatusCode::kInvalidArgument, "MALFORMED", "the request is not a valid message");
}

grpc::ByteBuffer ToWire(const google::protobuf::Message& message) {
  const size_t size = message.ByteSizeLong();
  grpc::Slice slice(size);
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer ToWire(const std::string& serialized) {
  const grpc::Slice slice(serialized);
  return grpc::ByteBuffer(&slice, 1);
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
                      error::ToProto(status).SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status proto;
  if (!status.error_details().empty() && proto.ParseFromString(status.error_details())) {
    return error::FromProto(proto);
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

Envelope EnvelopeOf(const grpc::CallbackServerContext& context, absl::Duration longest) {
  Envelope envelope;
  const auto& metadata = context.client_metadata();
  envelope.authorization = Find(metadata, "authorization");
  envelope.traceparent = Find(metadata, "traceparent");
  envelope.as_of = Find(metadata, "firstfloor-as-of");
  envelope.consistency = Find(metadata, "firstfloor-consistency");
  envelope.deadline = DeadlineOf(context, longest);
  if (envelope.authorization.empty()) {
    const auto peer = context.auth_context();
    if (peer != nullptr && peer->IsPeerAuthenticated()) {
      for (const grpc::string_ref& uri : peer->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)) {
        envelope.certificate_uris.emplace_back(uri.data(), uri.size());
      }
    }
  }
  return envelope;
}

}  // namespace firstfloor::rpc
