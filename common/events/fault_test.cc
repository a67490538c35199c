// The log under load, with replicas that come, go and die.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/db/position.h"
#include "common/events/log.h"
#include "common/events/reader.h"
#include "common/events/sequence.h"
#include "common/events/testdata/trial.h"
#include "common/events/testdata/trial_store.h"
#include "common/testing/process.h"
#include "gtest/gtest.h"

namespace firstfloor::events {
namespace {

using std::chrono::milliseconds;
using trial::Trial;

std::unique_ptr<testing::Process> StartReplica(const db::Config& config, const std::string& role = "sequence",
                                               const std::vector<std::string>& more = {}) {
  std::vector<std::string> argv = {"/proc/self/exe", role,         config.endpoint, config.user,
                                   config.password,  config.schema};
  argv.insert(argv.end(), more.begin(), more.end());
  return std::make_unique<testing::Process>(argv, testing::Process::Files{});
}

int64_t EpochOfHead(Trial& trial) { return db::LoadPosition(trial.connection, kLogHead)->epoch; }

// Threads that change the same few things again and again.
class Writers {
 public:
  Writers(Trial& trial, int threads, int things) : trial_(trial) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this, i, things] { Write(i, things); });
    }
  }
  ~Writers() { Stop(); }

  int64_t Stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return written_;
  }
  int64_t written() const { return written_; }

 private:
  void Write(int number, int things) {
    db::Connection connection(trial_.config);
    for (int i = number; !stopping_; ++i) {
      const absl::Status status = trial_.Change(connection, absl::StrCat("opinions/", i % things));
      if (status.ok()) ++written_;
    }
  }

  Trial& trial_;
  std::atomic<bool> stopping_ = false;
  std::atomic<int64_t> written_ = 0;
  std::vector<std::thread> threads_;
};

void ExpectVersionsInOrder(const std::vector<v1::Event>& events) {
  std::map<std::string, int64_t> versions;
  for (const v1::Event& event : events) {
    EXPECT_EQ(event.version(), versions[event.subject()] + 1) << event.subject();
    versions[event.subject()] = event.version();
  }
}

void ExpectTakenOnce(Trial& trial, const std::string& reader, size_t events) {
  const std::vector<int64_t> seqs = trial::TakenSeqs(trial.connection, reader).value();
  EXPECT_EQ(seqs.size(), events);
  EXPECT_TRUE(std::is_sorted(seqs.begin(), seqs.end()));
  EXPECT_EQ(trial::MostTimesTaken(trial.connection, reader).value(), 1);
}

TEST(LogUnderLoad, LosesNothingAndDoublesNothing) {
  Trial trial("storm");
  std::vector<std::unique_ptr<Sequencer>> sequencers;
  for (int i = 0; i < 3; ++i) sequencers.push_back(std::make_unique<Sequencer>(trial.config, nullptr));
  const auto child = StartReplica(trial.config);
  Writers writers(trial, 8, 20);

  const auto start_reader = [&](const std::string& name, int batch) {
    Effect effect = trial::Taking(name);
    effect.batch = batch;
    return std::make_unique<Reader>(name, trial.config, OwnLog(trial.config), effect);
  };
  std::vector<std::unique_ptr<Reader>> replicas;
  for (int i = 0; i < 3; ++i) replicas.push_back(start_reader("replicated", 16));
  const absl::Time end = absl::Now() + absl::Seconds(6);
  for (int i = 0; absl::Now() < end; ++i) {
    const auto short_lived = start_reader("restarted", 1 + i % 5);
    const auto mortal = StartReplica(trial.config, "read", {"killed", absl::StrCat(1 + i % 5)});
    std::this_thread::sleep_for(milliseconds(60 + 37 * (i % 7)));
    mortal->Signal(SIGKILL);
    if (i % 3 == 0) {
      auto& sequencer = sequencers[static_cast<size_t>(i / 3 % 3)];
      sequencer.reset();
      sequencer = std::make_unique<Sequencer>(trial.config, nullptr);
    }
  }
  const int64_t written = writers.Stop();
  ASSERT_GT(written, 100);
  EXPECT_GT(trial::TakenSeqs(trial.connection, "killed")->size(), 0U) << "it was always killed too soon";
  const auto restarted = start_reader("restarted", 64);
  const auto last = StartReplica(trial.config, "read", {"killed", "64"});
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  ASSERT_TRUE(AwaitCaughtUp(trial.connection, "restarted", deadline).ok());
  ASSERT_TRUE(AwaitCaughtUp(trial.connection, "replicated", deadline).ok());
  ASSERT_TRUE(AwaitCaughtUp(trial.connection, "killed", deadline).ok());

  const std::vector<v1::Event> events = trial.All();
  EXPECT_EQ(static_cast<int64_t>(events.size()), written);
  EXPECT_EQ(Verify(trial.connection).value_or(-1), written);
  ExpectVersionsInOrder(events);
  ExpectTakenOnce(trial, "restarted", events.size());
  ExpectTakenOnce(trial, "replicated", events.size());
  ExpectTakenOnce(trial, "killed", events.size());
}

// How long events wait for their place, as a follower of the head sees it.
TEST(LogUnderLoad, ShowsEventsSoon) {
  Trial trial("soon");
  Sequencer sequencer(trial.config, nullptr);
  ASSERT_TRUE(trial::Eventually([&] { return sequencer.leading(); }));
  std::vector<std::thread> threads;
  std::vector<absl::Time> committed(20'000);
  std::atomic<bool> stopping = false;
  std::atomic<int64_t> written = 0;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      db::Connection connection(trial.config);
      for (int i = 0; !stopping; ++i) {
        const int64_t number = thread * 2500 + i;
        if (i == 2500) break;
        const absl::Status status =
            db::RunInTransaction(connection, absl::Now() + absl::Seconds(5), [&](db::Transaction& tx) {
              return trial.log.Append(tx, trial::ByService("opinion"),
                                      trial::Received(absl::StrCat("opinions/", number), 1));
            });
        committed[static_cast<size_t>(number)] = absl::Now();
        if (status.ok()) ++written;
        sequencer.Wake();
      }
    });
  }
  const absl::Time begin = absl::Now();
  std::vector<absl::Duration> delays;
  int64_t seen = 0;
  std::vector<std::pair<int64_t, absl::Time>> visible;
  while (absl::Now() < begin + absl::Seconds(4) || seen < written) {
    if (absl::Now() > begin + absl::Seconds(4)) stopping = true;
    const auto events = ReadAfter(trial.connection, seen, 1000);
    ASSERT_TRUE(events.ok());
    const absl::Time now = absl::Now();
    for (const v1::Event& event : *events) {
      visible.emplace_back(std::stoll(event.subject().substr(9)), now);
      seen = event.seq();
    }
    std::this_thread::sleep_for(milliseconds(2));
    ASSERT_LT(absl::Now(), begin + absl::Seconds(20));
  }
  stopping = true;
  for (std::thread& thread : threads) thread.join();
  for (const auto& [number, time] : visible) delays.push_back(time - committed[static_cast<size_t>(number)]);
  std::sort(delays.begin(), delays.end());
  const absl::Duration p99 = delays[delays.size() * 99 / 100];
  std::printf("%zu events, visible after p50 %.1f ms, p99 %.1f ms\n", delays.size(),
              absl::ToDoubleMilliseconds(delays[delays.size() / 2]), absl::ToDoubleMilliseconds(p99));
  // The aim is 50 ms; a test shares its machine with others.
  EXPECT_LT(p99, absl::Milliseconds(250));
}

class LostSequencer : public ::testing::Test {
 protected:
  // Something has its place within five seconds.
  void ExpectReplaced() {
    const absl::Time since = absl::Now();
    ASSERT_TRUE(trial.Change(trial.connection, "opinions/after").ok());
    const auto before = trial.All().size();
    EXPECT_TRUE(trial::Eventually([&] { return trial.All().size() > before; }));
    EXPECT_LT(absl::Now() - since, absl::Seconds(5));
  }

  Trial trial{"lost"};
};

TEST_F(LostSequencer, IsReplacedWhenItIsKilled) {
  const auto child = StartReplica(trial.config);
  ASSERT_TRUE(trial::Eventually([&] { return EpochOfHead(trial) == 1; }));
  const Sequencer standby(trial.config, nullptr);
  Writers writers(trial, 2, 5);
  ASSERT_TRUE(trial::Eventually([&] { return trial.All().size() > 20; }));
  EXPECT_FALSE(standby.leading());
  child->Signal(SIGKILL);
  child->Wait();
  writers.Stop();
  ExpectReplaced();
  EXPECT_TRUE(standby.leading());
  ExpectVersionsInOrder(trial.All());
  EXPECT_TRUE(Verify(trial.connection).ok());
}

TEST_F(LostSequencer, CannotWriteWhenItComesBack) {
  const auto child = StartReplica(trial.config);
  ASSERT_TRUE(trial::Eventually([&] { return EpochOfHead(trial) == 1; }));
  const Sequencer standby(trial.config, nullptr);
  Writers writers(trial, 2, 5);
  ASSERT_TRUE(trial::Eventually([&] { return trial.All().size() > 20; }));
  child->Signal(SIGSTOP);
  ASSERT_TRUE(trial::Eventually([&] { return standby.leading(); }, absl::Seconds(5)));
  child->Signal(SIGCONT);
  const auto at_return = trial.All().size();
  ASSERT_TRUE(trial::Eventually([&] { return trial.All().size() > at_return + 200; }));
  const int64_t written = writers.Stop();
  ASSERT_TRUE(AwaitCaughtUp(trial.connection, "", absl::Now() + absl::Seconds(5)).ok());
  EXPECT_TRUE(standby.leading());
  EXPECT_EQ(EpochOfHead(trial), 2);
  ExpectVersionsInOrder(trial.All());
  EXPECT_EQ(Verify(trial.connection).value_or(-1), written);
}

TEST(DatabaseTrouble, IsSurvivedByAll) {
  Trial trial("trouble");
  const Sequencer first(trial.config, nullptr), second(trial.config, nullptr);
  const Reader reader("survivor", trial.config, OwnLog(trial.config), trial::Taking("survivor"));
  db::Connection root(trial::Server().Root());
  {
    Writers writers(trial, 4, 5);
    for (int i = 0; i < 10; ++i) {
      std::this_thread::sleep_for(milliseconds(100));
      EXPECT_TRUE(trial::KillConnections(root, trial.config.user).ok());
    }
    trial::Server().Kill();
    std::this_thread::sleep_for(milliseconds(200));
    trial::Server().Restart();
    const int64_t written = writers.written();
    EXPECT_TRUE(trial::Eventually([&] { return writers.written() > written + 50; }));
  }
  ASSERT_TRUE(trial::Eventually([&] { return trial.connection.Connect().ok(); }));
  ASSERT_TRUE(trial::Eventually(
      [&] { return AwaitCaughtUp(trial.connection, "survivor", absl::Now() + absl::Seconds(1)).ok(); },
      absl::Seconds(20)));
  const std::vector<v1::Event> events = trial.All();
  EXPECT_EQ(Verify(trial.connection).value_or(-1), static_cast<int64_t>(events.size()));
  ExpectVersionsInOrder(events);
  ExpectTakenOnce(trial, "survivor", events.size());
}

}  // namespace
}  // namespace firstfloor::events
