// Errors over HTTP: {"error": {code, message, status, details}} as in AIP-193.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_PROBLEM_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_PROBLEM_H_

#include <string>

#include "absl/status/status.h"
#include "services/gateway/http.h"

namespace firstfloor::gateway {

// The HTTP status of a gRPC code: NOT_FOUND is 404 and so on.
int HttpStatusOf(absl::StatusCode code);

// An error as callers may see it. What a service made stays as it is; what its gRPC made (it cannot be
// reached, it took too long) gets a reason, and loses a message that tells of the inside.
absl::Status ForCallers(const absl::Status& status);

// {"error": …} with the details of `status`. Details of unknown types are left out.
std::string ProblemJson(const absl::Status& status, int http_status);

// The answer to a call that failed with `status`: with Retry-After where waiting helps, WWW-Authenticate
// where a token does. `http_status` 0: that of the code.
HttpResponse ProblemResponse(const absl::Status& status, int http_status = 0);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_PROBLEM_H_
