#include "services/gateway/routes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/error/macros.h"
#include "firstfloor/api/v1/media_type.pb.h"
#include "google/api/annotations.pb.h"

namespace firstfloor::gateway {
namespace {

using google::api::HttpRule;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

std::pair<std::string, std::string> PatternOf(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return {"GET", rule.get()};
    case HttpRule::kPut:
      return {"PUT", rule.put()};
    case HttpRule::kPost:
      return {"POST", rule.post()};
    case HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    case HttpRule::kCustom:
      return {rule.custom().kind(), rule.custom().path()};
    case HttpRule::PATTERN_NOT_SET:
      return {};
  }
  return {};
}

absl::StatusOr<const FieldDescriptor*> TopLevelField(const Descriptor& message, const std::string& name,
                                                     absl::string_view use) {
  const FieldDescriptor* field = message.FindFieldByName(name);
  if (field != nullptr) return field;
  return absl::InvalidArgumentError(absl::StrCat(use, " ", name, " is no field of ", message.full_name()));
}

absl::StatusOr<FieldPath> VariableField(const Descriptor& message, const std::string& path) {
  const absl::StatusOr<FieldPath> field = ResolveField(message, path);
  if (!field.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("variable ", path, ": ", field.status().message()));
  }
  if (field->back()->is_repeated() || field->back()->message_type() != nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("variable ", path, " must be a single scalar"));
  }
  return *field;
}

absl::Status MustAnswerWithText(const Route& route) {
  if (route.response != nullptr && !route.response->is_repeated() &&
      route.response->type() == FieldDescriptor::TYPE_STRING && !route.method->server_streaming()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("media_type needs a response_body that is one string");
}

absl::StatusOr<std::unique_ptr<Route>> MakeRoute(const MethodDescriptor& method, const HttpRule& rule,
                                                 const std::string& prefix) {
  auto [verb, text] = PatternOf(rule);
  if (verb.empty() || text.empty()) return absl::InvalidArgumentError("has no pattern");
  if (!prefix.empty()) {
    absl::string_view rest = text;
    if (!absl::ConsumePrefix(&rest, "/v1")) return absl::InvalidArgumentError("is not below /v1");
    text = absl::StrCat("/v1", prefix, rest);
  }
  auto route = std::make_unique<Route>();
  route->method = &method;
  route->http_verb = verb;
  ASSIGN_OR_RETURN(route->path, PathTemplate::Parse(text));
  for (const PathTemplate::Variable& variable : route->path.variables()) {
    ASSIGN_OR_RETURN(FieldPath field, VariableField(*method.input_type(), variable.field_path));
    route->variables.push_back(std::move(field));
  }
  route->whole_body = rule.body() == "*";
  if (!rule.body().empty() && !route->whole_body) {
    ASSIGN_OR_RETURN(route->body, TopLevelField(*method.input_type(), rule.body(), "body"));
    if (route->body->is_repeated()) return absl::InvalidArgumentError("body is a list");
  }
  if (!rule.response_body().empty()) {
    ASSIGN_OR_RETURN(route->response,
                     TopLevelField(*method.output_type(), rule.response_body(), "response_body"));
  }
  route->media_type = method.options().GetExtension(api::v1::media_type);
  if (!route->media_type.empty()) RETURN_IF_ERROR(MustAnswerWithText(*route));
  if (route->takes_body() && (verb == "GET" || verb == "HEAD")) {
    return absl::InvalidArgumentError(absl::StrCat(verb, " cannot have a body"));
  }
  return route;
}

const Message& PrototypeOf(const Descriptor* descriptor) {
  return *MessageFactory::generated_factory()->GetPrototype(descriptor);
}

constexpr char kSharedPackage[] = "firstfloor.events.v1";

// "opinion" of "firstfloor.opinion.v1".
std::string ProgramOf(const google::protobuf::ServiceDescriptor& service) {
  const std::vector<std::string> parts = absl::StrSplit(service.file()->package(), '.');
  return parts.size() > 1 ? parts[1] : "";
}

std::string LengthKey(absl::string_view verb, size_t segments) { return absl::StrCat(segments, ":", verb); }

// Of two that serve a request: the one whose path says more, or else the one that is not for any verb.
bool IsBetter(const Route& route, const Route& other) {
  if (route.path.MoreSpecificThan(other.path)) return true;
  return !other.path.MoreSpecificThan(route.path) && other.http_verb == "*";
}

bool Serves(const Route& route, absl::string_view http_verb) {
  return route.http_verb == http_verb || route.http_verb == "*";
}

}  // namespace

const Message& Route::request() const { return PrototypeOf(method->input_type()); }
const Message& Route::reply() const { return PrototypeOf(method->output_type()); }

absl::StatusOr<Routes> Routes::Of(const std::vector<const google::protobuf::ServiceDescriptor*>& services,
                                  const std::set<std::string>& peers) {
  Routes routes;
  for (const google::protobuf::ServiceDescriptor* service : services) {
    if (service->file()->package() == kSharedPackage) {
      for (const std::string& peer : peers) {
        RETURN_IF_ERROR(routes.Add(*service, peer, absl::StrCat("/", peer)));
      }
    } else if (peers.count(ProgramOf(*service)) > 0) {
      RETURN_IF_ERROR(routes.Add(*service, ProgramOf(*service)));
    }
  }
  return routes;
}

absl::Status Routes::AddBinding(const MethodDescriptor& method, const HttpRule& rule, const std::string& peer,
                                const std::string& prefix, int binding) {
  absl::StatusOr<std::unique_ptr<Route>> made = MakeRoute(method, rule, prefix);
  if (!made.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(method.full_name(), ": ", made.status().message()));
  }
  std::unique_ptr<Route> route = *std::move(made);
  route->peer = peer;
  route->binding = binding;
  const auto [other, is_new] =
      by_shape_.emplace(absl::StrCat(route->http_verb, " ", route->path.Shape()), route.get());
  if (!is_new) {
    return absl::InvalidArgumentError(
        absl::StrCat(method.full_name(), ": ", other->first, " is taken by ", other->second->Name()));
  }
  if (route->path.open_ended()) {
    open_ended_[route->path.verb()].push_back(route.get());
  } else {
    by_length_[LengthKey(route->path.verb(), route->path.segments().size())].push_back(route.get());
  }
  routes_.push_back(std::move(route));
  return absl::OkStatus();
}

absl::Status Routes::Add(const MethodDescriptor& method, const HttpRule& rule, const std::string& peer,
                         const std::string& prefix) {
  RETURN_IF_ERROR(AddBinding(method, rule, peer, prefix, 0));
  int binding = 0;
  for (const HttpRule& more : rule.additional_bindings()) {
    if (!more.additional_bindings().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(method.full_name(), ": additional_bindings inside additional_bindings"));
    }
    RETURN_IF_ERROR(AddBinding(method, more, peer, prefix, ++binding));
  }
  return absl::OkStatus();
}

absl::Status Routes::Add(const google::protobuf::ServiceDescriptor& service, const std::string& peer,
                         const std::string& prefix) {
  for (int i = 0; i < service.method_count(); ++i) {
    const MethodDescriptor& method = *service.method(i);
    if (!method.options().HasExtension(google::api::http) || method.client_streaming()) continue;
    RETURN_IF_ERROR(Add(method, method.options().GetExtension(google::api::http), peer, prefix));
  }
  return absl::OkStatus();
}

void Routes::Collect(const Path& path, std::vector<Found>& matches) const {
  const auto try_all = [&](const std::vector<const Route*>& routes) {
    for (const Route* route : routes) {
      std::optional<PathTemplate::Bindings> bindings = route->path.Match(path);
      if (bindings) matches.push_back({.route = route, .bindings = *std::move(bindings), .allowed = {}});
    }
  };
  const auto fixed = by_length_.find(LengthKey(path.verb, path.segments.size()));
  if (fixed != by_length_.end()) try_all(fixed->second);
  const auto open = open_ended_.find(std::string(path.verb));
  if (open != open_ended_.end()) try_all(open->second);
}

Routes::Found Routes::Find(absl::string_view http_verb, const Path& path) const {
  std::vector<Found> matches;
  Collect(path, matches);
  Found* best = nullptr;
  for (const absl::string_view wanted : {http_verb, absl::string_view(http_verb == "HEAD" ? "GET" : "")}) {
    for (Found& match : matches) {
      if (!Serves(*match.route, wanted)) continue;
      if (best == nullptr || IsBetter(*match.route, *best->route)) best = &match;
    }
    if (best != nullptr) return std::move(*best);
  }
  Found none;
  for (const Found& match : matches) {
    none.allowed.insert(match.route->http_verb);
    if (match.route->http_verb == "GET") none.allowed.insert("HEAD");
  }
  if (!none.allowed.empty()) none.allowed.insert("OPTIONS");
  return none;
}

}  // namespace firstfloor::gateway
