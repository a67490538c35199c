#include "common/telemetry/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/telemetry/json.h"
#include "common/telemetry/library_log.h"

namespace firstfloor::telemetry {
namespace {

constexpr size_t kQueuedLines = 4096;
constexpr std::chrono::seconds kLongestFlush(2);

void WriteToStandardError(absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
}

// Writes a line by one system call, and counts, so that a flush knows when all is out.
class StandardErrorSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  uint64_t written() const { return written_.load(std::memory_order_acquire); }

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    WriteToStandardError(absl::string_view(line.payload.data(), line.payload.size()));
    written_.fetch_add(1, std::memory_order_release);
  }
  void flush_() override {}

 private:
  std::atomic<uint64_t> written_ = 0;
};

// The running log of a program. Never destroyed: a thread may log until the process is gone.
struct Queue {
  explicit Queue(absl::string_view name)
      : service(name),
        sink(std::make_shared<StandardErrorSink>()),
        pool(std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)),
        logger(std::make_shared<spdlog::async_logger>(service, sink, pool,
                                                      spdlog::async_overflow_policy::overrun_oldest)) {
    logger->set_level(spdlog::level::trace);
  }

  bool AllOut() { return sink->written() + pool->overrun_counter() >= posted.load(); }

  const std::string service;
  const std::shared_ptr<StandardErrorSink> sink;
  const std::shared_ptr<spdlog::details::thread_pool> pool;
  const std::shared_ptr<spdlog::async_logger> logger;
  std::atomic<uint64_t> posted = 0;
};

std::atomic<Queue*> running = nullptr;
std::atomic<Severity> least_severity = Severity::kInfo;

absl::string_view NameOf(Severity severity) {
  switch (severity) {
    case Severity::kDebug:
      return "debug";
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

void AppendMember(absl::string_view key, absl::string_view text, std::string& line) {
  line.push_back(line.empty() ? '{' : ',');
  AppendJsonString(key, line);
  line.push_back(':');
  AppendJsonString(text, line);
}

struct AppendValue {
  void operator()(int64_t value) { absl::StrAppend(&line, value); }
  void operator()(double value) { AppendJsonNumber(value, line); }
  void operator()(bool value) { line.append(value ? "true" : "false"); }
  void operator()(const std::string& value) { AppendJsonString(value, line); }
  std::string& line;
};

std::string Line(Severity severity, absl::string_view service, absl::string_view message,
                 std::initializer_list<LogField> fields) {
  std::string line;
  AppendMember("time", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone()), line);
  AppendMember("level", NameOf(severity), line);
  AppendMember("service", service, line);
  AppendMember("message", message, line);
  for (const LogField& field : fields) {
    line.push_back(',');
    AppendJsonString(field.key, line);
    line.push_back(':');
    std::visit(AppendValue{line}, field.value);
  }
  line.append("}\n");
  return line;
}

}  // namespace

void StartLogging(absl::string_view service, Severity least) {
  least_severity = least;
  if (running.load() == nullptr) running = new Queue(service);
  TakeOverLibraryLogs();
}

void FlushLogs() {
  Queue* const queue = running.load();
  if (queue == nullptr) return;
  const auto give_up = std::chrono::steady_clock::now() + kLongestFlush;
  while (!queue->AllOut() && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

bool LogEnabled(Severity severity) { return severity >= least_severity.load(std::memory_order_relaxed); }

void Log(Severity severity, absl::string_view message, std::initializer_list<LogField> fields) {
  if (!LogEnabled(severity)) return;
  Queue* const queue = running.load(std::memory_order_acquire);
  if (queue == nullptr) {
    WriteToStandardError(Line(severity, "", message, fields));
    return;
  }
  const std::string line = Line(severity, queue->service, message, fields);
  queue->posted.fetch_add(1);
  queue->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

uint64_t DroppedLogLines() {
  Queue* const queue = running.load();
  return queue == nullptr ? 0 : queue->pool->overrun_counter();
}

}  // namespace firstfloor::telemetry
