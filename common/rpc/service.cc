#include "common/rpc/service.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/codegen/service_type.h>

#include <cstdlib>
#include <deque>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "common/rpc/calls.h"
#include "common/telemetry/log.h"

namespace firstfloor::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

// A mistake in how the program was put together; found at start, by every test.
[[noreturn]] void Die(const std::string& what) {
  telemetry::Log(telemetry::Severity::kError, what);
  telemetry::FlushLogs();
  std::abort();
}

std::vector<const FieldDescriptor*> PathOf(const MethodDescriptor* method, const std::string& path) {
  std::vector<const FieldDescriptor*> fields;
  if (path.empty()) return fields;
  const auto* type = method->input_type();
  size_t start = 0;
  while (start <= path.size()) {
    const size_t dot = std::min(path.find('.', start), path.size());
    const FieldDescriptor* field =
        type == nullptr ? nullptr : type->FindFieldByName(path.substr(start, dot - start));
    if (field == nullptr) Die(absl::StrCat(method->full_name(), ": no field ", path));
    fields.push_back(field);
    type = field->message_type();
    start = dot + 1;
  }
  return fields;
}

constexpr const char* kCodes[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

}  // namespace

Method::Method(const Environment& environment, const MethodDescriptor* descriptor)
    : environment(environment),
      descriptor(descriptor),
      path(absl::StrCat("/", descriptor->service()->full_name(), "/", descriptor->name())),
      access(descriptor->options().GetExtension(api::v1::access)),
      validator(descriptor->input_type()),
      request_prototype(MessageFactory::generated_factory()->GetPrototype(descriptor->input_type())),
      reply_prototype(MessageFactory::generated_factory()->GetPrototype(descriptor->output_type())),
      area_path(PathOf(descriptor, access.area())) {
  for (size_t code = 0; code < handled.size(); ++code) {
    handled[code] =
        &telemetry::GetCounter("firstfloor_rpc_handled_total", "Calls answered, by method and code.",
                               {{"method", path}, {"code", kCodes[code]}});
  }
  duration = &telemetry::GetHistogram("firstfloor_rpc_duration_seconds", "Time from arrival to answer.",
                                      {{"method", path}});
}

std::string Method::AreaIn(const google::protobuf::Message& request) const {
  const google::protobuf::Message* at = &request;
  for (const FieldDescriptor* field : area_path) {
    const auto* reflection = at->GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) return reflection->GetString(*at, field);
    at = &reflection->GetMessage(*at, field);
  }
  return "";
}

class Service::Impl final : public grpc::Service {
 public:
  Impl(const Environment& environment, absl::string_view name)
      : descriptor(DescriptorPool::generated_pool()->FindServiceByName(std::string(name))) {
    if (descriptor == nullptr) Die(absl::StrCat("no service ", name));
    for (int i = 0; i < descriptor->method_count(); ++i) {
      Method& method = methods.emplace_back(environment, descriptor->method(i));
      AddMethod(new grpc::internal::RpcServiceMethod(method.path.c_str(), ShapeOf(method), nullptr));
      MarkMethodRawCallback(static_cast<size_t>(i), HandlerOf(method));
    }
  }

  Method& Of(absl::string_view name) {
    for (Method& method : methods) {
      if (method.descriptor->name() == name) return method;
    }
    Die(absl::StrCat(descriptor->full_name(), " has no method ", name));
  }

  Method& New(absl::string_view name) {
    Method& method = Of(name);
    if (method.registered()) Die(absl::StrCat(method.path, " has two handlers"));
    return method;
  }

  static grpc::internal::RpcMethod::RpcType ShapeOf(const Method& method) {
    if (method.descriptor->client_streaming()) return grpc::internal::RpcMethod::CLIENT_STREAMING;
    if (method.descriptor->server_streaming()) return grpc::internal::RpcMethod::SERVER_STREAMING;
    return grpc::internal::RpcMethod::NORMAL_RPC;
  }

  static grpc::internal::MethodHandler* HandlerOf(const Method& method) {
    using Bytes = grpc::ByteBuffer;
    using Context = grpc::CallbackServerContext;
    switch (ShapeOf(method)) {
      case grpc::internal::RpcMethod::CLIENT_STREAMING:
        return new grpc::internal::CallbackClientStreamingHandler<Bytes, Bytes>(
            [&method](Context* context, Bytes* reply) { return StartImport(method, context, reply); });
      case grpc::internal::RpcMethod::SERVER_STREAMING:
        return new grpc::internal::CallbackServerStreamingHandler<Bytes, Bytes>(
            [&method](Context* context, const Bytes* request) {
              return StartStream(method, context, request);
            });
      default:
        return new grpc::internal::CallbackUnaryHandler<Bytes, Bytes>(
            [&method](Context* context, const Bytes* request, Bytes* reply) {
              return StartUnary(method, context, request, reply);
            });
    }
  }

  const google::protobuf::ServiceDescriptor* const descriptor;
  std::deque<Method> methods;  // handlers hold references
};

namespace {

void MustTake(const Method& method, const google::protobuf::Descriptor* request,
              const google::protobuf::Descriptor* reply) {
  if ((request != nullptr && method.descriptor->input_type() != request) ||
      (reply != nullptr && method.descriptor->output_type() != reply)) {
    Die(absl::StrCat(method.path, " has a handler for other messages"));
  }
}

}  // namespace

Service::Service(const Environment& environment, absl::string_view full_name)
    : impl_(std::make_unique<Impl>(environment, full_name)) {}

Service::~Service() = default;

void Service::AddRead(absl::string_view name, const google::protobuf::Descriptor* request,
                      const google::protobuf::Descriptor* reply, ReadFn handler) {
  Method& method = impl_->New(name);
  MustTake(method, request, reply);
  method.read = std::move(handler);
}

void Service::AddRecall(absl::string_view name, RecallFn handler) {
  impl_->Of(name).recall = std::move(handler);
}

void Service::AddMutation(absl::string_view name, const google::protobuf::Descriptor* request,
                          const google::protobuf::Descriptor* reply, MutationFn handler) {
  Method& method = impl_->New(name);
  MustTake(method, request, reply);
  method.mutate = std::move(handler);
}

void Service::AddImport(absl::string_view name, const google::protobuf::Descriptor* reply, int chunk,
                        ImportFn handler) {
  Method& method = impl_->New(name);
  MustTake(method, nullptr, reply);
  method.chunk = chunk;
  method.import = std::move(handler);
}

void Service::AddStream(absl::string_view name, const google::protobuf::Descriptor* request,
                        StreamFn handler) {
  Method& method = impl_->New(name);
  MustTake(method, request, nullptr);
  method.stream = std::move(handler);
}

absl::Status Service::Complete() const {
  std::vector<std::string> missing;
  for (const Method& method : impl_->methods) {
    if (!method.registered()) missing.push_back(method.path);
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("methods without a handler: ", absl::StrJoin(missing, ", ")));
}

grpc::Service* Service::grpc_service() { return impl_.get(); }

absl::string_view Service::full_name() const { return impl_->descriptor->full_name(); }

}  // namespace firstfloor::rpc
