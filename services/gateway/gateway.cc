#include "services/gateway/gateway.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/resource/table.h"
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
#include "services/gateway/token_tries.h"
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
  std::string token;
  bool if_match = false;
};

std::string EtagOf(const std::string& body) {
  return absl::StrCat("\"", body.size(), "-", absl::Hex(std::hash<std::string>()(body)), "\"");
}

// Something went wrong on our side, and no service has given it an incident by which it can be found.
bool FailedHere(const absl::Status& status) {
  const bool inside = status.code() == absl::StatusCode::kInternal ||
                      status.code() == absl::StatusCode::kUnknown ||
                      status.code() == absl::StatusCode::kDataLoss;
  return inside && error::ReasonOf(status) != "INTERNAL";
}

// The reply as an answer. Its etag is the version of what it shows, which If-Match compares, and behind a dot
// a mark of how it is shown to this caller: nobody's cache may give to one what another was shown.
absl::StatusOr<HttpResponse> ToResponse(const Message& reply, const Route& route) {
  HttpResponse response;
  std::string etag;
  if (route.media_type.empty()) {
    ASSIGN_OR_RETURN(response.body, ToJson(reply, route.response));
    const std::string version = StringField(reply, "etag");
    if (!version.empty()) {
      etag = absl::StrCat("\"", version, ".", absl::Hex(std::hash<std::string>()(response.body)), "\"");
    }
  } else {
    response.body = reply.GetReflection()->GetString(reply, route.response);
    etag = EtagOf(response.body);
  }
  const std::string& type = route.media_type.empty() ? "application/json" : route.media_type;
  response.headers = {{"content-type", type},
                      {"cache-control", "private, no-cache"},
                      {"vary", "Authorization, Accept-Encoding"}};
  if (!etag.empty()) response.headers.emplace_back("etag", std::move(etag));
  return response;
}

}  // namespace

struct Gateway::Impl {
  // A request on its way to its answer.
  struct Exchange {
    HttpRequest request;
    std::function<void(std::function<Outcome()>)> done;
    Outcome outcome;
    absl::Time start = absl::Now();
    const RouteMetrics* metrics = nullptr;
    telemetry::Span span;
  };
  using ExchangePtr = std::shared_ptr<Exchange>;

  Impl(const GatewayConfig& wanted, Proxies trusted)
      : config(wanted),
        cors(wanted.cors_origins),
        proxies(std::move(trusted)),
        allowance(wanted.anonymous_per_second, wanted.anonymous_burst),
        token_tries(wanted.anonymous_per_second, wanted.anonymous_burst) {}

  // True if `done` will be called when a service has answered; otherwise the outcome is there. So for all
  // that follow.
  bool Start(const ExchangePtr& exchange);
  bool Options(Exchange& exchange, const Routes::Found& found);
  bool Missing(Exchange& exchange, const Routes::Found& found);
  bool Document(Exchange& exchange);
  absl::StatusOr<bool> Call(const ExchangePtr& exchange, const Routes::Found& found, const QueryPairs& query);
  bool Fail(Exchange& exchange, const absl::Status& status, int http_status = 0);
  bool Answer(Exchange& exchange, HttpResponse response);

  std::string ClientOf(const Exchange& exchange) { return proxies.ClientOf(exchange.request); }
  absl::StatusOr<rpc::CallOptions> OptionsOf(const Exchange& exchange, const Route& route);
  void Follow(Exchange& exchange, const Route& route, const Message& request,
              const rpc::CallOptions& options);
  HttpResponse Begin(Exchange& exchange, const absl::Status& refusal);
  void NoteToken(const Exchange& exchange, const std::string& token, const absl::Status& status);
  void Replied(Exchange& exchange, const Route& route, const Pending& pending, const absl::Status& status);
  HttpResponse Problem(Exchange& exchange, absl::Status status, int http_status = 0);
  void Complete(Exchange& exchange, HttpResponse& response);
  void Compress(const HttpRequest& request, HttpResponse& response);

  GatewayConfig config;
  Cors cors;
  Proxies proxies;
  Allowance allowance;
  TokenTries token_tries;
  Routes routes;
  absl::flat_hash_map<const Route*, std::unique_ptr<Throttle>> throttles;
  absl::flat_hash_map<const Route*, std::unique_ptr<RouteMetrics>> metrics;
  RouteMetrics unknown{"unknown"};
  RouteMetrics unreadable{"unreadable"};
  RouteMetrics document_metrics{"openapi"};
  std::string document;
  std::string packed_document;
  std::string document_etag;
  // The last member: when it ends, the calls under way come back, and that needs the others.
  std::map<std::string, std::unique_ptr<rpc::Client>> clients;
};

bool Gateway::Impl::Start(const ExchangePtr& exchange) {
  exchange->metrics = &unknown;
  const HttpRequest& request = exchange->request;
  if (request.method == "OPTIONS" && request.target == "*") {
    Routes::Found everything;
    everything.allowed = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST"};
    return Options(*exchange, everything);
  }
  const absl::StatusOr<Target> target = ParseTarget(request.target);
  if (!target.ok()) return Fail(*exchange, target.status());
  const Path& path = target->path;
  if (path.segments.size() == 1 && path.segments[0] == "openapi.json" && !path.has_verb) {
    return Document(*exchange);
  }
  const Routes::Found found = routes.Find(request.method, path);
  if (found.route == nullptr) {
    return request.method == "OPTIONS" ? Options(*exchange, found) : Missing(*exchange, found);
  }
  exchange->metrics = metrics.at(found.route).get();
  exchange->span = telemetry::Span::Server(absl::StrCat(found.route->http_verb, " ", found.route->Name()),
                                           request.Header("traceparent"));
  const absl::StatusOr<bool> called = Call(exchange, found, target->query);
  return called.ok() ? *called : Fail(*exchange, called.status());
}

bool Gateway::Impl::Options(Exchange& exchange, const Routes::Found& found) {
  if (found.allowed.empty()) return Missing(exchange, found);
  const std::string methods = absl::StrJoin(found.allowed, ", ");
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("allow", methods);
  if (Cors::IsPreflight(exchange.request)) cors.AllowMethods(exchange.request, methods, response);
  return Answer(exchange, std::move(response));
}

bool Gateway::Impl::Missing(Exchange& exchange, const Routes::Found& found) {
  if (found.allowed.empty()) {
    return Fail(exchange, Refuse(absl::StatusCode::kNotFound, "UNKNOWN_PATH", "nothing is at this path"));
  }
  HttpResponse response = Problem(
      exchange,
      Refuse(absl::StatusCode::kUnimplemented, "METHOD_NOT_ALLOWED", "this path does not have this method"),
      405);
  response.headers.emplace_back("allow", absl::StrJoin(found.allowed, ", "));
  return Answer(exchange, std::move(response));
}

bool Gateway::Impl::Document(Exchange& exchange) {
  exchange.metrics = &document_metrics;
  const HttpRequest& request = exchange.request;
  if (request.method != "GET" && request.method != "HEAD") {
    Routes::Found found;
    found.allowed = {"GET", "HEAD", "OPTIONS"};
    return request.method == "OPTIONS" ? Options(exchange, found) : Missing(exchange, found);
  }
  // No service looks at the token that the caller may have.
  const absl::Status spent = allowance.Spend(ClientOf(exchange), exchange.start);
  if (!spent.ok()) return Fail(exchange, spent);
  HttpResponse response;
  response.headers = {
      {"content-type", "application/json"}, {"vary", "Accept-Encoding"}, {"etag", document_etag}};
  if (AcceptsGzip(request.List("accept-encoding"))) {
    response.headers.emplace_back("content-encoding", "gzip");
    response.body = packed_document;
  } else {
    response.body = document;
  }
  return Answer(exchange, std::move(response));
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
  RETURN_IF_ERROR(options.token.empty()
                      ? allowance.Spend(ClientOf(exchange), exchange.start)
                      : token_tries.Admit(ClientOf(exchange), options.token, exchange.start));
  return options;
}

absl::StatusOr<bool> Gateway::Impl::Call(const ExchangePtr& exchange, const Routes::Found& found,
                                         const QueryPairs& query) {
  const Route& route = *found.route;
  const HttpRequest& request = exchange->request;
  ASSIGN_OR_RETURN(const rpc::CallOptions options, OptionsOf(*exchange, route));
  if (const absl::Status type = MustBeJsonType(request); route.takes_body() && !type.ok()) {
    return Fail(*exchange, type, 415);
  }
  // Before the body is read: a gateway that is asked for more than can be done has no time for it.
  Throttle& throttle = *throttles.at(&route);
  if (!route.method->server_streaming() && !throttle.Admits(exchange->start)) {
    return error::RetryAfter(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                             "the service is busy; try again later", kBusy);
  }
  const auto pending = std::make_shared<Pending>();
  ASSIGN_OR_RETURN(pending->request, ToMessage(route, found.bindings, query, request));
  if (route.method->server_streaming()) {
    Follow(*exchange, route, *pending->request, options);
    return false;
  }
  pending->reply.reset(route.reply().New());
  pending->if_match = !request.Header("if-match").empty();
  pending->token = options.token;
  clients.at(route.peer)
      ->AskAsync(route.Name(), *pending->request, *pending->reply, options,
                 [this, exchange, &route, &throttle, pending](const absl::Status& status) {
                   throttle.Answered(absl::Now(), error::ReasonOf(status) != "OVERLOADED");
                   exchange->done([this, exchange, &route, pending, status] {
                     Replied(*exchange, route, *pending, status);
                     return std::move(exchange->outcome);
                   });
                 });
  return true;
}

void Gateway::Impl::Follow(Exchange& exchange, const Route& route, const Message& request,
                           const rpc::CallOptions& options) {
  exchange.outcome.events =
      StreamEvents(clients.at(route.peer)->Follow(route.Name(), request, options), route);
}

HttpResponse Gateway::Impl::Begin(Exchange& exchange, const absl::Status& refusal) {
  HttpResponse head;
  if (refusal.ok()) {
    head.headers = {{"content-type", "text/event-stream"}, {"cache-control", "no-store"}};
  } else {
    head = Problem(exchange, refusal);
  }
  Complete(exchange, head);
  return head;
}

// Refusals before the token was looked at say nothing of it.
void Gateway::Impl::NoteToken(const Exchange& exchange, const std::string& token,
                              const absl::Status& status) {
  const bool bad = absl::IsUnauthenticated(status);
  if (token.empty() || (!bad && !status.ok())) return;
  token_tries.Answered(ClientOf(exchange), token, !bad, absl::Now());
}

void Gateway::Impl::Replied(Exchange& exchange, const Route& route, const Pending& pending,
                            const absl::Status& status) {
  NoteToken(exchange, pending.token, status);
  if (!status.ok()) {
    const bool lost = pending.if_match && error::ReasonOf(status) == "ETAG_MISMATCH";
    Fail(exchange, ForCallers(status), lost ? 412 : 0);
    return;
  }
  absl::StatusOr<HttpResponse> response = ToResponse(*pending.reply, route);
  response.ok() ? Answer(exchange, *std::move(response)) : Fail(exchange, response.status());
}

bool Gateway::Impl::Fail(Exchange& exchange, const absl::Status& status, int http_status) {
  return Answer(exchange, Problem(exchange, status, http_status));
}

bool Gateway::Impl::Answer(Exchange& exchange, HttpResponse response) {
  Complete(exchange, response);
  exchange.outcome.response = std::move(response);
  return false;
}

HttpResponse Gateway::Impl::Problem(Exchange& exchange, absl::Status status, int http_status) {
  const bool weak = http_status == 0 && status.code() == absl::StatusCode::kFailedPrecondition &&
                    error::ReasonOf(status) == "ETAG_MISMATCH";
  std::string incident;
  if (FailedHere(status)) {
    incident = resource::NewUuid();
    status = error::Make(status.code(), error::ReasonOf(status), status.message(), {{"incident", incident}});
  }
  HttpResponse response = ProblemResponse(status, weak ? 412 : http_status);
  exchange.span.Fail(absl::StatusCodeToString(status.code()));
  if (response.status >= 500) {
    telemetry::Log(telemetry::Severity::kWarning, "request failed",
                   {{"status", int64_t{response.status}},
                    {"reason", error::ReasonOf(status)},
                    {"incident", incident},
                    {"trace", exchange.span.trace_id()}});
  }
  return response;
}

void Gateway::Impl::Compress(const HttpRequest& request, HttpResponse& response) {
  if (response.body.size() < kLeastToCompress) return;
  for (const auto& [name, value] : response.headers) {
    if (name == "content-encoding") return;
  }
  if (!AcceptsGzip(request.List("accept-encoding"))) return;
  response.body = Gzip(response.body);
  response.headers.emplace_back("content-encoding", "gzip");
}

// What every answer gets, and what is counted of it.
void Gateway::Impl::Complete(Exchange& exchange, HttpResponse& response) {
  const HttpRequest& request = exchange.request;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const std::string known = request.List("if-none-match");
  for (const auto& [name, value] : response.headers) {
    if (name != "etag" || !reads || response.status != 200 || known.empty()) continue;
    if (!ListsEtag(known, absl::string_view(value).substr(1, value.size() - 2))) continue;
    response.status = 304;
    response.body.clear();
    break;
  }
  Compress(request, response);
  cors.Allow(request, response);
  if (const std::string trace = exchange.span.traceparent(); !trace.empty()) {
    response.headers.emplace_back("traceparent", trace);
  }
  exchange.metrics->Count(response.status, absl::Now() - exchange.start);
  exchange.span.End();
}

absl::StatusOr<std::unique_ptr<Gateway>> Gateway::Create(
    const GatewayConfig& config, const std::vector<const ServiceDescriptor*>& services) {
  ASSIGN_OR_RETURN(Proxies proxies, Proxies::Parse(config.trusted_proxies, config.proxy_header));
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
  impl->packed_document = Gzip(impl->document);
  impl->document_etag = EtagOf(impl->document);
  return std::unique_ptr<Gateway>(new Gateway(std::move(impl)));
}

Gateway::Gateway(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gateway::~Gateway() = default;

void Gateway::Answer(HttpRequest request, std::function<void(std::function<Outcome()>)> done) const {
  const auto exchange = std::make_shared<Impl::Exchange>();
  exchange->request = std::move(request);
  exchange->done = std::move(done);
  if (impl_->Start(exchange)) return;
  exchange->done([impl = impl_.get(), exchange] {
    Outcome outcome = std::move(exchange->outcome);
    if (outcome.events == nullptr) return outcome;
    outcome.begin = [impl, exchange](const absl::Status& refusal) { return impl->Begin(*exchange, refusal); };
    return outcome;
  });
}

HttpResponse Gateway::Unreadable(HttpRequest head, int http_status, absl::string_view reason,
                                 absl::string_view message) const {
  Impl::Exchange exchange;
  exchange.request = std::move(head);
  exchange.metrics = &impl_->unreadable;
  HttpResponse response =
      impl_->Problem(exchange, Refuse(absl::StatusCode::kInvalidArgument, reason, message), http_status);
  impl_->Complete(exchange, response);
  return response;
}

}  // namespace firstfloor::gateway
