// A watch as Server-Sent Events.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_EVENT_STREAM_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_EVENT_STREAM_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/client.h"
#include "services/gateway/http.h"
#include "services/gateway/routes.h"

namespace firstfloor::gateway {

// One message as an event: its position as `id`, itself as `data`.
absl::StatusOr<std::string> ToEvent(const google::protobuf::Message& message,
                                    const google::protobuf::FieldDescriptor* response);

// The last event of a stream that failed.
std::string FailureEvent(const absl::Status& why);

std::shared_ptr<EventSource> StreamEvents(std::shared_ptr<rpc::ClientStream> stream, const Route& route);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_EVENT_STREAM_H_
