#include "services/gateway/transcode.h"

#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/gateway/json.h"
#include "services/gateway/query.h"
#include "services/gateway/request_headers.h"
#include "services/gateway/resume.h"

namespace firstfloor::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* StringFieldNamed(const Message& message, const std::string& name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  const bool text =
      field != nullptr && field->type() == FieldDescriptor::TYPE_STRING && !field->is_repeated();
  return text ? field : nullptr;
}

absl::Status ReadBody(const Route& route, const HttpRequest& request, Message& message) {
  if (!route.takes_body()) {
    if (request.body.empty()) return absl::OkStatus();
    return error::Make(absl::StatusCode::kInvalidArgument, "BODY_NOT_ALLOWED", "this method takes no body");
  }
  return FromJson(request.body, route.body, message);
}

absl::Status ReadQuery(const Route& route, const QueryPairs& query, Message& message) {
  if (query.empty()) return absl::OkStatus();
  if (route.whole_body) {
    return error::InvalidField(query.front().first,
                               "this method takes its fields in the body, not the query");
  }
  std::vector<FieldPath> taken = route.variables;
  if (route.body != nullptr) taken.push_back({route.body});
  return ApplyQuery(query, taken, message);
}

// The value of a field that may be nested, as JSON; "" if it is not set.
std::string ValueOf(const Message& message, const FieldPath& path) {
  const Message* holder = &message;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    if (!holder->GetReflection()->HasField(*holder, path[i])) return "";
    holder = &holder->GetReflection()->GetMessage(*holder, path[i]);
  }
  if (!holder->GetReflection()->HasField(*holder, path.back())) return "";
  return ToJson(*holder, path.back()).value_or("");
}

// What the path says. A body that says otherwise is refused rather than overruled.
absl::Status ReadPath(const Route& route, const PathTemplate::Bindings& bindings, Message& message) {
  for (size_t i = 0; i < bindings.size(); ++i) {
    const auto& [name, value] = bindings[i];
    const FieldPath& field = route.variables[i];
    const std::string said = route.takes_body() ? ValueOf(message, field) : "";
    const absl::Status set = SetFromText(field, value, message);
    if (!set.ok()) return error::InvalidField(name, set.message());
    if (!said.empty() && said != ValueOf(message, field)) {
      return error::InvalidField(name, "the body says otherwise than the path");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadHeaderInto(const std::string& name, const std::string& value, Message& message) {
  const FieldDescriptor* field = StringFieldNamed(message, name);
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const std::string said = reflection.GetString(message, field);
  if (!said.empty() && said != value) {
    return error::InvalidField(name, "the header says otherwise than the request");
  }
  reflection.SetString(&message, field, value);
  return absl::OkStatus();
}

absl::Status ReadHeaders(const HttpRequest& request, Message& message) {
  ASSIGN_OR_RETURN(const std::string etag, IfMatchOf(request));
  if (!etag.empty()) {
    if (StringFieldNamed(message, "etag") == nullptr) {
      return error::Make(absl::StatusCode::kInvalidArgument, "INVALID_HEADER",
                         "If-Match: this method knows no etag");
    }
    RETURN_IF_ERROR(ReadHeaderInto("etag", etag, message));
  }
  ASSIGN_OR_RETURN(const std::string key, IdempotencyKeyOf(request));
  if (!key.empty() && StringFieldNamed(message, "request_id") != nullptr) {
    RETURN_IF_ERROR(ReadHeaderInto("request_id", key, message));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Message>> ToMessage(const Route& route, const PathTemplate::Bindings& bindings,
                                                   const QueryPairs& query, const HttpRequest& request) {
  std::unique_ptr<Message> message(route.request().New());
  RETURN_IF_ERROR(ReadBody(route, request, *message));
  RETURN_IF_ERROR(ReadQuery(route, query, *message));
  RETURN_IF_ERROR(ReadPath(route, bindings, *message));
  RETURN_IF_ERROR(ReadHeaders(request, *message));
  if (route.method->server_streaming())
    RETURN_IF_ERROR(ResumeAfter(request.Header("last-event-id"), *message));
  return message;
}

std::string StringField(const Message& message, const std::string& name) {
  const FieldDescriptor* field = StringFieldNamed(message, name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

}  // namespace firstfloor::gateway
