#include "common/redis/bell.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/redis/connect.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::redis {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPingEvery(250);
constexpr milliseconds kSilence(500);
constexpr milliseconds kPauseAfterFailure(100);
// How long an ending bell goes on sending what was rung before.
constexpr milliseconds kLastWords(200);
constexpr size_t kLongestQueue = 1024;

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using RawReply = std::unique_ptr<redisReply, FreeReply>;

absl::string_view TextOf(const redisReply& reply) {
  return reply.str == nullptr ? absl::string_view() : absl::string_view(reply.str, reply.len);
}

int64_t Nanoseconds(Clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

// Appends one command and writes it whole.
bool Send(redisContext* context, const std::vector<std::string>& args) {
  std::vector<const char*> words;
  std::vector<size_t> sizes;
  for (const std::string& arg : args) {
    words.push_back(arg.data());
    sizes.push_back(arg.size());
  }
  if (redisAppendCommandArgv(context, static_cast<int>(args.size()), words.data(), sizes.data()) !=
      REDIS_OK) {
    return false;
  }
  int done = 0;
  while (done == 0) {
    if (redisBufferWrite(context, &done) != REDIS_OK) return false;
  }
  return true;
}

}  // namespace

struct Bell::Impl {
  struct Listener {
    std::string channel;  // with the prefix
    std::function<void(absl::string_view)> heard;
  };
  struct Rung {
    std::string channel;  // with the prefix
    std::string message;
  };

  explicit Impl(Config c) : config(std::move(c)), wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Impl() { close(wake); }

  // --- hearing ---

  bool HearsAt(Clock::time_point now) const {
    return subscribed.load(std::memory_order_acquire) &&
           Nanoseconds(now) - last_heard.load(std::memory_order_acquire) <
               std::chrono::nanoseconds(kSilence).count();
  }

  void HeardSomething() { last_heard.store(Nanoseconds(Clock::now()), std::memory_order_release); }

  void TellOfGap() const {
    for (const auto& gap : gaps) gap();
  }

  void ListenLoop() {
    while (!stopping) {
      if (Context context = Connect(config); context != nullptr) ListenOn(context.get());
      Pause(kPauseAfterFailure);
    }
  }

  // Until the connection fails or falls silent, or the bell ends.
  void ListenOn(redisContext* context) {
    if (!Subscribe(context)) return;
    size_t unconfirmed = listeners.size();
    HeardSomething();
    auto next_ping = Clock::now();
    while (!stopping && !FellSilent() && PingWhenDue(context, next_ping) && Read(context, next_ping) &&
           Digest(context, unconfirmed)) {
      if (unconfirmed == 0 && !subscribed) Resume();
    }
    GoDeaf();
  }

  bool Subscribe(redisContext* context) const {
    if (listeners.empty()) return true;
    std::vector<std::string> command = {"SUBSCRIBE"};
    for (const Listener& listener : listeners) command.push_back(listener.channel);
    return Send(context, command);
  }

  // Also when this thread itself slept too long: others saw that as deafness and may rely on a gap.
  bool FellSilent() const {
    return Nanoseconds(Clock::now()) - last_heard.load(std::memory_order_relaxed) >=
           std::chrono::nanoseconds(kSilence).count();
  }

  static bool PingWhenDue(redisContext* context, Clock::time_point& next_ping) {
    if (Clock::now() < next_ping) return true;
    next_ping = Clock::now() + kPingEvery;
    return Send(context, {"PING"});
  }

  // Waits for bytes until the next ping is due. False if the connection is at its end.
  bool Read(redisContext* context, Clock::time_point next_ping) {
    pollfd both[] = {{.fd = context->fd, .events = POLLIN, .revents = 0},
                     {.fd = wake, .events = POLLIN, .revents = 0}};
    const auto wait = std::chrono::ceil<milliseconds>(next_ping - Clock::now());
    poll(both, 2, static_cast<int>(std::max<int64_t>(wait.count(), 0)));
    return both[0].revents == 0 || redisBufferRead(context) == REDIS_OK;
  }

  // Handles every whole reply that was read.
  bool Digest(redisContext* context, size_t& unconfirmed) {
    while (true) {
      void* next = nullptr;
      if (redisGetReplyFromReader(context, &next) != REDIS_OK) return false;
      if (next == nullptr) return true;
      const RawReply reply(static_cast<redisReply*>(next));
      if (reply->type == REDIS_REPLY_ERROR) return false;
      HeardSomething();
      if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 3) Handle(*reply, unconfirmed);
    }
  }

  void Handle(const redisReply& reply, size_t& unconfirmed) const {
    const absl::string_view kind = TextOf(*reply.element[0]);
    if (kind == "subscribe" && unconfirmed > 0) --unconfirmed;
    if (kind != "message") return;
    for (const Listener& listener : listeners) {
      if (listener.channel == TextOf(*reply.element[1])) listener.heard(TextOf(*reply.element[2]));
    }
  }

  // Who is told of a gap forgets what it remembers; only then may it remember again.
  void Resume() {
    TellOfGap();
    HeardSomething();
    subscribed.store(true, std::memory_order_release);
    heard.Set(1);
  }

  void GoDeaf() {
    heard.Set(0);
    if (subscribed.exchange(false) && !stopping) TellOfGap();
  }

  void Pause(milliseconds time) const {
    pollfd one{.fd = wake, .events = POLLIN, .revents = 0};
    poll(&one, 1, static_cast<int>(time.count()));
  }

  // --- ringing ---

  void Ring(absl::string_view channel, absl::string_view message) {
    if (config.endpoint.empty()) return;
    {
      std::lock_guard lock(mutex);
      if (queue.size() >= kLongestQueue) return;
      queue.push_back({absl::StrCat(config.prefix, channel), std::string(message)});
    }
    rung.notify_one();
  }

  void PublishLoop() {
    Client client(config);
    while (std::optional<Rung> next = NextRung()) {
      const bool sent = client.Command({"PUBLISH", next->channel, next->message}).ok();
      if (stopping && (!sent || Clock::now() > last_words_until)) return;
    }
  }

  // Waits for something rung; nothing when the bell ends and all is sent.
  std::optional<Rung> NextRung() {
    std::unique_lock lock(mutex);
    rung.wait(lock, [this] { return stopping || !queue.empty(); });
    if (queue.empty()) return std::nullopt;
    Rung next = std::move(queue.front());
    queue.pop_front();
    return next;
  }

  // --- life ---

  void Stop() {
    {
      std::lock_guard lock(mutex);
      last_words_until = Clock::now() + kLastWords;
      stopping = true;
    }
    rung.notify_all();
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake, &one, sizeof(one));
    if (listening.joinable()) listening.join();
    if (publishing.joinable()) publishing.join();
  }

  const Config config;
  const int wake;
  std::vector<Listener> listeners;
  std::vector<std::function<void()>> gaps;

  telemetry::Gauge& heard =
      telemetry::GetGauge("firstfloor_bell_hearing", "1 while what other replicas ring is heard.");
  std::atomic<bool> stopping{false};
  std::atomic<bool> subscribed{false};
  std::atomic<int64_t> last_heard{0};

  std::mutex mutex;
  std::condition_variable rung;
  std::deque<Rung> queue;
  Clock::time_point last_words_until;

  std::thread listening;
  std::thread publishing;
};

Bell::Bell(Config config) : impl_(std::make_unique<Impl>(std::move(config))) {}

Bell::~Bell() { impl_->Stop(); }

void Bell::Listen(std::string channel, std::function<void(absl::string_view message)> heard) {
  impl_->listeners.push_back({absl::StrCat(impl_->config.prefix, channel), std::move(heard)});
}

void Bell::OnGap(std::function<void()> gap) { impl_->gaps.push_back(std::move(gap)); }

void Bell::Start() {
  if (impl_->config.endpoint.empty()) return;
  impl_->listening = std::thread(&Impl::ListenLoop, impl_.get());
  impl_->publishing = std::thread(&Impl::PublishLoop, impl_.get());
}

void Bell::Ring(absl::string_view channel, absl::string_view message) { impl_->Ring(channel, message); }

bool Bell::hearing() const { return impl_->HearsAt(Clock::now()); }

}  // namespace firstfloor::redis
