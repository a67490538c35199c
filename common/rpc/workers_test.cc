#include "common/rpc/workers.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/time/clock.h"
#include "common/error/error.h"

namespace firstfloor::rpc {
namespace {

constexpr absl::Duration kJob = absl::Milliseconds(4);

class WorkersTest : public ::testing::Test {
 protected:
  absl::Status Post(absl::Duration patience = absl::Seconds(30)) {
    return workers_.Post(absl::Now() + patience, [this](Worker&) {
      absl::SleepFor(kJob);
      ++done_;
    });
  }
  void AwaitDone(int jobs) {
    while (done_ < jobs) absl::SleepFor(kJob);
  }

  std::atomic<int> done_ = 0;
  Workers workers_{{.threads = 1, .queue = 64, .database = {}, .redis = {}}};
};

TEST_F(WorkersTest, TakeABurstAsLongAsTheQueueIs) {
  int taken = 0;
  absl::Status refused;
  while (refused.ok() && taken < 1000) {
    refused = Post();
    taken += refused.ok() ? 1 : 0;
  }
  EXPECT_GE(taken, 64);
  EXPECT_LE(taken, 70) << "what was done meanwhile makes room";
  EXPECT_EQ(error::ReasonOf(refused), "OVERLOADED");
  AwaitDone(taken);
  EXPECT_EQ(done_, taken);
  EXPECT_TRUE(workers_.Admit(absl::InfiniteFuture()).ok());
  EXPECT_EQ(done_, taken) << "to be admitted is not to be done";
}

TEST_F(WorkersTest, KeepTheQueueShortWhenItNeverEmpties) {
  // Twice as much as can be done, for a second.
  int taken = 0;
  const absl::Time end = absl::Now() + absl::Seconds(1);
  while (absl::Now() < end) {
    for (int i = 0; i < 2; ++i) taken += Post().ok() ? 1 : 0;
    absl::SleepFor(kJob);
  }
  const int waiting = taken - done_;
  EXPECT_LE(waiting, 32) << "about 40 ms of work, and not the 64 calls that a burst may leave";
  EXPECT_GE(waiting, 1);
  AwaitDone(taken);
  EXPECT_TRUE(Post().ok()) << "once it has been empty a burst is taken again";
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(Post().ok());
}

// A few callers whose calls are slow keep the queue from emptying, too.
TEST_F(WorkersTest, TakeAFewSlowCallsHoweverLongSomeAreWaiting) {
  int taken = 0;
  for (const absl::Time end = absl::Now() + absl::Seconds(2); absl::Now() < end;) {
    // One at work and three that wait, each of which takes longer than a queue may that stands.
    while (taken - done_ < 4) {
      const absl::Status posted = workers_.Post(absl::InfiniteFuture(), [this](Worker&) {
        absl::SleepFor(absl::Milliseconds(100));
        ++done_;
      });
      ASSERT_TRUE(posted.ok()) << posted;
      ++taken;
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_GT(taken, 10);
}

TEST_F(WorkersTest, RefuseWhatCouldNotBeBegunInTime) {
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(Post().ok());
  EXPECT_EQ(error::ReasonOf(Post(absl::Milliseconds(1))), "OVERLOADED");
  EXPECT_EQ(error::ReasonOf(workers_.Admit(absl::Now() + absl::Milliseconds(1))), "OVERLOADED");
  EXPECT_TRUE(workers_.Admit(absl::Now() + absl::Seconds(30)).ok());
}

}  // namespace
}  // namespace firstfloor::rpc
