#include "services/gateway/gateway.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/rpc/client.h"
#include "common/telemetry/log.h"
#include "common/telemetry/trace.h"
#include "services/gateway/allowance.h"
#include "services/gateway/compress.h"
#include "services/gateway/cors.h"
#include "services/gateway/event_stream.h"
#include "services/gateway/json.h"
#include "services/gateway/openapi.h"
#include "services/gateway/problem.h"
#include "services/gateway/proxies.h"
#include "services/gateway/request_headers.h"
#include "services/gateway/route_metrics.h"
#include "services/gateway/routes.h"
#include "services/gateway/throttle.h"
#include "services/gateway/transcode.h"

namespace firstfloor::gateway {
namespace {

using google::protobuf::Message;
using google::protobuf::ServiceDescriptor;

constexpr size_t kLeastToCompress = 1024;
// What a caller is told to wait when a service takes no more.
constexpr absl::Duration kBusy = absl::Milliseconds(500);

absl::Status Refuse(absl::StatusCode code, absl::string_view reason, absl::string_view message) {
  return error::Make(code, reason, message);
}

// The message of a call in flight, with what its answer needs.
struct Pending {
  std::unique_ptr<Message> request;
  std::unique_ptr<Message> reply;
  bool if_match = false;
};

std::string EtagOf(const std::string& body) {
  return absl::StrCat("\"", body.size(), "-", absl::Hex(std::hash<std::string>()(body)), "\"");
}

// The reply as an answer: JSON under its own etag, or the field that is no JSON under one of its content.
absl::StatusOr<HttpResponse> ToResponse(const Message& reply, const Route& route) {
  HttpResponse response;
  std::string etag;
  if (route.media_type.empty()) {
    ASSIGN_OR_RETURN(response.body, ToJson(reply, route.response));
    const std::string version = StringField(reply, "etag");
    if (!version.empty()) etag = absl::StrCat("\"", version, "\"");
  } else {
    response.body = reply.GetReflection()->GetString(reply, route.response);
    etag = EtagOf(response.body);
  }
  const std::string& type = route.media_type.empty() ? "application/json" : route.media_type;
  response.headers = {{"content-type", type}, {"cache-control", "private, no-cache"}};
  if (!etag.empty()) response.headers.emplace_back("etag", std::move(etag));
  return response;
}

}  // namespace

struct Gateway::Impl {
  // A request on its way to its answer.
  struct Exchange {
    HttpRequest request;
    std::function<void(Outcome)> done;
    absl::Time start = absl::Now();
    const RouteMetrics* metrics = nullptr;
    telemetry::Span span;
  };
  using ExchangePtr = std::shared_ptr<Exchange>;

  Impl(const GatewayConfig& wanted, Proxies trusted)
      : config(wanted),
        cors(wanted.cors_origins),
        proxies(std::move(trusted)),
        allowance(wanted.anonymous_per_second, wanted.anonymous_burst) {}

  void Start(const ExchangePtr& exchange);
  void Options(const ExchangePtr& exchange, const Routes::Found& found);
  void Missing(const ExchangePtr& exchange, const Routes::Found& found);
  void Document(const ExchangePtr& exchange);
  absl::Status Call(const ExchangePtr& exchange, const Routes::Found& found, const QueryPairs& query);
  absl::StatusOr<rpc::CallOptions> OptionsOf(const Exchange& exchange, const Route& route);
  void Replied(const ExchangePtr& exchange, const Route& route, const Pending& pending,
               const absl::Status& status);
  void Fail(const ExchangePtr& exchange, const absl::Status& status, int http_status = 0);
  void Finish(const ExchangePtr& exchange, Outcome outcome);
  void Compress(const HttpRequest& request, HttpResponse& response);

  GatewayConfig config;
  Cors cors;
  Proxies proxies;
  Allowance allowance;
  Routes routes;
  absl::flat_hash_map<const Route*, std::unique_ptr<Throttle>> throttles;
  absl::flat_hash_map<const Route*, std::unique_ptr<RouteMetrics>> metrics;
  RouteMetrics unknown{"unknown"};
  RouteMetrics document_metrics{"openapi"};
  std::string document;
  std::string document_etag;
  // The last member: when it ends, the calls under way come back, and that needs the others.
  std::map<std::string, std::unique_ptr<rpc::Client>> clients;
};

void Gateway::Impl::Start(const ExchangePtr& exchange) {
  exchange->metrics = &unknown;
  const HttpRequest& request = exchange->request;
  const absl::StatusOr<Target> target = ParseTarget(request.target);
  if (!target.ok()) return Fail(exchange, target.status());
  const bool wants_document =
      absl::string_view(request.target).substr(0, request.target.find('?')) == "/openapi.json";
  if (wants_document) return Document(exchange);
  const Routes::Found found = routes.Find(request.method, target->path);
  if (found.route == nullptr) {
    return request.method == "OPTIONS" ? Options(exchange, found) : Missing(exchange, found);
  }
  exchange->metrics = metrics.at(found.route).get();
  exchange->span = telemetry::Span::Server(absl::StrCat(found.route->http_verb, " ", found.route->Name()),
                                           request.Header("traceparent"));
  const absl::Status called = Call(exchange, found, target->query);
  if (!called.ok()) Fail(exchange, called);
}

void Gateway::Impl::Options(const ExchangePtr& exchange, const Routes::Found& found) {
  if (found.allowed.empty()) return Missing(exchange, found);
  const std::string methods = absl::StrJoin(found.allowed, ", ");
  Outcome outcome;
  outcome.response.status = 204;
  outcome.response.headers.emplace_back("allow", methods);
  if (Cors::IsPreflight(exchange->request)) cors.AllowMethods(exchange->request, methods, outcome.response);
  Finish(exchange, std::move(outcome));
}

void Gateway::Impl::Missing(const ExchangePtr& exchange, const Routes::Found& found) {
  if (found.allowed.empty()) {
    return Fail(exchange, Refuse(absl::StatusCode::kNotFound, "UNKNOWN_PATH", "nothing is at this path"));
  }
  Outcome outcome;
  outcome.response = ProblemResponse(
      Refuse(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED", "this path does not have this method"),
      405);
  outcome.response.headers.emplace_back("allow", absl::StrJoin(found.allowed, ", "));
  Finish(exchange, std::move(outcome));
}

void Gateway::Impl::Document(const ExchangePtr& exchange) {
  exchange->metrics = &document_metrics;
  if (exchange->request.method != "GET" && exchange->request.method != "HEAD") {
    Routes::Found found;
    found.allowed = {"GET", "HEAD", "OPTIONS"};
    return exchange->request.method == "OPTIONS" ? Options(exchange, found) : Missing(exchange, found);
  }
  Outcome outcome;
  outcome.response.headers = {{"content-type", "application/json"}, {"etag", document_etag}};
  outcome.response.body = document;
  Finish(exchange, std::move(outcome));
}

absl::StatusOr<rpc::CallOptions> Gateway::Impl::OptionsOf(const Exchange& exchange, const Route& route) {
  ASSIGN_OR_RETURN(rpc::CallOptions options, CallOptionsOf(exchange.request));
  ASSIGN_OR_RETURN(const std::optional<absl::Duration> timeout, TimeoutOf(exchange.request));
  if (route.method->server_streaming()) {
    if (timeout) options.deadline = exchange.start + *timeout;
  } else {
    options.deadline =
        exchange.start + std::min(timeout.value_or(config.default_timeout), config.longest_timeout);
  }
  options.traceparent = exchange.span.traceparent();
  if (options.token.empty()) {
    const std::string client = proxies.ClientOf(exchange.request.peer, exchange.request.Header("forwarded"));
    RETURN_IF_ERROR(allowance.Spend(client, exchange.start));
  }
  return options;
}

absl::Status Gateway::Impl::Call(const ExchangePtr& exchange, const Routes::Found& found,
                                 const QueryPairs& query) {
  const Route& route = *found.route;
  const HttpRequest& request = exchange->request;
  ASSIGN_OR_RETURN(const rpc::CallOptions options, OptionsOf(*exchange, route));
  if (const absl::Status type = MustBeJsonType(request); route.takes_body() && !type.ok()) {
    Fail(exchange, type, 415);
    return absl::OkStatus();
  }
  // Before the body is read: a gateway that is asked for more than can be done has no time for it.
  Throttle& throttle = *throttles.at(&route);
  if (!route.method->server_streaming() && !throttle.Admits(exchange->start)) {
    return error::RetryAfter(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                             "the service is busy; try again later", kBusy);
  }
  const auto pending = std::make_shared<Pending>();
  ASSIGN_OR_RETURN(pending->request, ToMessage(route, found.bindings, query, request));
  rpc::Client& client = *clients.at(route.peer);
  if (route.method->server_streaming()) {
    Outcome outcome;
    outcome.events = StreamEvents(client.Follow(route.Name(), *pending->request, options), route);
    outcome.response.headers = {{"content-type", "text/event-stream"}, {"cache-control", "no-store"}};
    Finish(exchange, std::move(outcome));
    return absl::OkStatus();
  }
  pending->reply.reset(route.reply().New());
  pending->if_match = !request.Header("if-match").empty();
  client.AskAsync(route.Name(), *pending->request, *pending->reply, options,
                  [this, exchange, &route, &throttle, pending](const absl::Status& status) {
                    throttle.Answered(absl::Now(), error::ReasonOf(status) != "OVERLOADED");
                    Replied(exchange, route, *pending, status);
                  });
  return absl::OkStatus();
}

void Gateway::Impl::Replied(const ExchangePtr& exchange, const Route& route, const Pending& pending,
                            const absl::Status& status) {
  if (!status.ok()) {
    const bool lost = pending.if_match && error::ReasonOf(status) == "ETAG_MISMATCH";
    return Fail(exchange, ForCallers(status), lost ? 412 : 0);
  }
  absl::StatusOr<HttpResponse> response = ToResponse(*pending.reply, route);
  if (!response.ok()) return Fail(exchange, response.status());
  Outcome outcome;
  outcome.response = *std::move(response);
  Finish(exchange, std::move(outcome));
}

void Gateway::Impl::Fail(const ExchangePtr& exchange, const absl::Status& status, int http_status) {
  Outcome outcome;
  const bool weak = http_status == 0 && status.code() == absl::StatusCode::kFailedPrecondition &&
                    error::ReasonOf(status) == "ETAG_MISMATCH";
  outcome.response = ProblemResponse(status, weak ? 412 : http_status);
  exchange->span.Fail(absl::StatusCodeToString(status.code()));
  if (outcome.response.status >= 500) {
    telemetry::Log(telemetry::Severity::kWarning, "request failed",
                   {{"status", int64_t{outcome.response.status}},
                    {"reason", error::ReasonOf(status)},
                    {"trace", exchange->span.trace_id()}});
  }
  Finish(exchange, std::move(outcome));
}

void Gateway::Impl::Compress(const HttpRequest& request, HttpResponse& response) {
  if (response.body.size() < kLeastToCompress) return;
  response.headers.emplace_back("vary", "Accept-Encoding");
  if (!AcceptsGzip(request.Header("accept-encoding"))) return;
  response.body = Gzip(response.body);
  response.headers.emplace_back("content-encoding", "gzip");
}

void Gateway::Impl::Finish(const ExchangePtr& exchange, Outcome outcome) {
  const HttpRequest& request = exchange->request;
  HttpResponse& response = outcome.response;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  for (const auto& [name, value] : response.headers) {
    const absl::string_view known = request.Header("if-none-match");
    if (name != "etag" || !reads || response.status != 200 || known.empty()) continue;
    if (!ListsEtag(known, absl::string_view(value).substr(1, value.size() - 2))) continue;
    response.status = 304;
    response.body.clear();
    break;
  }
  if (outcome.events == nullptr) Compress(request, response);
  cors.Allow(request, response);
  if (const std::string trace = exchange->span.traceparent(); !trace.empty()) {
    response.headers.emplace_back("traceparent", trace);
  }
  exchange->metrics->Count(response.status, absl::Now() - exchange->start);
  exchange->span.End();
  exchange->done(std::move(outcome));
}

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Create(
    const GatewayConfig& config, const std::vector<const ServiceDescriptor*>& services) {
  ASSIGN_OR_RETURN(Proxies proxies, Proxies::Parse(config.trusted_proxies));
  auto impl = std::make_unique<Impl>(config, std::move(proxies));
  std::set<std::string> peers;
  for (const auto& [peer, address] : config.peers) peers.insert(peer);
  ASSIGN_OR_RETURN(impl->routes, Routes::Of(services, peers));
  for (const std::unique_ptr<Route>& route : impl->routes.all()) {
    impl->metrics[route.get()] = std::make_unique<RouteMetrics>(route->Name());
    impl->throttles[route.get()] = std::make_unique<Throttle>();
  }
  for (const auto& [peer, address] : config.peers) {
    impl->clients[peer] = std::make_unique<rpc::Client>(address, config.peer_tls);
  }
  impl->document = OpenApiDocument(impl->routes, config.version);
  impl->document_etag = EtagOf(impl->document);
  return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

Gateway::Gateway(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gateway::~Gateway() = default;

void Gateway::Answer(HttpRequest request, std::function<void(Outcome)> done) const {
  const auto exchange = std::make_shared<Impl::Exchange>();
  exchange->request = std::move(request);
  exchange->done = std::move(done);
  impl_->Start(exchange);
}

}  // namespace firstfloor::gateway
