#include "services/gateway/problem.h"

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/telemetry/json.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace firstfloor::gateway {
namespace {

std::string DetailsJson(const google::rpc::Status& proto) {
  std::string details = "[";
  for (const google::protobuf::Any& detail : proto.details()) {
    std::string json;
    if (!google::protobuf::util::MessageToJsonString(detail, &json).ok()) continue;
    absl::StrAppend(&details, details.size() > 1 ? "," : "", json);
  }
  return details + "]";
}

// Whole seconds to wait, 0 if the error does not say.
int64_t RetrySeconds(const absl::Status& status) {
  const google::rpc::Status proto = error::ToProto(status);
  for (const google::protobuf::Any& detail : proto.details()) {
    google::rpc::RetryInfo retry;
    if (!detail.UnpackTo(&retry)) continue;
    return retry.retry_delay().seconds() + (retry.retry_delay().nanos() > 0 ? 1 : 0);
  }
  return 0;
}

}  // namespace

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

absl::Status ForCallers(const absl::Status& status) {
  if (status.ok() || !error::ReasonOf(status).empty()) return status;
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:  // the call met a replica's very end; nobody here cancels
      return error::RetryAfter(absl::StatusCode::kUnavailable, "PEER_UNAVAILABLE",
                               "the service cannot be reached", absl::Seconds(1));
    case absl::StatusCode::kDeadlineExceeded:
      return error::Make(status.code(), "DEADLINE", "the service did not answer in time");
    case absl::StatusCode::kResourceExhausted:
      // Not to be tried again.
      return error::Make(absl::StatusCode::kOutOfRange, "TOO_LARGE",
                         "the request or its answer is too large; ask for less at once");
    default:
      return error::Make(status.code(), "PEER_FAILED", "the service failed");
  }
}

std::string ProblemJson(const absl::Status& status, int http_status) {
  std::string json = absl::StrCat("{\"error\":{\"code\":", http_status, ",\"message\":");
  telemetry::AppendJsonString(status.message(), json);
  absl::StrAppend(&json, ",\"status\":\"", absl::StatusCodeToString(status.code()),
                  "\",\"details\":", DetailsJson(error::ToProto(status)), "}}");
  return json;
}

HttpResponse ProblemResponse(const absl::Status& status, int http_status) {
  HttpResponse response;
  response.status = http_status == 0 ? HttpStatusOf(status.code()) : http_status;
  response.body = ProblemJson(status, response.status);
  response.headers = {{"content-type", "application/json"}, {"cache-control", "no-store"}};
  if (response.status == 401) response.headers.emplace_back("www-authenticate", "Bearer");
  if (const int64_t seconds = RetrySeconds(status); seconds > 0) {
    response.headers.emplace_back("retry-after", absl::StrCat(seconds));
  }
  return response;
}

}  // namespace firstfloor::gateway
