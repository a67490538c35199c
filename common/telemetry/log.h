// JSON log lines, one an event, to standard error. Never personal data: fields are names, codes,
// numbers and hashes; whoever logs keeps to that, and a test with canaries checks it.
#ifndef FIRSTFLOOR_COMMON_TELEMETRY_LOG_H_
#define FIRSTFLOOR_COMMON_TELEMETRY_LOG_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"

namespace firstfloor::telemetry {

enum class Severity { kDebug, kInfo, kWarning, kError };

// One field of a line; strings are escaped.
struct LogField {
  absl::string_view key;
  std::variant<int64_t, double, bool, std::string> value;
};

// Starts logging for a program: lines from `least` on go to stderr through a bounded queue (a full queue
// drops the oldest and counts them). Call once in main; before that, lines are written directly.
void StartLogging(absl::string_view service, Severity least);
// Writes what is queued; gives up after two seconds if standard error takes nothing. Call before leaving
// main.
void FlushLogs();

// {"time":"2023-…Z","level":"info","service":"opinion","message":…, fields…}. Thread-safe, does not block.
void Log(Severity severity, absl::string_view message, std::initializer_list<LogField> fields = {});
bool LogEnabled(Severity severity);

// Lines that a full queue has dropped since the start; also the metric firstfloor_log_dropped_total.
uint64_t DroppedLogLines();

}  // namespace firstfloor::telemetry

#endif  // FIRSTFLOOR_COMMON_TELEMETRY_LOG_H_
