#include "common/events/follower.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/error/macros.h"
#include "common/events/chain.h"
#include "common/events/log.h"
#include "common/telemetry/complaint.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPage = 256;
constexpr absl::Duration kWait = absl::Seconds(5);
constexpr auto kAfterError = std::chrono::milliseconds(500);
// After a batch it rests so many times as long as the batch took.
constexpr int kRest = 3;

}  // namespace

struct Follower::Impl {
  Impl(db::Config config, std::unique_ptr<Source> source, Memory memory)
      : connection(std::move(config)),
        source(std::move(source)),
        memory(std::move(memory)),
        thread([this] { Run(); }) {}

  ~Impl() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    source->Wake();
    thread.join();
  }

  void Run() {
    while (!Stopping()) {
      const absl::Status status = loaded ? Turn() : Load();
      if (status.ok() || Stopping()) continue;
      if (IsLogDiverged(status)) loaded = false;
      complaint.About(status);
      Pause(kAfterError);
    }
  }

  absl::Status Load() {
    ASSIGN_OR_RETURN(LogHead head, ReadHead(connection));
    RETURN_IF_ERROR(memory.load(connection, [this] { return Stopping(); }));
    seq = head.seq;
    hash = std::move(head.hash);
    loaded = true;
    memory.passed(seq);
    return absl::OkStatus();
  }

  absl::Status Turn() {
    ASSIGN_OR_RETURN(const std::vector<v1::Event> events, source->Next(seq, hash, kPage, kWait));
    if (events.empty()) return absl::OkStatus();
    const auto begin = Clock::now();
    RETURN_IF_ERROR(memory.apply(connection, events));
    seq = events.back().seq();
    hash = events.back().hash();
    memory.passed(seq);
    Pause(kRest * (Clock::now() - begin));
    return absl::OkStatus();
  }

  bool Stopping() {
    std::lock_guard lock(mutex);
    return stopping;
  }

  void Pause(Clock::duration pause) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, pause, [this] { return stopping; });
  }

  telemetry::Complaint complaint{"what is kept in memory could not be led on"};
  db::Connection connection;
  std::unique_ptr<Source> source;
  const Memory memory;

  // Of the thread.
  bool loaded = false;
  int64_t seq = 0;
  std::string hash;

  std::mutex mutex;
  std::condition_variable changed;
  bool stopping = false;

  std::thread thread;
};

Follower::Follower(db::Config config, std::unique_ptr<Source> source, Memory memory)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(source), std::move(memory))) {}
Follower::~Follower() = default;
void Follower::Wake() { impl_->source->Wake(); }

}  // namespace firstfloor::events
