#include "absl/time/clock.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/db/errors.h"
#include "common/db/position.h"
#include "common/telemetry/metrics.h"
#include "common/timers/firing.h"
#include "common/timers/timer_store.h"
#include "common/timers/timers.h"

namespace firstfloor::timers {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(200);
constexpr auto kBeat = std::chrono::milliseconds(500);
constexpr absl::Duration kPostponement = absl::Hours(1);
constexpr absl::Duration kPatience = absl::Seconds(10);  // with one timer
constexpr int kBatch = 200;

}  // namespace

struct Clock::Impl {
  Impl(std::string service, db::Config config, Fire fire)
      : service(std::move(service)), connection(std::move(config)), fire(std::move(fire)) {
    thread = std::thread([this] { Run(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    stop.notify_all();
    thread.join();
  }

  void Run() {
    do {
      if (Leading()) {
        FireDue();
      } else {
        overdue.Set(0);
      }
    } while (!StopsWithin(kPoll));
    lease.Release(connection);
  }

  bool StopsWithin(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex);
    return stop.wait_for(lock, time, [this] { return stopping; });
  }

  // Beats twice a second, not at every poll: a beat is a durable write.
  bool Leading() {
    const auto now = std::chrono::steady_clock::now();
    if (now - asked < kBeat) return lease.held();
    asked = now;
    const absl::StatusOr<bool> held = lease.Hold(connection);
    return held.ok() && *held;
  }

  void FireDue() {
    const absl::StatusOr<std::vector<Timer>> due = DueByClock(connection, absl::Now(), kBatch);
    if (!due.ok()) return;
    size_t settled = 0;
    for (const Timer& timer : *due) {
      if (StopsWithin({}) || !Leading()) return;
      const absl::Status status = FireNow(timer);
      if (status.ok()) {
        ++settled;
      } else if (db::ConnectionLost(status)) {
        return;
      }
    }
    const bool all = settled == due->size() && settled < kBatch;
    overdue.Set(all ? 0 : CountOverdue());
  }

  absl::Status FireNow(const Timer& timer) {
    const absl::Time now = absl::Now();
    const events::Origin origin = {.subject = service,
                                   .by_service = true,
                                   .on_behalf_of = "",
                                   .occur_time = now,
                                   .record_time = now,
                                   .back_dated = false,
                                   .traceparent = ""};
    return FireOne(connection, timer, origin, fire, now + kPostponement, now + kPatience).status();
  }

  double CountOverdue() { return static_cast<double>(CountDueByClock(connection, absl::Now()).value_or(0)); }

  const std::string service;
  db::Connection connection;
  const Fire fire;
  db::Lease lease{"timers"};
  std::chrono::steady_clock::time_point asked;
  telemetry::Gauge& overdue =
      telemetry::GetGauge("firstfloor_timers_overdue", "Timers that are due and have not fired yet.");
  std::mutex mutex;
  std::condition_variable stop;
  bool stopping = false;
  std::thread thread;
};

Clock::Clock(std::string service, db::Config config, Fire fire)
    : impl_(std::make_unique<Impl>(std::move(service), std::move(config), std::move(fire))) {}

Clock::~Clock() = default;

}  // namespace firstfloor::timers
