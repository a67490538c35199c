// An HTTP request into the request message of its method.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_TRANSCODE_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_TRANSCODE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "services/gateway/http.h"
#include "services/gateway/routes.h"

namespace firstfloor::gateway {

// From the body, then the query, then the path, then If-Match (field etag), Idempotency-Key (request_id) and
// Last-Event-ID (cursor). INVALID_ARGUMENT where they contradict each other or do not fit.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> ToMessage(const Route& route,
                                                                     const PathTemplate::Bindings& bindings,
                                                                     const QueryPairs& query,
                                                                     const HttpRequest& request);

// The value of the string field `name`, "" if the message has none.
std::string StringField(const google::protobuf::Message& message, const std::string& name);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_TRANSCODE_H_
