#include "common/rpc/workers.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::rpc {
namespace {

// Deadlines apart, which are times of day: what passes is measured, whatever is done to the clock meanwhile.
using Clock = std::chrono::steady_clock;

// A queue that has not been empty for so long is no burst that will be worked off: more comes than can be
// done.
constexpr std::chrono::milliseconds kBurst(500);
// What a call may have to wait then. A longer queue would make every call late and none more done.
constexpr absl::Duration kStandingWait = absl::Milliseconds(40);
// So many for each worker may wait all the same: few callers of slow calls are no overload.
constexpr size_t kStandingCalls = 4;

}  // namespace

struct Workers::Impl {
  explicit Impl(const Config& config) : config(config) {
    for (int i = 0; i < config.threads; ++i) threads.emplace_back([this] { Work(); });
  }

  void Work() {
    Worker worker(config.database, config.redis);
    std::unique_lock lock(mutex);
    while (true) {
      while (jobs.empty() && !stopping) {
        ++idle;
        const bool woken =
            available.wait_for(lock, std::chrono::seconds(30), [this] { return !jobs.empty() || stopping; });
        --idle;
        if (!woken) {
          lock.unlock();
          worker.db.Refresh();
          lock.lock();
        }
      }
      if (jobs.empty()) return;
      absl::AnyInvocable<void(Worker&)> job = std::move(jobs.front());
      jobs.pop_front();
      Waiting(jobs.size());
      lock.unlock();
      const Clock::time_point start = Clock::now();
      job(worker);
      job = nullptr;
      const std::chrono::duration<double> took = Clock::now() - start;
      lock.lock();
      seconds_per_job += (took.count() - seconds_per_job) * 0.05;
    }
  }

  void Waiting(size_t calls) {
    if (calls == 0) last_empty = Clock::now();
    queued.Set(static_cast<double>(calls));
  }

  // How long a call would have to wait that is refused therefore; nothing: it is not.
  std::optional<absl::Duration> TooLong(absl::Time deadline) {
    const Clock::time_point now = Clock::now();
    const size_t waiting = jobs.size();
    if (waiting == 0) last_empty = now;
    const absl::Duration wait =
        absl::Seconds(seconds_per_job * static_cast<double>(waiting) / config.threads);
    const bool full = waiting >= static_cast<size_t>(config.queue);
    const bool stands = now - last_empty > kBurst && wait > kStandingWait &&
                        waiting >= kStandingCalls * static_cast<size_t>(config.threads);
    if (!full && !stands && !stopping && absl::Now() + wait < deadline) return std::nullopt;
    return wait;
  }

  absl::Status Refuse(absl::Duration wait) {
    refused.Add();
    return error::RetryAfter(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                             "more calls than can be answered now", std::max(wait, absl::Milliseconds(100)));
  }

  const Config config;
  std::mutex mutex;
  std::condition_variable available;
  std::deque<absl::AnyInvocable<void(Worker&)>> jobs;
  bool stopping = false;
  int idle = 0;
  Clock::time_point last_empty = Clock::now();
  double seconds_per_job = 0.002;
  telemetry::Gauge& queued = telemetry::GetGauge("firstfloor_worker_queue", "Calls that wait for a worker.");
  telemetry::Counter& refused =
      telemetry::GetCounter("firstfloor_admission_refused_total", "Calls refused because workers were busy.");
  std::vector<std::thread> threads;
};

Workers::Workers(const Config& config) : impl_(std::make_unique<Impl>(config)) {}

Workers::~Workers() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->available.notify_all();
  for (std::thread& thread : impl_->threads) thread.join();
}

absl::Status Workers::Admit(absl::Time deadline) {
  std::optional<absl::Duration> too_long;
  {
    const std::lock_guard lock(impl_->mutex);
    too_long = impl_->TooLong(deadline);
  }
  return too_long ? impl_->Refuse(*too_long) : absl::OkStatus();
}

absl::Status Workers::Post(absl::Time deadline, absl::AnyInvocable<void(Worker&)> job) {
  std::optional<absl::Duration> too_long;
  {
    const std::lock_guard lock(impl_->mutex);
    too_long = impl_->TooLong(deadline);
    if (!too_long) {
      impl_->jobs.push_back(std::move(job));
      impl_->Waiting(impl_->jobs.size());
      if (impl_->idle > 0) impl_->available.notify_one();
    }
  }
  return too_long ? impl_->Refuse(*too_long) : absl::OkStatus();
}

}  // namespace firstfloor::rpc
