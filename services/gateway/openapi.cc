#include "services/gateway/openapi.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "firstfloor/api/v1/access.pb.h"
#include "firstfloor/api/v1/field.pb.h"
#include "services/gateway/contract.h"
#include "services/gateway/openapi_schema.h"

namespace firstfloor::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// "opinions" → "opinion", "activities" → "activity", "series" → "series".
std::string Singular(std::string plural) {
  if (plural == "series") return plural;
  absl::string_view stem = plural;
  if (absl::ConsumeSuffix(&stem, "ies")) return absl::StrCat(stem, "y");
  if (absl::ConsumeSuffix(&stem, "s")) return std::string(stem);
  return plural;
}

// OpenAPI knows variables of one segment only: {name=opinions/*} is written opinions/{opinion}.
struct PlainPath {
  std::string text;
  std::vector<std::pair<std::string, const FieldDescriptor*>> parameters;
};

const FieldDescriptor* FieldOfSegment(const Route& route, size_t segment) {
  for (size_t i = 0; i < route.variables.size(); ++i) {
    const PathTemplate::Variable& variable = route.path.variables()[i];
    if (segment >= variable.begin && segment < variable.end) return route.variables[i].back();
  }
  return nullptr;
}

bool IsWholeVariable(const Route& route, size_t segment) {
  for (const PathTemplate::Variable& variable : route.path.variables()) {
    if (variable.begin == segment && variable.end == segment + 1) return true;
  }
  return false;
}

PlainPath Plain(const Route& route) {
  PlainPath plain;
  const std::vector<PathTemplate::Segment>& segments = route.path.segments();
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].kind == PathTemplate::Kind::kLiteral) {
      absl::StrAppend(&plain.text, "/", segments[i].literal);
      continue;
    }
    const FieldDescriptor* field = FieldOfSegment(route, i);
    std::string name = "rest";
    if (field != nullptr && IsWholeVariable(route, i)) {
      name = field->json_name();
    } else if (i > 0 && segments[i - 1].kind == PathTemplate::Kind::kLiteral) {
      name = Singular(segments[i - 1].literal);
    }
    absl::StrAppend(&plain.text, "/{", name, "}");
    plain.parameters.emplace_back(name, field);
  }
  if (!route.path.verb().empty()) absl::StrAppend(&plain.text, ":", route.path.verb());
  return plain;
}

Json PathParameter(const std::string& name, const FieldDescriptor* field) {
  Json parameter = {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}};
  if (field == nullptr) return parameter;
  const bool is_name = field->options().GetExtension(api::v1::field).pattern() == api::v1::PATTERN_NAME;
  if (is_name) parameter["schema"]["format"] = "uuid";
  parameter["description"] =
      is_name ? absl::StrCat("What follows the collection in the name. ", CommentOf(*field))
              : CommentOf(*field);
  return parameter;
}

// Every field that a query can set, by its path in the names of JSON.
void AddQueryParameters(const Descriptor& message, const std::string& prefix, bool required_above,
                        const std::set<const FieldDescriptor*>& without, std::set<const Descriptor*> above,
                        SchemaBook& book, Json& parameters) {
  if (!above.insert(&message).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (prefix.empty() && without.count(&field) > 0) continue;
    if (field.options().GetExtension(api::v1::field).output_only()) continue;
    const std::string name = absl::StrCat(prefix, field.json_name());
    const bool required = required_above && IsRequired(field);
    if (HasTextForm(field)) {
      Json schema = book.FieldSchema(field);
      Json parameter = {{"name", name}, {"in", "query"}};
      if (schema.contains("description")) {
        parameter["description"] = schema["description"];
        schema.erase("description");
      }
      if (required) parameter["required"] = true;
      parameter["schema"] = std::move(schema);
      parameters.push_back(std::move(parameter));
    } else if (!field.is_repeated()) {
      AddQueryParameters(*field.message_type(), absl::StrCat(name, "."), required, {}, above, book,
                         parameters);
    }
  }
}

std::set<const FieldDescriptor*> Bound(const Route& route) {
  std::set<const FieldDescriptor*> bound;
  for (const FieldPath& path : route.variables) {
    if (path.size() == 1) bound.insert(path.front());
  }
  if (route.body != nullptr) bound.insert(route.body);
  return bound;
}

Json HeaderParameter(const char* name) { return {{"$ref", absl::StrCat("#/components/parameters/", name)}}; }

bool HasField(const Descriptor& message, const char* name) {
  return message.FindFieldByName(name) != nullptr;
}

Json Parameters(const Route& route, const PlainPath& path, SchemaBook& book) {
  Json parameters = Json::array();
  for (const auto& [name, field] : path.parameters) parameters.push_back(PathParameter(name, field));
  const Descriptor& request = *route.method->input_type();
  if (!route.whole_body) AddQueryParameters(request, "", true, Bound(route), {}, book, parameters);
  if (route.method->server_streaming()) {
    parameters.push_back(HeaderParameter("LastEventId"));
    return parameters;
  }
  if (HasField(request, "etag")) parameters.push_back(HeaderParameter("IfMatch"));
  const bool changes = HasField(request, "request_id");
  parameters.push_back(HeaderParameter(changes ? "IdempotencyKey" : "Consistency"));
  parameters.push_back(HeaderParameter("RequestTimeout"));
  return parameters;
}

Json RequestBody(const Route& route, SchemaBook& book) {
  const Json schema = route.body != nullptr ? book.FieldSchema(*route.body)
                                            : book.ObjectSchema(*route.method->input_type(), Bound(route));
  return {{"required", true}, {"content", {{"application/json", {{"schema", schema}}}}}};
}

// "text/calendar" of "text/calendar; charset=utf-8".
std::string BareType(const std::string& media_type) { return media_type.substr(0, media_type.find(';')); }

Json SuccessResponse(const Route& route, SchemaBook& book) {
  const Json schema = route.response != nullptr ? book.FieldSchema(*route.response)
                                                : book.MessageSchema(*route.method->output_type());
  if (!route.method->server_streaming()) {
    const std::string type = route.media_type.empty() ? "application/json" : BareType(route.media_type);
    return {{"description", "Done."}, {"content", {{type, {{"schema", schema}}}}}};
  }
  const std::string what = absl::StrCat("Events whose data is ", route.method->output_type()->full_name(),
                                        " in JSON and whose id continues the stream as Last-Event-ID.");
  const Json text = {{"type", "string"}, {"contentMediaType", "application/json"}, {"contentSchema", schema}};
  return {{"description", what}, {"content", {{"text/event-stream", {{"schema", text}}}}}};
}

// The first sentence.
std::string SummaryOf(const std::string& comment) {
  const size_t end = comment.find(". ");
  std::string summary = comment.substr(0, end);
  if (!summary.empty() && summary.back() == '.') summary.pop_back();
  return summary;
}

std::string OperationId(const Route& route) {
  return absl::StrCat(route.peer, "_", route.method->service()->name(), "_", route.method->name(),
                      route.binding > 0 ? absl::StrCat("_", route.binding + 1) : "");
}

Json Operation(const Route& route, const PlainPath& path, SchemaBook& book) {
  const std::string comment = CommentOf(*route.method);
  Json operation = {{"operationId", OperationId(route)},
                    {"tags", {route.method->service()->full_name()}},
                    {"summary", SummaryOf(comment)},
                    {"description", comment}};
  operation["parameters"] = Parameters(route, path, book);
  if (route.takes_body()) operation["requestBody"] = RequestBody(route, book);
  operation["responses"] = {{"200", SuccessResponse(route, book)},
                            {"4XX", {{"$ref", "#/components/responses/Problem"}}},
                            {"5XX", {{"$ref", "#/components/responses/Problem"}}}};
  if (route.method->options().GetExtension(api::v1::access).anonymous()) {
    operation["security"] = Json::array({Json::object(), {{"token", Json::array()}}});
  }
  return operation;
}

Json Header(const char* name, const char* description, Json schema) {
  return {{"name", name}, {"in", "header"}, {"description", description}, {"schema", std::move(schema)}};
}

Json Headers() {
  const Json text = {{"type", "string"}};
  return {{"IfMatch", Header("If-Match",
                             "The etag, in quotes, that the resource must still have; 412 otherwise.", text)},
          {"Consistency", Header("firstfloor-consistency",
                                 "strong: the answer is not from a memory, which may be up to a second old.",
                                 {{"type", "string"}, {"enum", {"strong"}}})},
          {"IdempotencyKey", Header("Idempotency-Key", "A UUID; the same as requestId in the body.",
                                    {{"type", "string"}, {"format", "uuid"}})},
          {"LastEventId", Header("Last-Event-ID", "Id of the last event that was received.", text)},
          {"RequestTimeout", Header("Request-Timeout", "Seconds that the caller waits; 504 after that.",
                                    {{"type", "number"}, {"exclusiveMinimum", 0}})}};
}

Json ProblemSchema() {
  const Json detail = {
      {"type", "object"},
      {"description", "A google.rpc detail: ErrorInfo, BadRequest, PreconditionFailure, RetryInfo…"},
      {"properties", {{"@type", {{"type", "string"}}}}},
      {"required", {"@type"}},
      {"additionalProperties", true}};
  const Json error = {
      {"type", "object"},
      {"properties",
       {{"code", {{"type", "integer"}, {"description", "The HTTP status."}}},
        {"message", {{"type", "string"}, {"description", "For developers."}}},
        {"status", {{"type", "string"}, {"description", "The code of gRPC: NOT_FOUND and so on."}}},
        {"details", {{"type", "array"}, {"items", detail}}}}},
      {"required", {"code", "message", "status", "details"}}};
  return {{"type", "object"}, {"properties", {{"error", error}}}, {"required", {"error"}}};
}

Json Components(SchemaBook& book) {
  Json schemas = book.Components();
  schemas["Problem"] = ProblemSchema();
  return {
      {"schemas", std::move(schemas)},
      {"parameters", Headers()},
      {"responses",
       {{"Problem",
         {{"description", "An error; its reason is in the ErrorInfo among the details."},
          {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}}}}},
      {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}}}};
}

}  // namespace

std::string OpenApiDocument(const Routes& routes, const std::string& version) {
  SchemaBook book;
  std::map<std::string, Json> paths;
  std::map<std::string, std::string> tags;
  for (const std::unique_ptr<Route>& route : routes.all()) {
    if (route->http_verb == "*") continue;  // OpenAPI has no way to say "any"
    const PlainPath path = Plain(*route);
    tags[route->method->service()->full_name()] = CommentOf(*route->method->service());
    paths[path.text][absl::AsciiStrToLower(route->http_verb)] = Operation(*route, path, book);
  }
  Json document = {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "FirstFloor"},
        {"version", version},
        {"description",
         "The services of a residential community over HTTP and JSON, made from their protos. What each "
         "reason of an error means, and what to do then: protos/REASONS.md in the source."},
        {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"servers", Json::array({{{"url", "/"}}})},
      {"security", Json::array({{{"token", Json::array()}}})}};
  document["tags"] = Json::array();
  for (const auto& [name, description] : tags) {
    document["tags"].push_back({{"name", name}, {"description", description}});
  }
  document["paths"] = Json::object();
  for (auto& [path, operations] : paths) document["paths"][path] = std::move(operations);
  document["components"] = Components(book);
  return document.dump();
}

}  // namespace firstfloor::gateway
