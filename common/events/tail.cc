#include "common/events/tail.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/error/macros.h"
#include "common/events/chain.h"
#include "common/events/log.h"
#include "common/events/ring.h"
#include "common/events/stored.h"
#include "common/telemetry/complaint.h"

namespace firstfloor::events {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr size_t kPage = 256;
constexpr auto kPoll = milliseconds(100);
// While nobody follows.
constexpr auto kIdlePoll = milliseconds(1000);
constexpr auto kAfterError = milliseconds(200);
// For a follower that is ahead of the ring, which has just been woken.
constexpr auto kForTheRing = milliseconds(5);
constexpr auto kHeartbeat = std::chrono::seconds(5);

// Says something about the log; other errors are trouble with the database, which passes.
bool IsOfTheLog(const absl::Status& status) {
  return status.code() == absl::StatusCode::kFailedPrecondition ||
         status.code() == absl::StatusCode::kDataLoss;
}

// Who calls the follower's functions and moves its position: the tail's thread or the catch-up thread.
enum class Feed { kRing, kPages };

struct Following {
  Following(int64_t id, Tail::Follower follower)
      : id(id), functions(std::move(follower)), seq(functions.after_seq), hash(functions.after_hash) {}

  const int64_t id;
  Tail::Follower functions;

  // Of the thread that feeds it.
  int64_t seq;
  std::string hash;
  Clock::time_point next_heartbeat;

  // Guarded by the tail's mutex.
  Feed feed = Feed::kPages;
  bool queued = false;   // for the catch-up thread
  bool busy = false;     // one of its functions may be running
  bool paused = false;   // until Resume
  bool resumed = false;  // Resume was called since it said that it is not ready
  std::atomic<bool> gone = false;
};

using FollowingPtr = std::shared_ptr<Following>;

}  // namespace

struct Tail::Impl {
  Impl(db::Config config, size_t ring_size)
      : ring_connection(config),
        page_connection(std::move(config)),
        ring(ring_size),
        ring_thread([this] { FeedFromRing(); }),
        page_thread([this] { FeedFromPages(); }) {}

  ~Impl() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    ring_thread.join();
    page_thread.join();
  }

  // The tail's thread.

  void FeedFromRing() {
    auto pause = kPoll;
    do {
      const absl::Status status = ReadNew();
      if (!status.ok()) complaint.About(status);
      pause = status.ok() ? kPoll : kAfterError;
      for (const FollowingPtr& follower : FollowersOfRing()) {
        while (DeliverFromRing(*follower)) continue;
      }
    } while (Rest(pause));
  }

  absl::Status ReadNew() {
    if (!started) RETURN_IF_ERROR(Start());
    while (true) {
      absl::StatusOr<std::vector<v1::Event>> events =
          ReadOn(ring_connection, ring.last_seq(), ring.last_hash(), kPage);
      if (!events.ok()) {
        if (IsOfTheLog(events.status())) StartAnew();
        return events.status();
      }
      std::lock_guard lock(mutex);
      for (v1::Event& event : *events) ring.Add(std::move(event));
      seq = ring.last_seq();
      if (events->size() < kPage || stopping) return absl::OkStatus();
    }
  }

  absl::Status Start() {
    ASSIGN_OR_RETURN(LogHead head, ReadHead(ring_connection));
    std::lock_guard lock(mutex);
    ring.Restart(head.seq, std::move(head.hash));
    seq = head.seq;
    started = true;
    return absl::OkStatus();
  }

  // The log was replaced by a restored one, or is broken. Each follower learns at the database whether that
  // concerns its position.
  void StartAnew() {
    std::lock_guard lock(mutex);
    started = false;
    ring.Restart(0, "");
    for (const auto& [id, follower] : followers) {
      if (follower->feed == Feed::kRing) ToPages(follower);
    }
  }

  std::vector<FollowingPtr> FollowersOfRing() {
    std::lock_guard lock(mutex);
    std::vector<FollowingPtr> of_ring;
    for (const auto& [id, follower] : followers) {
      if (follower->feed == Feed::kRing) of_ring.push_back(follower);
    }
    return of_ring;
  }

  // True if there may be more for it.
  bool DeliverFromRing(Following& follower) {
    std::vector<EventPtr> events;
    {
      std::lock_guard lock(mutex);
      if (follower.gone || follower.paused || follower.busy || follower.feed != Feed::kRing) return false;
      if (!ring.Covers(follower.seq)) {
        ToPages(followers.at(follower.id));
        return false;
      }
      events = ring.After(follower.seq, kPage);
      if (events.empty() && Clock::now() < follower.next_heartbeat) return false;
      follower.busy = true;
    }
    bool more = true;
    for (size_t i = 0; more && i < events.size(); ++i) more = Give(follower, *events[i]);
    const bool at_end = events.size() < kPage;
    if (more && at_end) TellCaughtUp(follower);
    Finish(follower);
    return more && !at_end;
  }

  void TellCaughtUp(Following& follower) {
    follower.next_heartbeat = Clock::now() + kHeartbeat;
    if (!follower.functions.caught_up || !IsReady(follower)) return;
    if (!follower.functions.caught_up(follower.seq, follower.hash)) Remove(follower);
  }

  bool Rest(milliseconds pause) {
    std::unique_lock lock(mutex);
    if (followers.empty()) pause = kIdlePoll;
    changed.wait_for(lock, pause, [this] { return stopping || woken; });
    woken = false;
    return !stopping;
  }

  // The catch-up thread. One page a follower, in turn, so that a long way of one does not hold up the others.

  void FeedFromPages() {
    while (const FollowingPtr follower = NextInQueue()) {
      const milliseconds pause = FeedPage(*follower);
      Finish(*follower);
      if (pause > milliseconds(0)) Pause(pause);
      std::lock_guard lock(mutex);
      if (!follower->paused) Continue(follower);
    }
  }

  FollowingPtr NextInQueue() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return stopping || !queue.empty(); });
      if (stopping) return nullptr;
      FollowingPtr follower = std::move(queue.front());
      queue.pop_front();
      follower->queued = false;
      if (follower->gone || follower->paused || follower->feed != Feed::kPages) continue;
      follower->busy = true;
      return follower;
    }
  }

  // Returns how long to wait before the next page.
  milliseconds FeedPage(Following& follower) {
    if (JoinRing(follower)) return milliseconds(0);
    const absl::StatusOr<std::vector<v1::Event>> events =
        ReadOn(page_connection, follower.seq, follower.hash, kPage);
    if (!events.ok()) return FailPage(follower, events.status());
    for (const v1::Event& event : *events) {
      if (!Give(follower, event)) return milliseconds(0);
    }
    if (!events->empty()) return milliseconds(0);
    Wake();
    return kForTheRing;
  }

  milliseconds FailPage(Following& follower, const absl::Status& status) {
    if (!IsOfTheLog(status)) {
      complaint.About(status);
      return kAfterError;
    }
    End(follower, status);
    return milliseconds(0);
  }

  // True if it needs no pages any more.
  bool JoinRing(Following& follower) {
    {
      std::lock_guard lock(mutex);
      if (!started || !ring.Covers(follower.seq)) return false;
      if (ring.HashAt(follower.seq) == follower.hash || follower.seq == 0) {
        follower.feed = Feed::kRing;
        return true;
      }
    }
    End(follower, LogDiverged(follower.seq));
    return true;
  }

  void Pause(milliseconds pause) {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, pause, [this] { return stopping; });
  }

  // Both threads.

  // False if the follower takes no more: it is not ready, or gone.
  bool Give(Following& follower, const v1::Event& event) {
    if (follower.gone || !IsReady(follower)) return false;
    if (!follower.functions.take(event)) {
      Remove(follower);
      return false;
    }
    follower.seq = event.seq();
    follower.hash = event.hash();
    return true;
  }

  // Pauses it if it is not. A Resume that comes while it is asked is not missed.
  bool IsReady(Following& follower) {
    if (!follower.functions.ready || follower.functions.ready()) return true;
    while (true) {
      {
        std::lock_guard lock(mutex);
        follower.resumed = false;
      }
      if (follower.functions.ready()) return true;
      std::lock_guard lock(mutex);
      if (follower.resumed) continue;
      follower.paused = true;
      return false;
    }
  }

  void End(Following& follower, const absl::Status& why) {
    if (follower.functions.ended) follower.functions.ended(why);
    Remove(follower);
  }

  void Remove(Following& follower) {
    std::lock_guard lock(mutex);
    follower.gone = true;
    followers.erase(follower.id);
  }

  void Finish(Following& follower) {
    std::lock_guard lock(mutex);
    follower.busy = false;
    idle.notify_all();
  }

  // The mutex is held.
  void ToPages(const FollowingPtr& follower) {
    follower->feed = Feed::kPages;
    if (!follower->paused) Enqueue(follower);
  }

  void Continue(const FollowingPtr& follower) {
    if (follower->feed == Feed::kPages) return Enqueue(follower);
    woken = true;
    changed.notify_all();
  }

  void Enqueue(const FollowingPtr& follower) {
    if (follower->gone || std::exchange(follower->queued, true)) return;
    queue.push_back(follower);
    changed.notify_all();
  }

  // Any thread.

  int64_t Follow(Tail::Follower follower) {
    std::unique_lock lock(mutex);
    const int64_t id = ++last_id;
    if (!closed.ok()) {
      lock.unlock();
      if (follower.ended) follower.ended(closed);
      return id;
    }
    const auto following = std::make_shared<Following>(id, std::move(follower));
    followers.emplace(id, following);
    Enqueue(following);
    return id;
  }

  void Close(const absl::Status& why) {
    std::unique_lock lock(mutex);
    if (!closed.ok()) return;
    closed = why;
    while (!followers.empty()) {
      const FollowingPtr follower = followers.begin()->second;
      idle.wait(lock, [&] { return !follower->busy; });
      if (follower->gone) continue;  // it has left the map meanwhile
      // Neither thread feeds who is gone; Unfollow waits for who is busy.
      follower->gone = follower->busy = true;
      lock.unlock();
      if (follower->functions.ended) follower->functions.ended(why);
      lock.lock();
      followers.erase(follower->id);
      follower->busy = false;
      idle.notify_all();
    }
  }

  void Resume(int64_t id) {
    std::lock_guard lock(mutex);
    const auto found = followers.find(id);
    if (found == followers.end()) return;
    found->second->resumed = true;
    if (std::exchange(found->second->paused, false)) Continue(found->second);
  }

  void Unfollow(int64_t id) {
    std::unique_lock lock(mutex);
    const auto found = followers.find(id);
    if (found == followers.end()) return;
    const FollowingPtr follower = found->second;
    followers.erase(found);
    follower->gone = true;
    idle.wait(lock, [&] { return !follower->busy; });
    // What they hold must not be let go by another thread at some later time.
    const Tail::Follower let_go = std::move(follower->functions);
    lock.unlock();
  }

  void Wake() {
    {
      std::lock_guard lock(mutex);
      if (std::exchange(woken, true)) return;
    }
    changed.notify_all();
  }

  telemetry::Complaint complaint{"the tail could not go on"};
  db::Connection ring_connection;
  db::Connection page_connection;

  std::mutex mutex;
  std::condition_variable changed;  // something to do
  std::condition_variable idle;     // a follower's functions have returned
  Ring ring;                        // changed by the tail's thread under the mutex
  bool started = false;
  std::map<int64_t, FollowingPtr> followers;
  std::deque<FollowingPtr> queue;
  int64_t last_id = 0;
  absl::Status closed;  // why, once Close was called; does not change after that
  bool woken = false;
  bool stopping = false;
  std::atomic<int64_t> seq = 0;

  std::thread ring_thread;
  std::thread page_thread;
};

Tail::Tail(db::Config config, size_t ring_size)
    : impl_(std::make_unique<Impl>(std::move(config), ring_size)) {}
Tail::~Tail() = default;
void Tail::Wake() { impl_->Wake(); }
int64_t Tail::Follow(Follower follower) { return impl_->Follow(std::move(follower)); }
void Tail::Resume(int64_t id) { impl_->Resume(id); }
void Tail::Unfollow(int64_t id) { impl_->Unfollow(id); }
void Tail::Close(const absl::Status& why) { impl_->Close(why); }
int64_t Tail::seq() const { return impl_->seq; }

}  // namespace firstfloor::events
