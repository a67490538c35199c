// What the machine's clock does to a program when somebody sets it: nothing.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/rpc/peers.h"
#include "common/rpc/workers.h"
#include "google/protobuf/empty.pb.h"

namespace {
std::atomic<time_t> seconds_ahead = 0;
}  // namespace

// Takes the place of the C library's, for everything in this test program.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long result = syscall(SYS_clock_gettime, clock, time);
  if (clock == CLOCK_REALTIME) time->tv_sec += seconds_ahead;
  return static_cast<int>(result);
}

namespace firstfloor::rpc {
namespace {

constexpr absl::Duration kJob = absl::Milliseconds(4);

class ClockStep : public ::testing::Test {
 protected:
  ~ClockStep() override { seconds_ahead = 0; }

  static void Step(absl::Duration by) {
    const absl::Time before = absl::Now();
    seconds_ahead += absl::ToInt64Seconds(by);
    EXPECT_GT(absl::AbsDuration(absl::Now() - before), absl::AbsDuration(by) / 2) << "the clock was set";
  }
};

class WorkersOnAClockThatIsSet : public ClockStep {
 protected:
  absl::Status Post(absl::Duration patience = absl::InfiniteDuration()) {
    return workers_.Post(absl::Now() + patience, [](Worker&) { absl::SleepFor(kJob); });
  }
  // Returns when what the workers measure of it has been noted.
  void StepWithinAJob(absl::Duration by) {
    absl::Notification noted;
    EXPECT_TRUE(workers_.Post(absl::InfiniteFuture(), [by](Worker&) { Step(by); }).ok());
    EXPECT_TRUE(workers_.Post(absl::InfiniteFuture(), [&](Worker&) { noted.Notify(); }).ok());
    noted.WaitForNotification();
  }

  Workers workers_{{.threads = 1, .queue = 64, .database = {}, .redis = {}}};
};

TEST_F(WorkersOnAClockThatIsSet, DoNotTakeAStepAheadForASlowJob) {
  StepWithinAJob(absl::Hours(1));
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(Post(absl::Seconds(30)).ok());
}

TEST_F(WorkersOnAClockThatIsSet, DoNotTakeAStepBackForAQuickJob) {
  StepWithinAJob(-absl::Hours(1));
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(Post().ok());
  EXPECT_EQ(error::ReasonOf(Post(absl::Milliseconds(1))), "OVERLOADED");
}

TEST_F(WorkersOnAClockThatIsSet, DoNotTakeABurstForLastingOverload) {
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(Post().ok());
  Step(absl::Hours(1));
  EXPECT_TRUE(Post().ok());
}

using PeersOnAClockThatIsSet = ClockStep;

TEST_F(PeersOnAClockThatIsSet, AreTriedAgainAfterASecondHoweverFarBackItGoes) {
  Peers peers({{"opinion", "127.0.0.1:1"}}, TlsFiles{});  // where nobody listens
  const auto ask = [&] {
    google::protobuf::Empty message;
    const absl::Status status =
        peers.Ask("opinion", "any.Service.Method", message, message, absl::Now() + absl::Seconds(10));
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    return error::ReasonOf(status);
  };
  for (int i = 0; i < 5; ++i) EXPECT_NE(ask(), "PEER_UNAVAILABLE");
  EXPECT_EQ(ask(), "PEER_UNAVAILABLE");
  Step(-absl::Hours(1));
  absl::SleepFor(absl::Milliseconds(1100));
  EXPECT_NE(ask(), "PEER_UNAVAILABLE");
}

}  // namespace
}  // namespace firstfloor::rpc
