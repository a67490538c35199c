// Traces: W3C context in and out, spans over RPC, SQL, Redis and peers, exported by OTLP. There is no
// "current" span (calls change threads): whoever starts a child names its parent.
#ifndef FIRSTFLOOR_COMMON_TELEMETRY_TRACE_H_
#define FIRSTFLOOR_COMMON_TELEMETRY_TRACE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace firstfloor::telemetry {

struct TraceConfig {
  std::string service;
  // "http(s)://host:port" of an OTLP/gRPC collector; empty: nothing is exported and spans cost nothing.
  std::string otlp_endpoint;
  // Share of new traces that are sampled (0–1); a caller's decision is followed.
  double sample_ratio = 0.01;
};

void StartTracing(const TraceConfig& config);
// Exports what is left; at most two seconds.
void StopTracing();

// A span, ended when destroyed. Empty spans (tracing off, not sampled) cost a null check. Movable; one
// thread at a time.
class Span {
 public:
  Span();
  Span(Span&&) noexcept;
  Span& operator=(Span&&) noexcept;
  ~Span();

  // The first span of a call in this process; `traceparent` as received, "" if none.
  static Span Server(absl::string_view name, absl::string_view traceparent);
  // A child of `this`; empty if this is empty.
  Span Child(absl::string_view name, absl::string_view kind = "internal") const;
  // "db.statement"-like attributes hold SQL with placeholders, never values.
  void Set(absl::string_view key, absl::string_view value);
  void Set(absl::string_view key, int64_t value);
  void Fail(absl::string_view code);
  void End();

  // To be sent to a peer or kept in an event. When the span is empty: the traceparent received (if it was
  // well-formed) or, for a new trace that was not sampled, one that tells peers so; else "".
  std::string traceparent() const;
  // The 32 hex digits in traceparent(), or "".
  std::string trace_id() const;
  bool recording() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::string received_;
};

}  // namespace firstfloor::telemetry

#endif  // FIRSTFLOOR_COMMON_TELEMETRY_TRACE_H_
