#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "common/db/position.h"
#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/events/sequence.h"
#include "common/telemetry/complaint.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::events {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr auto kBeat = milliseconds(500);
// Between the beginnings of two batches: what comes meanwhile shares the next batch and its commit. Longer
// while much comes, since every batch costs its own statements and flush.
constexpr auto kGather = milliseconds(10);
constexpr auto kGatherWhenBusy = milliseconds(25);
constexpr size_t kBusy = 6;  // events in a batch
constexpr auto kPoll = milliseconds(20);
constexpr auto kIdlePoll = milliseconds(50);
constexpr auto kIdleAfter = std::chrono::seconds(1);
constexpr auto kAfterError = milliseconds(200);

telemetry::Gauge& Leading() {
  static telemetry::Gauge& gauge =
      telemetry::GetGauge("firstfloor_sequencer_leading", "1 in the process that gives events their place.");
  return gauge;
}

telemetry::Histogram& Delay() {
  static telemetry::Histogram& histogram = telemetry::GetHistogram(
      "firstfloor_sequencer_delay_seconds", "From the recording of an event to its place in the log.");
  return histogram;
}

}  // namespace

struct Sequencer::Impl {
  Impl(db::Config config, std::function<void()> ring)
      : connection(std::move(config)), ring(std::move(ring)), thread([this] { Run(); }) {}

  ~Impl() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    thread.join();
  }

  void Run() {
    while (true) {
      const auto begin = Clock::now();
      const absl::StatusOr<bool> found = Turn(begin);
      if (!found.ok()) complaint.About(found.status());
      if (!Rest(begin, found)) break;
    }
    lease.Release(connection);
    Lead(false);
  }

  // True if there were events to sequence.
  absl::StatusOr<bool> Turn(Clock::time_point now) {
    if (now >= next_beat) RETURN_IF_ERROR(Hold(now));
    if (!lease.held()) return false;
    absl::StatusOr<Sequenced> sequenced = SequenceBatch(connection, lease.position());
    if (!sequenced.ok()) {
      next_beat = now;
      return Recover(sequenced.status());
    }
    if (sequenced->record_times.empty()) return false;
    lease.Advanced(sequenced->seq, std::move(sequenced->hash));
    gather = sequenced->record_times.size() < kBusy ? kGather : kGatherWhenBusy;
    last_found = now;
    if (ring) ring();
    const absl::Time recorded = absl::Now();
    for (const absl::Time time : sequenced->record_times)
      Delay().Observe(absl::ToDoubleSeconds(recorded - time));
    return true;
  }

  absl::Status Hold(Clock::time_point now) {
    const absl::StatusOr<bool> held = lease.Hold(connection);
    Lead(lease.held());
    RETURN_IF_ERROR(held.status());
    next_beat = now + kBeat;
    return absl::OkStatus();
  }

  // The outcome of the batch is unknown, or another one leads. As long as the epoch is ours, nobody else has
  // moved the position.
  absl::Status Recover(const absl::Status& failure) {
    ASSIGN_OR_RETURN(db::Position position, db::LoadPosition(connection, kLogHead));
    if (position.epoch == lease.position().epoch) lease.Advanced(position.seq, std::move(position.hash));
    return failure;
  }

  void Lead(bool now_leading) {
    if (leading.exchange(now_leading) == now_leading) return;
    Leading().Set(now_leading ? 1 : 0);
    telemetry::Log(telemetry::Severity::kInfo, now_leading ? "sequencer leads" : "sequencer leads no more",
                   {{"epoch", lease.position().epoch}});
  }

  // Waits until there may be something to do; false when stopping.
  bool Rest(Clock::time_point begin, const absl::StatusOr<bool>& found) {
    std::unique_lock lock(mutex);
    const auto stop = [this] { return stopping; };
    if (!found.ok()) {
      changed.wait_for(lock, kAfterError, stop);
    } else if (!lease.held()) {
      changed.wait_until(lock, next_beat, stop);
    } else {
      const bool idle = begin - last_found > kIdleAfter;
      const auto poll = std::min(begin + (idle ? kIdlePoll : kPoll), next_beat);
      changed.wait_until(lock, begin + gather, stop);
      if (!*found) changed.wait_until(lock, poll, [this] { return stopping || woken; });
    }
    woken = false;
    return !stopping;
  }

  void Wake() {
    {
      std::lock_guard lock(mutex);
      if (std::exchange(woken, true)) return;
    }
    if (leading) changed.notify_all();
  }

  telemetry::Complaint complaint{"the sequencer could not go on"};
  db::Connection connection;
  db::Lease lease{std::string(kLogHead)};
  const std::function<void()> ring;
  Clock::time_point next_beat = Clock::now();
  Clock::time_point last_found = Clock::now();
  milliseconds gather = kGather;
  std::atomic<bool> leading = false;

  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;
  bool woken = false;
  std::thread thread;
};

Sequencer::Sequencer(db::Config config, std::function<void()> ring)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(ring))) {}
Sequencer::~Sequencer() = default;
void Sequencer::Wake() { impl_->Wake(); }
bool Sequencer::leading() const { return impl_->leading; }

}  // namespace firstfloor::events
