#include "common/events/tail.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/error/error.h"
#include "common/events/log.h"
#include "common/events/testdata/trial.h"
#include "common/events/testdata/trial_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firstfloor::events {
namespace {

using trial::Trial;

// What one follower was told.
class Listener {
 public:
  Tail::Follower After(int64_t seq, std::string hash) {
    Tail::Follower follower;
    follower.after_seq = seq;
    follower.after_hash = std::move(hash);
    follower.take = [this](const v1::Event& event) { return Take(event.seq()); };
    follower.caught_up = [this](int64_t at, const std::string&) {
      Enter();
      caught_up_at = at;
      Leave();
      return true;
    };
    follower.ended = [this](absl::Status why) {
      std::lock_guard lock(mutex_);
      ended_ = error::ReasonOf(why);
    };
    follower.ready = [this] { return room > 0; };
    return follower;
  }

  std::vector<int64_t> seqs() {
    std::lock_guard lock(mutex_);
    return seqs_;
  }
  std::string ended() {
    std::lock_guard lock(mutex_);
    return ended_;
  }
  bool Has(size_t count) {
    return trial::Eventually([&] { return seqs().size() >= count; });
  }

  std::atomic<int64_t> room = 1'000'000;
  std::atomic<int64_t> last = 0;  // false is answered to it
  std::atomic<int64_t> caught_up_at = -1;
  std::atomic<bool> overlapped = false;

 private:
  bool Take(int64_t seq) {
    Enter();
    {
      std::lock_guard lock(mutex_);
      seqs_.push_back(seq);
    }
    --room;
    Leave();
    return seq != last;
  }
  void Enter() {
    if (inside_.exchange(true)) overlapped = true;
  }
  void Leave() { inside_ = false; }

  std::atomic<bool> inside_ = false;
  std::mutex mutex_;
  std::vector<int64_t> seqs_;
  std::string ended_;
};

std::vector<int64_t> FromTo(int64_t first, int64_t last) {
  std::vector<int64_t> seqs;
  for (int64_t seq = first; seq <= last; ++seq) seqs.push_back(seq);
  return seqs;
}

TEST(Tail, TellsOfNewEvents) {
  Trial trial("tail_new");
  trial.Fill(0, 3);
  Tail tail(trial.config);
  Listener listener;
  const int64_t id = tail.Follow(listener.After(3, trial.All().back().hash()));
  ASSERT_TRUE(trial::Eventually([&] { return listener.caught_up_at == 3; }));
  trial.Fill(3, 5);
  tail.Wake();
  ASSERT_TRUE(listener.Has(2));
  EXPECT_TRUE(trial::Eventually([&] { return listener.caught_up_at == 5; }));
  EXPECT_EQ(tail.seq(), 5);
  tail.Unfollow(id);
  EXPECT_EQ(listener.seqs(), FromTo(4, 5));
}

TEST(Tail, LeadsFollowersFromTheirOwnPlacesIntoTheRing) {
  Trial trial("tail_border");
  trial.Fill(0, 900);
  const std::vector<v1::Event> events = trial.All();
  Tail tail(trial.config, 64);
  std::vector<std::unique_ptr<Listener>> listeners;
  std::vector<int64_t> ids;
  std::thread writer([&] {
    for (int i = 900; i < 1500; i += 20) {
      trial.Fill(i, i + 20);
      tail.Wake();
    }
  });
  for (size_t start = 0; start < 900; start += 45) {
    listeners.push_back(std::make_unique<Listener>());
    ids.push_back(tail.Follow(listeners.back()->After(start, start == 0 ? "" : events[start - 1].hash())));
  }
  writer.join();
  for (size_t i = 0; i < listeners.size(); ++i) {
    const int64_t start = static_cast<int64_t>(i) * 45;
    ASSERT_TRUE(listeners[i]->Has(static_cast<size_t>(1500 - start))) << start;
    EXPECT_EQ(listeners[i]->seqs(), FromTo(start + 1, 1500));
    EXPECT_FALSE(listeners[i]->overlapped);
    tail.Unfollow(ids[i]);
  }
}

TEST(Tail, WaitsForASlowFollowerWhileOthersGoOn) {
  Trial trial("tail_slow");
  Tail tail(trial.config, 32);
  Listener slow, quick;
  slow.room = 10;
  const int64_t id = tail.Follow(slow.After(0, ""));
  const int64_t other = tail.Follow(quick.After(0, ""));
  trial.Fill(0, 500);
  tail.Wake();
  ASSERT_TRUE(quick.Has(500));
  EXPECT_EQ(slow.seqs(), FromTo(1, 10));
  while (slow.seqs().size() < 500) {
    const size_t before = slow.seqs().size();
    slow.room = 70;
    tail.Resume(id);
    ASSERT_TRUE(slow.Has(std::min<size_t>(500, before + 70)));
  }
  tail.Unfollow(id);
  tail.Unfollow(other);
  EXPECT_EQ(slow.seqs(), FromTo(1, 500));
  EXPECT_EQ(quick.seqs(), FromTo(1, 500));
}

TEST(Tail, LosesNoResumeThatComesEarly) {
  Trial trial("tail_resume");
  trial.Fill(0, 400);
  Tail tail(trial.config, 1000);
  Listener listener;
  listener.room = 1;
  const int64_t id = tail.Follow(listener.After(0, ""));
  std::atomic<bool> done = false;
  std::thread consumer([&] {
    while (!done) {
      if (listener.room > 0) continue;
      listener.room = 1;
      tail.Resume(id);
    }
  });
  EXPECT_TRUE(listener.Has(400));
  done = true;
  consumer.join();
  tail.Unfollow(id);
  EXPECT_EQ(listener.seqs(), FromTo(1, 400));
}

TEST(Tail, NeverCallsAFollowerThatLeft) {
  Trial trial("tail_leave");
  trial.Fill(0, 300);
  Tail tail(trial.config, 16);
  for (int i = 0; i < 200; ++i) {
    auto listener = std::make_unique<Listener>();
    const int64_t id = tail.Follow(listener->After(0, ""));
    if (i % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(100 * i));
    tail.Unfollow(id);
    const size_t told = listener->seqs().size();
    EXPECT_EQ(listener->seqs(), FromTo(1, static_cast<int64_t>(told)));
    // A late call would touch freed memory.
    listener.reset();
  }
}

TEST(Tail, EndsAFollowerThatWantsNoMore) {
  Trial trial("tail_enough");
  trial.Fill(0, 10);
  Tail tail(trial.config);
  Listener listener, other;
  listener.last = 4;
  const int64_t id = tail.Follow(listener.After(0, ""));
  const int64_t other_id = tail.Follow(other.After(0, ""));
  ASSERT_TRUE(other.Has(10));
  ASSERT_TRUE(listener.Has(4));
  tail.Unfollow(id);
  tail.Unfollow(other_id);
  EXPECT_EQ(listener.seqs(), FromTo(1, 4));
  EXPECT_EQ(listener.ended(), "");
}

TEST(Tail, EndsItsFollowersWhenItIsClosed) {
  Trial trial("tail_closed");
  trial.Fill(0, 300);
  Tail tail(trial.config);
  Listener waiting, full, late;
  full.room = 2;
  const int64_t id = tail.Follow(waiting.After(0, ""));
  const int64_t full_id = tail.Follow(full.After(0, ""));
  ASSERT_TRUE(waiting.Has(300));
  ASSERT_TRUE(full.Has(2));
  tail.Close(error::RetryAfter(absl::StatusCode::kUnavailable, "NOT_SERVING", "it ends", absl::Seconds(1)));
  EXPECT_EQ(waiting.ended(), "NOT_SERVING");
  EXPECT_EQ(full.ended(), "NOT_SERVING") << "also who could not take more";
  const int64_t late_id = tail.Follow(late.After(0, ""));
  EXPECT_EQ(late.ended(), "NOT_SERVING") << "and who comes afterwards";
  trial.Fill(300, 301);
  tail.Wake();
  for (const int64_t each : {id, full_id, late_id}) tail.Unfollow(each);
  EXPECT_EQ(waiting.seqs().size() + full.seqs().size() + late.seqs().size(), 302u);
}

TEST(Tail, RefusesACursorOfAnotherLog) {
  Trial trial("tail_diverged");
  trial.Fill(0, 10);
  const std::vector<v1::Event> events = trial.All();
  Tail tail(trial.config, 4);
  Listener wrong_hash, beyond, of_ring;
  tail.Follow(wrong_hash.After(3, events[4].hash()));
  tail.Follow(beyond.After(99, events[4].hash()));
  const int64_t id = tail.Follow(of_ring.After(10, events[9].hash()));
  EXPECT_TRUE(trial::Eventually([&] { return wrong_hash.ended() == "LOG_DIVERGED"; }));
  EXPECT_TRUE(trial::Eventually([&] { return beyond.ended() == "LOG_DIVERGED"; }));
  ASSERT_TRUE(trial::Eventually([&] { return of_ring.caught_up_at == 10; }));

  ASSERT_TRUE(trial::CutAfter(trial.connection, 6, events[5].hash()).ok());
  EXPECT_TRUE(trial::Eventually([&] { return of_ring.ended() == "LOG_DIVERGED"; }));
  Listener again;
  const int64_t again_id = tail.Follow(again.After(5, events[4].hash()));
  trial.Fill(20, 22);
  EXPECT_TRUE(again.Has(3));
  tail.Unfollow(id);
  tail.Unfollow(again_id);
  EXPECT_EQ(again.seqs(), FromTo(6, 8));
  EXPECT_EQ(wrong_hash.seqs().size() + beyond.seqs().size() + of_ring.seqs().size(), 0u);
}

}  // namespace
}  // namespace firstfloor::events
