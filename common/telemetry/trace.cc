#include "common/telemetry/trace.h"

#include <opentelemetry/exporters/otlp/otlp_grpc_exporter_factory.h>
#include <opentelemetry/exporters/otlp/otlp_grpc_exporter_options.h>
#include <opentelemetry/sdk/common/global_log_handler.h>
#include <opentelemetry/sdk/resource/resource.h>
#include <opentelemetry/sdk/trace/batch_span_processor_factory.h>
#include <opentelemetry/sdk/trace/batch_span_processor_options.h>
#include <opentelemetry/sdk/trace/exporter.h>
#include <opentelemetry/sdk/trace/processor.h>
#include <opentelemetry/sdk/trace/sampler.h>
#include <opentelemetry/sdk/trace/samplers/parent.h>
#include <opentelemetry/sdk/trace/samplers/trace_id_ratio.h>
#include <opentelemetry/sdk/trace/tracer_provider.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/propagation/http_trace_context.h>
#include <opentelemetry/trace/span.h>
#include <opentelemetry/trace/tracer.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/telemetry/seldom.h"
#include "common/telemetry/traceparent.h"

namespace firstfloor::telemetry {
namespace {

namespace nostd = opentelemetry::nostd;
namespace otlp = opentelemetry::exporter::otlp;
namespace sdk = opentelemetry::sdk;
namespace otrace = opentelemetry::trace;
using Propagation = otrace::propagation::HttpTraceContext;

// StopTracing waits for at most two exports: the running one, and one of all that is queued.
constexpr std::chrono::milliseconds kExportTimeout(900);
constexpr size_t kQueuedSpans = 1024;

struct Tracing {
  std::shared_ptr<sdk::trace::TracerProvider> provider;
  nostd::shared_ptr<otrace::Tracer> tracer;
};

// Null when tracing is off.
std::atomic<Tracing*> active = nullptr;

// Kept for as long as the process lives: calls may hold what StopTracing has stopped.
Tracing* Keep(std::unique_ptr<Tracing> tracing) {
  static auto* const kStarted = new std::vector<std::unique_ptr<Tracing>>;
  return kStarted->emplace_back(std::move(tracing)).get();
}

nostd::string_view ToNostd(absl::string_view text) { return {text.data(), text.size()}; }

std::unique_ptr<sdk::trace::SpanProcessor> ExporterTo(const std::string& endpoint) {
  otlp::OtlpGrpcExporterOptions options;
  options.endpoint = endpoint;
  options.use_ssl_credentials = absl::StartsWith(endpoint, "https://");
  options.timeout = kExportTimeout;
  options.max_threads = 1;
  options.retry_policy_max_attempts = 1;
  sdk::trace::BatchSpanProcessorOptions batch;
  batch.max_queue_size = kQueuedSpans;
  batch.max_export_batch_size = kQueuedSpans;
  return sdk::trace::BatchSpanProcessorFactory::Create(otlp::OtlpGrpcExporterFactory::Create(options), batch);
}

std::unique_ptr<Tracing> MakeTracing(const TraceConfig& config) {
  auto new_traces = std::make_shared<sdk::trace::TraceIdRatioBasedSampler>(config.sample_ratio);
  auto tracing = std::make_unique<Tracing>();
  tracing->provider = sdk::trace::TracerProviderFactory::Create(
      ExporterTo(config.otlp_endpoint), sdk::resource::Resource::Create({{"service.name", config.service}}),
      std::make_unique<sdk::trace::ParentBasedSampler>(std::move(new_traces)));
  tracing->tracer = tracing->provider->GetTracer("firstfloor");
  return tracing;
}

// A full queue or a dead collector is told of once in a while, and counted.
class ProblemLog : public sdk::common::internal_log::LogHandler {
 public:
  void Handle(sdk::common::internal_log::LogLevel, const char*, int, const char* message,
              const sdk::common::AttributeMap&) noexcept override {
    problems_.Add();
    if (lines_.Due() == 0) return;
    Log(Severity::kWarning, "tracing has a problem",
        {{"problem", std::string(message == nullptr ? "" : message)}});
  }

 private:
  Counter& problems_ = GetCounter("firstfloor_trace_problems_total", "Spans dropped and exports failed.");
  Seldom lines_{std::chrono::minutes(1)};
};

void TakeOverLog() {
  using sdk::common::internal_log::GlobalLogHandler;
  GlobalLogHandler::SetLogHandler(nostd::shared_ptr<sdk::common::internal_log::LogHandler>(new ProblemLog));
  GlobalLogHandler::SetLogLevel(sdk::common::internal_log::LogLevel::Warning);
}

otrace::SpanContext RemoteContext(const Traceparent& parent) {
  const uint8_t flags = parent.sampled ? otrace::TraceFlags::kIsSampled : 0;
  return otrace::SpanContext(Propagation::TraceIdFromHex(ToNostd(parent.trace_id)),
                             Propagation::SpanIdFromHex(ToNostd(parent.span_id)), otrace::TraceFlags(flags),
                             /*is_remote=*/true);
}

std::string FormatContext(const otrace::SpanContext& context) {
  char trace_id[32];
  char span_id[16];
  context.trace_id().ToLowerBase16(trace_id);
  context.span_id().ToLowerBase16(span_id);
  return FormatTraceparent({.trace_id = absl::string_view(trace_id, sizeof(trace_id)),
                            .span_id = absl::string_view(span_id, sizeof(span_id)),
                            .sampled = context.IsSampled()});
}

otrace::SpanKind KindOf(absl::string_view kind) {
  if (kind == "client") return otrace::SpanKind::kClient;
  if (kind == "server") return otrace::SpanKind::kServer;
  if (kind == "producer") return otrace::SpanKind::kProducer;
  if (kind == "consumer") return otrace::SpanKind::kConsumer;
  return otrace::SpanKind::kInternal;
}

}  // namespace

struct Span::Impl {
  Tracing* tracing;
  nostd::shared_ptr<otrace::Span> span;
};

void StartTracing(const TraceConfig& config) {
  if (config.otlp_endpoint.empty() || active.load() != nullptr) return;
  TakeOverLog();
  active = Keep(MakeTracing(config));
}

void StopTracing() {
  Tracing* const tracing = active.exchange(nullptr);
  if (tracing != nullptr) tracing->provider->Shutdown();
}

Span::Span() = default;
Span::Span(Span&&) noexcept = default;
Span& Span::operator=(Span&&) noexcept = default;
Span::~Span() = default;

Span Span::Server(absl::string_view name, absl::string_view traceparent) {
  Span span;
  const std::optional<Traceparent> caller = ParseTraceparent(traceparent);
  if (caller.has_value()) span.received_ = FormatTraceparent(*caller);
  Tracing* const tracing = active.load(std::memory_order_acquire);
  if (tracing == nullptr || (caller.has_value() && !caller->sampled)) return span;

  otrace::StartSpanOptions options;
  options.kind = otrace::SpanKind::kServer;
  if (caller.has_value()) options.parent = RemoteContext(*caller);
  nostd::shared_ptr<otrace::Span> started = tracing->tracer->StartSpan(ToNostd(name), options);
  if (started->IsRecording()) {
    span.impl_ = std::make_unique<Impl>(Impl{tracing, std::move(started)});
  } else if (!caller.has_value()) {
    span.received_ = FormatContext(started->GetContext());
  }
  return span;
}

Span Span::Child(absl::string_view name, absl::string_view kind) const {
  Span child;
  child.received_ = received_;
  if (impl_ == nullptr) return child;
  otrace::StartSpanOptions options;
  options.kind = KindOf(kind);
  options.parent = impl_->span->GetContext();
  child.impl_ =
      std::make_unique<Impl>(Impl{impl_->tracing, impl_->tracing->tracer->StartSpan(ToNostd(name), options)});
  return child;
}

void Span::Set(absl::string_view key, absl::string_view value) {
  if (impl_ != nullptr) impl_->span->SetAttribute(ToNostd(key), ToNostd(value));
}

void Span::Set(absl::string_view key, int64_t value) {
  if (impl_ != nullptr) impl_->span->SetAttribute(ToNostd(key), value);
}

void Span::Fail(absl::string_view code) {
  if (impl_ != nullptr) impl_->span->SetStatus(otrace::StatusCode::kError, ToNostd(code));
}

void Span::End() {
  if (impl_ != nullptr) impl_->span->End();
}

std::string Span::traceparent() const {
  return impl_ == nullptr ? received_ : FormatContext(impl_->span->GetContext());
}

std::string Span::trace_id() const {
  const std::string text = traceparent();
  const std::optional<Traceparent> parent = ParseTraceparent(text);
  return parent.has_value() ? std::string(parent->trace_id) : "";
}

bool Span::recording() const { return impl_ != nullptr && impl_->span->IsRecording(); }

}  // namespace firstfloor::telemetry
