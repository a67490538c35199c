#include "common/events/follower.h"

#include <atomic>
#include <mutex>
#include <vector>

#include "common/events/testdata/trial.h"
#include "common/events/testdata/trial_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace firstfloor::events {
namespace {

using ::testing::ElementsAre;
using trial::Trial;

// A memory that notes what it is told.
class Notes {
 public:
  Memory AsMemory() {
    return {.load = [this](db::Connection&, const std::function<bool()>&) -> absl::Status {
              ++loads;
              return failures-- > 0 ? absl::UnavailableError("the database is away") : absl::OkStatus();
            },
            .apply = [this](db::Connection&, absl::Span<const v1::Event> events) -> absl::Status {
              if (failures-- > 0) return absl::UnavailableError("the database is away");
              const std::lock_guard lock(mutex_);
              for (const v1::Event& event : events) seqs_.push_back(event.seq());
              return absl::OkStatus();
            },
            .passed = [this](int64_t seq) { passed = seq; }};
  }
  std::vector<int64_t> seqs() {
    const std::lock_guard lock(mutex_);
    return seqs_;
  }

  std::atomic<int> loads = 0;
  std::atomic<int> failures = 0;
  std::atomic<int64_t> passed = -1;

 private:
  std::mutex mutex_;
  std::vector<int64_t> seqs_;
};

TEST(Follower, LoadsWhatIsStoredAndIsToldOfWhatFollows) {
  Trial trial("follower_new");
  trial.Fill(0, 3);
  Notes notes;
  Follower follower(trial.config, OwnLog(trial.config), notes.AsMemory());
  ASSERT_TRUE(trial::Eventually([&] { return notes.passed == 3; }));
  EXPECT_EQ(notes.loads, 1);
  trial.Fill(3, 5);
  follower.Wake();
  ASSERT_TRUE(trial::Eventually([&] { return notes.passed == 5; }));
  EXPECT_THAT(notes.seqs(), ElementsAre(4, 5));
}

TEST(Follower, TriesAgainWhatFailed) {
  Trial trial("follower_failing");
  trial.Fill(0, 1);
  Notes notes;
  notes.failures = 1;
  const Follower follower(trial.config, OwnLog(trial.config), notes.AsMemory());
  ASSERT_TRUE(trial::Eventually([&] { return notes.passed == 1; }));
  EXPECT_EQ(notes.loads, 2);
  notes.failures = 1;
  trial.Fill(1, 2);
  ASSERT_TRUE(trial::Eventually([&] { return notes.passed == 2; }));
  EXPECT_THAT(notes.seqs(), ElementsAre(2));
  EXPECT_EQ(notes.loads, 2);
}

TEST(Follower, LoadsAnewWhenTheLogWasReplacedByARestoredOne) {
  Trial trial("follower_restored");
  trial.Fill(0, 3);
  Notes notes;
  const Follower follower(trial.config, OwnLog(trial.config), notes.AsMemory());
  ASSERT_TRUE(trial::Eventually([&] { return notes.passed == 3; }));
  ASSERT_TRUE(trial::CutAfter(trial.connection, 1, trial.All().front().hash()).ok());
  ASSERT_TRUE(trial::Eventually([&] { return notes.loads == 2 && notes.passed == 1; }));
}

TEST(Follower, EndsWhileItLoads) {
  Trial trial("follower_ending");
  std::atomic<bool> loading = false;
  Memory memory;
  memory.load = [&](db::Connection&, const std::function<bool()>& ending) -> absl::Status {
    loading = true;
    EXPECT_TRUE(trial::Eventually(ending));
    return absl::CancelledError("ended");
  };
  {
    const Follower follower(trial.config, OwnLog(trial.config), memory);
    ASSERT_TRUE(trial::Eventually([&] { return loading.load(); }));
  }
}

}  // namespace
}  // namespace firstfloor::events
