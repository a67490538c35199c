#include "common/rpc/peer_log.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "common/rpc/wire.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/events/v1/event_log_service.grpc.pb.h"

namespace firstfloor::rpc {
namespace {

using events::v1::Event;

constexpr size_t kMostQueued = 1024;

// One stream, read by a thread of its own into a bounded queue.
class Subscription {
 public:
  Subscription(const std::shared_ptr<grpc::Channel>& channel, int64_t seq, const std::string& hash)
      : stub_(events::v1::EventLogService::NewStub(channel)) {
    events::v1::SubscribeRequest request;
    request.set_after_seq(seq);
    request.set_after_hash(hash);
    stream_ = stub_->Subscribe(&context_, request);
    thread_ = std::thread([this] { Read(); });
  }

  ~Subscription() {
    context_.TryCancel();
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  // Events in order; nullopt once the stream has ended and everything was taken (then see `status`).
  std::optional<std::vector<Event>> Take(int limit, absl::Duration wait, const std::atomic<bool>& woken) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoMilliseconds(wait),
                      [&] { return !queue_.empty() || ended_ || woken; });
    if (queue_.empty() && ended_) return std::nullopt;
    std::vector<Event> events;
    while (!queue_.empty() && static_cast<int>(events.size()) < limit) {
      events.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    lock.unlock();
    changed_.notify_all();
    return events;
  }

  void Nudge() {
    // Not between the look of whoever waits and their wait.
    { const std::lock_guard lock(mutex_); }
    changed_.notify_all();
  }
  absl::Status status() const { return status_; }
  int64_t head() const { return head_; }

 private:
  void Read() {
    events::v1::SubscribeResponse response;
    while (stream_->Read(&response)) {
      head_ = response.cursor_seq();
      if (!response.has_event()) continue;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return queue_.size() < kMostQueued || closing_; });
      if (closing_) break;
      queue_.push_back(std::move(*response.mutable_event()));
      lock.unlock();
      changed_.notify_all();
    }
    const absl::Status status = FromGrpc(stream_->Finish());
    const std::lock_guard lock(mutex_);
    status_ = status.ok() ? absl::UnavailableError("the stream ended") : status;
    ended_ = true;
    changed_.notify_all();
  }

  std::unique_ptr<events::v1::EventLogService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<events::v1::SubscribeResponse>> stream_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> queue_;
  absl::Status status_;
  std::atomic<int64_t> head_{0};  // the furthest that the peer has told of
  bool ended_ = false;
  bool closing_ = false;
  std::thread thread_;
};

class PeerLog final : public events::Source {
 public:
  explicit PeerLog(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

  absl::StatusOr<std::vector<Event>> Next(int64_t seq, const std::string& hash, int limit,
                                          absl::Duration wait) override {
    std::shared_ptr<Subscription> subscription;
    {
      const std::lock_guard lock(mutex_);
      if (subscription_ == nullptr || seq != expected_seq_) {
        subscription_ = std::make_shared<Subscription>(channel_, seq, hash);
        expected_seq_ = seq;
      }
      subscription = subscription_;
    }
    std::optional<std::vector<Event>> events = subscription->Take(limit, wait, woken_);
    const std::lock_guard lock(mutex_);
    woken_ = false;  // whoever was woken before has returned now, as they should
    if (!events) {
      subscription_ = nullptr;
      return subscription->status();
    }
    if (!events->empty()) expected_seq_ = events->back().seq();
    return *std::move(events);
  }

  int64_t head() const override {
    const std::lock_guard lock(mutex_);
    return subscription_ == nullptr ? 0 : subscription_->head();
  }

  void Wake() override {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    if (subscription_ != nullptr) subscription_->Nudge();
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  mutable std::mutex mutex_;
  std::shared_ptr<Subscription> subscription_;
  int64_t expected_seq_ = -1;
  std::atomic<bool> woken_{false};
};

}  // namespace

std::unique_ptr<events::Source> NewPeerLog(std::shared_ptr<grpc::Channel> channel) {
  return std::make_unique<PeerLog>(std::move(channel));
}

}  // namespace firstfloor::rpc
