#include "common/cache/answers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/testing/servers.h"

namespace firstfloor::cache {
namespace {

const absl::Time kNoon = absl::FromUnixSeconds(1'700'000'000);
constexpr absl::Duration kLife = absl::Seconds(10);

class AnswersTest : public ::testing::Test {
 protected:
  static firstfloor::testing::Redis& Server() {
    static firstfloor::testing::Redis server;
    return server;
  }
  static redis::Config Patient() {
    redis::Config config = Server().config();
    config.timeout = absl::Seconds(2);
    return config;
  }
  void SetUp() override { Server().Flush(); }

  // The answer under "k" at `now`, computed as `computed` if it has to be.
  absl::StatusOr<Answer> Ask(absl::Time now, const absl::StatusOr<std::string>& computed) {
    return Shared(client_, "k", kLife, now, [&] {
      ++computations_;
      return computed;
    });
  }

  redis::Client client_{Patient()};
  int computations_ = 0;
};

using SharedTest = AnswersTest;
using SpendTest = AnswersTest;

TEST_F(SharedTest, ComputesOnceInALife) {
  EXPECT_EQ(Ask(kNoon, "one")->bytes, "one");
  const auto again = Ask(kNoon + kLife - absl::Milliseconds(1), "two");
  EXPECT_EQ(again->bytes, "one");
  EXPECT_EQ(again->as_of, kNoon);
  EXPECT_EQ(computations_, 1);
  const auto later = Ask(kNoon + kLife, "two");
  EXPECT_EQ(later->bytes, "two");
  EXPECT_EQ(later->as_of, kNoon + kLife);
  EXPECT_EQ(computations_, 2);
}

TEST_F(SharedTest, IsSharedBetweenClients) {
  ASSERT_TRUE(Ask(kNoon, "one").ok());
  redis::Client other(Patient());
  const auto answer = Shared(other, "k", kLife, kNoon, [] { return "another"; });
  EXPECT_EQ(answer->bytes, "one");
}

TEST_F(SharedTest, CarriesAnyBytes) {
  for (const std::string& bytes : {std::string("\0 \r\n\xff 7", 8), std::string()}) {
    Server().Flush();
    ASSERT_TRUE(Ask(kNoon, bytes).ok());
    EXPECT_EQ(Ask(kNoon, "another")->bytes, bytes);
  }
}

TEST_F(SharedTest, OneRecomputesWhileOthersTakeTheOldAnswer) {
  ASSERT_TRUE(Ask(kNoon, "old").ok());
  constexpr int kThreads = 8;
  const absl::Time later = kNoon + 2 * kLife;
  std::atomic<int> computations{0};
  std::atomic<int> old_answers{0};
  absl::Notification seven_answered;
  std::vector<std::thread> threads;
  std::vector<std::string> answers(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      redis::Client client(Patient());
      const auto answer = Shared(client, "k", kLife, later, [&] {
        ++computations;
        // Goes on only when everybody else has had an answer.
        seven_answered.WaitForNotificationWithTimeout(absl::Seconds(4));
        return "new";
      });
      answers[i] = answer->bytes;
      if (answers[i] == "old" && ++old_answers == kThreads - 1) seven_answered.Notify();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(computations, 1);
  EXPECT_EQ(old_answers, kThreads - 1);
  EXPECT_EQ(Ask(later, "another")->bytes, "new");
}

TEST_F(SharedTest, ReturnsTheErrorOfAComputationAndLetsTheNextOneTry) {
  EXPECT_EQ(Ask(kNoon, absl::NotFoundError("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Ask(kNoon, "one")->bytes, "one");
  EXPECT_EQ(Ask(kNoon + kLife, absl::NotFoundError("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Ask(kNoon + kLife, "two")->bytes, "two");
}

TEST_F(SharedTest, GivesTheOldAnswerWhenTheDatabaseIsAway) {
  ASSERT_TRUE(Ask(kNoon, "old").ok());
  const auto answer = Ask(kNoon + kLife, absl::UnavailableError("away"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->bytes, "old");
  EXPECT_EQ(answer->as_of, kNoon);
}

TEST_F(SharedTest, ALateComputationDoesNotReplaceANewerAnswer) {
  const auto slow = Shared(client_, "k", kLife, kNoon, [&]() -> absl::StatusOr<std::string> {
    redis::Client other(Patient());
    return Shared(other, "k", kLife, kNoon + absl::Seconds(1), [] { return "newer"; }).ok() ? "older" : "";
  });
  EXPECT_EQ(slow->bytes, "older");
  EXPECT_EQ(Ask(kNoon + absl::Seconds(2), "another")->bytes, "newer");
}

TEST_F(SharedTest, KeepsAnAnswerForTenLives) {
  ASSERT_TRUE(Ask(kNoon, "one").ok());
  const auto left = client_.Command({"PTTL", client_.Key("answer:k")});
  EXPECT_GT(left->integer, 95'000);
  EXPECT_LE(left->integer, 100'000);
}

TEST_F(SharedTest, ComputesWithoutRedis) {
  ASSERT_TRUE(Ask(kNoon, "one").ok());
  Server().Stop();
  EXPECT_EQ(Ask(kNoon, "two")->bytes, "two");
  EXPECT_EQ(Ask(kNoon, "three")->bytes, "three");
  Server().Start();
  redis::Client unused(redis::Config{});
  EXPECT_EQ(Shared(unused, "k", kLife, kNoon, [] { return "four"; })->bytes, "four");
}

TEST_F(SpendTest, GivesABurstAndThenSaysHowLongToWait) {
  absl::Duration wait;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Spend(client_, "caller", 0.5, 5, 1, wait));
  EXPECT_EQ(wait, absl::ZeroDuration());
  EXPECT_FALSE(Spend(client_, "caller", 0.5, 5, 1, wait));
  EXPECT_GT(wait, absl::Seconds(1));
  EXPECT_LE(wait, absl::Seconds(2));
}

TEST_F(SpendTest, FillsAtItsRate) {
  absl::Duration wait;
  ASSERT_TRUE(Spend(client_, "caller", 20, 2, 2, wait));
  ASSERT_FALSE(Spend(client_, "caller", 20, 2, 1, wait));
  absl::SleepFor(wait);
  EXPECT_TRUE(Spend(client_, "caller", 20, 2, 1, wait)) << "the wait it told was too short";
  EXPECT_FALSE(Spend(client_, "caller", 20, 2, 2, wait));
}

TEST_F(SpendTest, HoldsTheRateOverManyCallersOfOneBucket) {
  const absl::Time begin = absl::Now();
  std::atomic<int> spent{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      redis::Client client(Patient());
      absl::Duration wait;
      while (absl::Now() - begin < absl::Milliseconds(500)) {
        if (Spend(client, "caller", 100, 10, 1, wait)) ++spent;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double allowed = 10 + 100 * absl::ToDoubleSeconds(absl::Now() - begin);
  EXPECT_LE(spent, allowed + 1);
  EXPECT_GE(spent, 50);
}

TEST_F(SpendTest, KeepsBucketsApart) {
  absl::Duration wait;
  ASSERT_TRUE(Spend(client_, "one", 0.1, 1, 1, wait));
  EXPECT_FALSE(Spend(client_, "one", 0.1, 1, 1, wait));
  EXPECT_TRUE(Spend(client_, "two", 0.1, 1, 1, wait));
}

TEST_F(SpendTest, GivesMoreThanTheBurstFromAFullBucketAndLeavesADebt) {
  absl::Duration wait;
  EXPECT_TRUE(Spend(client_, "caller", 1, 5, 10, wait));
  EXPECT_FALSE(Spend(client_, "caller", 1, 5, 1, wait));
  EXPECT_GT(wait, absl::Seconds(5));
}

TEST_F(SpendTest, ForgetsABucketThatIsFullAgain) {
  absl::Duration wait;
  ASSERT_TRUE(Spend(client_, "caller", 1, 5, 5, wait));
  const auto left = client_.Command({"PTTL", client_.Key("bucket:caller")});
  EXPECT_GT(left->integer, 4000);
  EXPECT_LE(left->integer, 6000);
}

TEST_F(SpendTest, IsAlwaysTrueWithoutRedis) {
  Server().Stop();
  absl::Duration wait = absl::Seconds(1);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Spend(client_, "caller", 1, 1, 1, wait));
  EXPECT_EQ(wait, absl::ZeroDuration());
  Server().Start();
}

}  // namespace
}  // namespace firstfloor::cache
