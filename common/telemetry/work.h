// The span that statements sent from this thread belong to, while a worker carries out one call. Set around
// work that stays on its thread from beginning to end, and nothing else: a call as a whole changes threads
// and carries its span itself.
#ifndef FIRSTFLOOR_COMMON_TELEMETRY_WORK_H_
#define FIRSTFLOOR_COMMON_TELEMETRY_WORK_H_

#include "absl/strings/string_view.h"
#include "common/telemetry/trace.h"

namespace firstfloor::telemetry {

// As long as it lives, statements of this thread are children of `span`, which must outlive it.
class Work {
 public:
  explicit Work(const Span& span);
  ~Work();
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

 private:
  const Span* const before_;
};

// A span for one statement or command of the thread's work; empty (and free) outside of it or when nothing is
// traced. `text` holds placeholders, never values.
Span StatementSpan(absl::string_view name, absl::string_view text);

}  // namespace firstfloor::telemetry

#endif  // FIRSTFLOOR_COMMON_TELEMETRY_WORK_H_
