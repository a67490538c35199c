#include "tests/support/collector.h"

#include <google/protobuf/unknown_field_set.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <list>
#include <mutex>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace firstfloor::testing {
namespace {

using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

// Numbers of fields in opentelemetry-proto, whose generated code Debian does not have.
constexpr int kResourceSpans = 1;  // of a request
constexpr int kResource = 1, kScopeSpans = 2;
constexpr int kResourceAttributes = 1;
constexpr int kSpans = 2;  // of a scope
constexpr int kTraceId = 1, kSpanId = 2, kParentId = 4, kName = 5, kAttributes = 9;
constexpr int kKey = 1, kValue = 2;
constexpr int kText = 1, kInteger = 3;

// The messages in the field `number`.
std::list<UnknownFieldSet> MessagesIn(const UnknownFieldSet& message, int number) {
  std::list<UnknownFieldSet> all;  // which are neither copied nor moved
  for (int i = 0; i < message.field_count(); ++i) {
    const UnknownField& field = message.field(i);
    if (field.number() != number || field.type() != UnknownField::TYPE_LENGTH_DELIMITED) continue;
    all.emplace_back().ParseFromString(field.length_delimited());
  }
  return all;
}

// A field of one value: text, bytes or a number in digits; "" if it is not there.
std::string ValueIn(const UnknownFieldSet& message, int number) {
  for (int i = 0; i < message.field_count(); ++i) {
    const UnknownField& field = message.field(i);
    if (field.number() != number) continue;
    return field.type() == UnknownField::TYPE_LENGTH_DELIMITED ? field.length_delimited()
                                                               : absl::StrCat(field.varint());
  }
  return "";
}

std::map<std::string, std::string> AttributesIn(const UnknownFieldSet& message, int number) {
  std::map<std::string, std::string> attributes;
  for (const UnknownFieldSet& pair : MessagesIn(message, number)) {
    for (const UnknownFieldSet& value : MessagesIn(pair, kValue)) {
      const std::string text = ValueIn(value, kText);
      attributes[ValueIn(pair, kKey)] = text.empty() ? ValueIn(value, kInteger) : text;
    }
  }
  return attributes;
}

void AppendSpans(const std::string& request, std::vector<CollectedSpan>& spans) {
  UnknownFieldSet whole;
  whole.ParseFromString(request);
  for (const UnknownFieldSet& program : MessagesIn(whole, kResourceSpans)) {
    std::string service;
    for (const UnknownFieldSet& resource : MessagesIn(program, kResource)) {
      service = AttributesIn(resource, kResourceAttributes)["service.name"];
    }
    for (const UnknownFieldSet& scope : MessagesIn(program, kScopeSpans)) {
      for (const UnknownFieldSet& span : MessagesIn(scope, kSpans)) {
        spans.push_back({.service = service,
                         .name = ValueIn(span, kName),
                         .trace_id = absl::BytesToHexString(ValueIn(span, kTraceId)),
                         .span_id = absl::BytesToHexString(ValueIn(span, kSpanId)),
                         .parent_id = absl::BytesToHexString(ValueIn(span, kParentId)),
                         .attributes = AttributesIn(span, kAttributes)});
      }
    }
  }
}

std::string TextOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

}  // namespace

struct Collector::Impl : grpc::CallbackGenericService {
  // One export: takes the message and answers with an empty one.
  class Export : public grpc::ServerGenericBidiReactor {
   public:
    explicit Export(Impl& collector) : collector_(collector) { StartRead(&message_); }
    void OnReadDone(bool ok) override {
      if (ok) collector_.Keep(TextOf(message_));
      const grpc::Slice nothing;
      reply_ = grpc::ByteBuffer(&nothing, 1);
      StartWriteAndFinish(&reply_, {}, grpc::Status::OK);
    }
    void OnDone() override { delete this; }

   private:
    Impl& collector_;
    grpc::ByteBuffer message_;
    grpc::ByteBuffer reply_;
  };

  Impl() {
    grpc::ServerBuilder builder;
    builder.RegisterCallbackGenericService(this);
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    server = builder.BuildAndStart();
  }

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new Export(*this);
  }

  void Keep(const std::string& request) {
    const std::lock_guard lock(mutex);
    received += request;
    AppendSpans(request, spans);
  }

  mutable std::mutex mutex;
  std::string received;
  std::vector<CollectedSpan> spans;
  int port = 0;
  std::unique_ptr<grpc::Server> server;  // goes first
};

Collector::Collector() : impl_(std::make_unique<Impl>()) {}
Collector::~Collector() { impl_->server->Shutdown(); }

std::string Collector::endpoint() const { return absl::StrCat("http://127.0.0.1:", impl_->port); }

std::vector<CollectedSpan> Collector::spans() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->spans;
}

std::vector<CollectedSpan> Collector::Trace(const std::string& trace_id) const {
  std::vector<CollectedSpan> trace;
  for (CollectedSpan& span : spans()) {
    if (span.trace_id == trace_id) trace.push_back(std::move(span));
  }
  return trace;
}

std::string Collector::received() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->received;
}

}  // namespace firstfloor::testing
