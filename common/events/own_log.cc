#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "common/error/macros.h"
#include "common/events/log.h"
#include "common/events/reader.h"
#include "common/events/stored.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events {
namespace {

using Clock = std::chrono::steady_clock;

// How often a log is looked at that nobody rings for.
constexpr auto kPoll = std::chrono::milliseconds(250);
// How often the head is looked at while a reader is far behind it.
constexpr auto kLook = std::chrono::seconds(1);

class OwnLogSource : public Source {
 public:
  explicit OwnLogSource(db::Config config) : connection_(std::move(config)) {}

  absl::StatusOr<std::vector<v1::Event>> Next(int64_t seq, const std::string& hash, int limit,
                                              absl::Duration wait) override {
    const auto deadline = Clock::now() + absl::ToChronoMilliseconds(wait);
    for (bool last = false;; last = Wait(deadline)) {
      ASSIGN_OR_RETURN(std::vector<v1::Event> events, ReadOn(connection_, seq, hash, limit));
      if (events.empty()) {
        head_ = seq;
        if (last) return events;
        continue;
      }
      if (static_cast<int>(events.size()) == limit) LookAtHead();
      head_ = std::max(head_.load(), events.back().seq());
      return events;
    }
  }

  int64_t head() const override { return head_; }

  void Wake() override {
    {
      std::lock_guard lock(mutex_);
      woken_ = true;
    }
    changed_.notify_all();
  }

 private:
  // True if the next look is the last: the time is over, or somebody wants us to return.
  bool Wait(Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, std::min(deadline, Clock::now() + kPoll), [this] { return woken_; });
    return std::exchange(woken_, false) || Clock::now() >= deadline;
  }

  void LookAtHead() {
    if (Clock::now() < next_look_) return;
    next_look_ = Clock::now() + kLook;
    if (const absl::StatusOr<LogHead> head = ReadHead(connection_); head.ok()) head_ = head->seq;
  }

  db::Connection connection_;
  std::atomic<int64_t> head_ = 0;
  Clock::time_point next_look_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace

std::unique_ptr<Source> OwnLog(db::Config config) {
  return std::make_unique<OwnLogSource>(std::move(config));
}

}  // namespace firstfloor::events
