#include "common/erasure/eraser.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "common/db/errors.h"
#include "common/erasure/erasures.h"
#include "common/error/error.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::erasure {
namespace {

constexpr auto kPoll = std::chrono::seconds(2);
constexpr auto kRest = std::chrono::milliseconds(2);

}  // namespace

struct Eraser::Impl {
  Impl(db::Config config, const Erasures& erasures) : connection(std::move(config)), erasures(erasures) {
    thread = std::thread([this] { Run(); });
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    thread.join();
  }

  void Run() {
    while (true) {
      const absl::StatusOr<bool> worked = erasures.Step(connection);
      const bool goes_on = worked.ok() && *worked;
      if (worked.ok()) {
        running.Set(goes_on ? 1 : 0);
      } else if (!db::ConnectionLost(worked.status())) {
        running.Set(1);
        Complain(worked.status());
      }
      std::unique_lock lock(mutex);
      if (goes_on) {
        changed.wait_for(lock, kRest, [this] { return stopping; });
      } else {
        changed.wait_for(lock, kPoll, [this] { return stopping || woken; });
      }
      woken = false;
      if (stopping) return;
    }
  }

  static void Complain(const absl::Status& status) {
    telemetry::Log(telemetry::Severity::kError, "an erasure does not go on; it is tried again",
                   {{"code", absl::StatusCodeToString(status.code())}, {"reason", error::ReasonOf(status)}});
  }

  db::Connection connection;
  const Erasures& erasures;
  telemetry::Gauge& running =
      telemetry::GetGauge("firstfloor_erasure_running", "1 while an erasure of somebody's data is not done.");
  std::mutex mutex;
  std::condition_variable changed;
  bool woken = false;
  bool stopping = false;
  std::thread thread;
};

Eraser::Eraser(db::Config config, const Erasures& erasures)
    : impl_(std::make_unique<Impl>(std::move(config), erasures)) {}

Eraser::~Eraser() = default;

void Eraser::Wake() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->woken = true;
  }
  impl_->changed.notify_all();
}

}  // namespace firstfloor::erasure
