#include "common/telemetry/work.h"

#include <utility>

namespace firstfloor::telemetry {
namespace {

thread_local const Span* current = nullptr;

}  // namespace

Work::Work(const Span& span) : before_(std::exchange(current, &span)) {}

Work::~Work() { current = before_; }

Span StatementSpan(absl::string_view name, absl::string_view text) {
  if (current == nullptr || !current->recording()) return {};
  Span span = current->Child(name, "client");
  span.Set("db.statement", text);
  return span;
}

}  // namespace firstfloor::telemetry
