// The head of an answer on the wire.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_RESPONSE_HEAD_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_RESPONSE_HEAD_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "services/gateway/http.h"

namespace firstfloor::gateway {

// Status line and headers, ended by an empty line. `length` nothing: the body ends with the connection.
std::string ResponseHead(const HttpResponse& response, std::optional<size_t> length, bool keep_alive,
                         absl::Time now);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_RESPONSE_HEAD_H_
