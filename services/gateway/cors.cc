#include "services/gateway/cors.h"

namespace firstfloor::gateway {
namespace {

constexpr char kMaySend[] =
    "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, Request-Timeout, "
    "firstfloor-as-of, firstfloor-consistency, grpc-timeout, traceparent";
constexpr char kMayRead[] = "Allow, ETag, Retry-After, WWW-Authenticate, traceparent";
constexpr char kTenMinutes[] = "600";

}  // namespace

bool Cors::IsPreflight(const HttpRequest& request) {
  return request.method == "OPTIONS" && !request.Header("origin").empty() &&
         !request.Header("access-control-request-method").empty();
}

bool Cors::Admits(absl::string_view origin) const {
  return !origin.empty() && (origins_.count("*") > 0 || origins_.count(std::string(origin)) > 0);
}

void Cors::Allow(const HttpRequest& request, HttpResponse& response) const {
  if (origins_.empty()) return;
  const bool everybody = origins_.count("*") > 0;
  if (!everybody) response.headers.emplace_back("vary", "Origin");
  const absl::string_view origin = request.Header("origin");
  if (!Admits(origin)) return;
  response.headers.emplace_back("access-control-allow-origin", everybody ? "*" : std::string(origin));
  response.headers.emplace_back("access-control-expose-headers", kMayRead);
}

void Cors::AllowMethods(const HttpRequest& request, const std::string& methods,
                        HttpResponse& response) const {
  if (!Admits(request.Header("origin"))) return;
  response.headers.emplace_back("access-control-allow-methods", methods);
  response.headers.emplace_back("access-control-allow-headers", kMaySend);
  response.headers.emplace_back("access-control-max-age", kTenMinutes);
}

}  // namespace firstfloor::gateway
