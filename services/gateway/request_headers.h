// What the headers of a request ask for.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_REQUEST_HEADERS_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_REQUEST_HEADERS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"
#include "services/gateway/http.h"

namespace firstfloor::gateway {

// How long the caller waits: "Request-Timeout: 2.5" (seconds) or "grpc-timeout: 2500m". Nothing if it does
// not say. INVALID_ARGUMENT, reason INVALID_HEADER, if it cannot be read or is not positive.
absl::StatusOr<std::optional<absl::Duration>> TimeoutOf(const HttpRequest& request);

// The etag of "If-Match", without what answers add to it behind a dot; "" if there is none or it is "*".
// INVALID_ARGUMENT for a list; FAILED_PRECONDITION for a weak one, which never matches.
absl::StatusOr<std::string> IfMatchOf(const HttpRequest& request);

// The UUID of "Idempotency-Key", in lower case, with or without quotes; "" if there is none.
absl::StatusOr<std::string> IdempotencyKeyOf(const HttpRequest& request);

// What is handed through to the service: token, consistency, the time that work is said to have happened. The
// deadline and the trace are the gateway's own. UNAUTHENTICATED if the authorization is no bearer token.
absl::StatusOr<rpc::CallOptions> CallOptionsOf(const HttpRequest& request);

// True if a header that lists entity tags ("If-None-Match") has this one or "*"; weak ones count.
bool ListsEtag(absl::string_view header, absl::string_view etag);

// True if "Accept-Encoding" takes gzip.
bool AcceptsGzip(absl::string_view header);

// OK for application/json in UTF-8, or a body of no bytes without a type.
absl::Status MustBeJsonType(const HttpRequest& request);

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_REQUEST_HEADERS_H_
