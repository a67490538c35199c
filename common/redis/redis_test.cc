#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "common/redis/bell.h"
#include "common/redis/client.h"
#include "common/testing/servers.h"

namespace firstfloor::redis {
namespace {

bool ComesTrue(const std::function<bool()>& condition) {
  const absl::Time patience = absl::Now() + absl::Seconds(10);
  while (absl::Now() < patience) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return false;
}

class RedisTest : public ::testing::Test {
 protected:
  // One server for all tests; each begins with an empty one that runs.
  static firstfloor::testing::Redis& Server() {
    static firstfloor::testing::Redis server;
    return server;
  }
  static Config Patient(Config config) {
    config.timeout = absl::Seconds(2);
    return config;
  }
  void SetUp() override { Server().Flush(); }
};

using ClientTest = RedisTest;
using BellTest = RedisTest;

TEST_F(ClientTest, CarriesAnyBytes) {
  Client client(Patient(Server().config()));
  const std::string bytes("a\0b\r\n%s \xff", 9);
  ASSERT_TRUE(client.Command({"SET", client.Key("k"), bytes}).ok());
  const auto reply = client.Command({"GET", "ff:k"});
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->kind, Reply::Kind::kText);
  EXPECT_EQ(reply->text, bytes);
}

TEST_F(ClientTest, TellsTheKindsOfRepliesApart) {
  Client client(Patient(Server().config()));
  EXPECT_EQ(client.Command({"GET", "none"})->kind, Reply::Kind::kNil);
  EXPECT_EQ(client.Command({"INCR", "n"})->integer, 1);
  const auto list = client.Command({"MGET", "n", "none"});
  ASSERT_EQ(list->kind, Reply::Kind::kList);
  ASSERT_EQ(list->list.size(), 2u);
  EXPECT_EQ(list->list[0].text, "1");
  EXPECT_EQ(list->list[1].kind, Reply::Kind::kNil);
}

TEST_F(ClientTest, WorksThroughASocket) {
  Client client(Patient(Server().socket_config()));
  EXPECT_EQ(client.Command({"PING"})->text, "PONG");
}

TEST_F(ClientTest, RunsScriptsKnownToTheServerOrNot) {
  Client client(Patient(Server().config()));
  const std::string lua = "return {KEYS[1], ARGV[1]}";
  for (int i = 0; i < 2; ++i) {
    const auto reply = client.Script(lua, {"k"}, {"a"});
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(reply->list[0].text, "k");
    EXPECT_EQ(reply->list[1].text, "a");
  }
  ASSERT_TRUE(client.Command({"SCRIPT", "FLUSH"}).ok());
  EXPECT_TRUE(client.Script(lua, {"k"}, {"a"}).ok());
}

TEST_F(ClientTest, SaysWhatWasRefusedWithoutQuotingIt) {
  Client client(Patient(Server().config()));
  const auto refused = client.Command({"NOSUCHCOMMAND", "13800000000"});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(refused.status().message().find("138"), std::string::npos);
  EXPECT_EQ(client.Command({"PING"})->text, "PONG") << "a refusal does not spoil the connection";
}

TEST_F(ClientTest, IsUnavailableWithoutAnEndpoint) {
  Client client(Config{});
  EXPECT_EQ(client.Command({"PING"}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(client.healthy());
}

TEST_F(ClientTest, IsUnavailableWithAWrongPassword) {
  Config config = Patient(Server().config());
  config.password = "wrong";
  EXPECT_EQ(Client(config).Command({"PING"}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ClientTest, NoticesARestartBetweenTwoCommands) {
  Client client(Patient(Server().config()));
  ASSERT_TRUE(client.Command({"PING"}).ok());
  Server().Stop();
  Server().Start();
  EXPECT_TRUE(client.Command({"PING"}).ok()) << "the dead connection was used";
}

TEST_F(ClientTest, FailsAtOnceWhileRedisIsDownAndRecovers) {
  Client client(Patient(Server().config()));
  ASSERT_TRUE(client.Command({"PING"}).ok());
  Server().Stop();
  EXPECT_EQ(error::ReasonOf(client.Command({"PING"}).status()), "REDIS_UNAVAILABLE");
  EXPECT_FALSE(client.healthy());
  Server().Start();
  EXPECT_FALSE(client.Command({"PING"}).ok()) << "tried again before 500 ms had passed";
  EXPECT_TRUE(ComesTrue([&] { return client.Command({"PING"}).ok(); }));
  EXPECT_TRUE(client.healthy());
}

TEST_F(ClientTest, NeverTakesALateReplyForTheNextOne) {
  Config config = Server().config();
  config.timeout = absl::Milliseconds(50);
  Client client(config);
  ASSERT_TRUE(ComesTrue([&] { return client.Command({"SET", "a", "late"}).ok(); }));
  Server().Freeze();
  const absl::Time begin = absl::Now();
  EXPECT_FALSE(client.Command({"GET", "a"}).ok());
  EXPECT_LT(absl::Now() - begin, absl::Milliseconds(400));
  Server().Thaw();
  absl::StatusOr<Reply> reply;
  ASSERT_TRUE(ComesTrue([&] { return (reply = client.Command({"PING"})).ok(); }));
  EXPECT_EQ(reply->text, "PONG");
}

// Messages in the order in which they were heard.
class Heard {
 public:
  void Add(absl::string_view message) {
    std::lock_guard lock(mutex_);
    messages_.emplace_back(message);
  }
  std::vector<std::string> messages() const {
    std::lock_guard lock(mutex_);
    return messages_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> messages_;
};

TEST_F(BellTest, IsHeardByOthersAndByItself) {
  Heard here, there, elsewhere;
  Bell one(Server().config());
  one.Listen("rows", [&](absl::string_view message) { here.Add(message); });
  Bell two(Server().config());
  two.Listen("rows", [&](absl::string_view message) { there.Add(message); });
  two.Listen("events", [&](absl::string_view message) { elsewhere.Add(message); });
  EXPECT_FALSE(one.hearing());
  one.Start();
  two.Start();
  ASSERT_TRUE(ComesTrue([&] { return one.hearing() && two.hearing(); }));
  one.Ring("rows", "opinions/1");
  one.Ring("rows", "opinions/2");
  two.Ring("events", "opinion");
  const std::vector<std::string> rows = {"opinions/1", "opinions/2"};
  EXPECT_TRUE(ComesTrue([&] { return here.messages() == rows && there.messages() == rows; }));
  EXPECT_TRUE(ComesTrue([&] { return elsewhere.messages() == std::vector<std::string>{"opinion"}; }));
}

TEST_F(BellTest, IsNotHeardUnderAnotherPrefix) {
  Heard ours, theirs;
  Bell bell(Server().config());
  bell.Listen("rows", [&](absl::string_view message) { ours.Add(message); });
  Config other = Server().config();
  other.prefix = "other:";
  Bell neighbour(other);
  neighbour.Listen("rows", [&](absl::string_view message) { theirs.Add(message); });
  bell.Start();
  neighbour.Start();
  ASSERT_TRUE(ComesTrue([&] { return bell.hearing() && neighbour.hearing(); }));
  neighbour.Ring("rows", "theirs");
  ASSERT_TRUE(ComesTrue([&] { return !theirs.messages().empty(); }));
  bell.Ring("rows", "ours");
  ASSERT_TRUE(ComesTrue([&] { return !ours.messages().empty(); }));
  EXPECT_EQ(ours.messages(), std::vector<std::string>{"ours"});
}

TEST_F(BellTest, GoesOnHearingThroughALongQuiet) {
  std::atomic<int> gaps{0};
  Bell bell(Server().config());
  bell.Listen("rows", [](absl::string_view) {});
  bell.OnGap([&] { ++gaps; });
  bell.Start();
  ASSERT_TRUE(ComesTrue([&] { return bell.hearing(); }));
  absl::SleepFor(absl::Milliseconds(1200));
  EXPECT_TRUE(bell.hearing());
  EXPECT_EQ(gaps, 1) << "the one at its start";
}

TEST_F(BellTest, ReportsAGapWhenRedisStopsAndAgainBeforeItHears) {
  Heard heard;
  std::atomic<int> gaps{0};
  std::atomic<bool> heard_before_the_gap{false};
  Bell bell(Server().config());
  bell.Listen("rows", [&](absl::string_view message) { heard.Add(message); });
  bell.OnGap([&] {
    ++gaps;
    if (bell.hearing()) heard_before_the_gap = true;
  });
  bell.Start();
  ASSERT_TRUE(ComesTrue([&] { return bell.hearing(); }));
  Server().Stop();
  EXPECT_TRUE(ComesTrue([&] { return !bell.hearing() && gaps == 2; }));
  Server().Start();
  EXPECT_TRUE(ComesTrue([&] { return bell.hearing() && gaps == 3; }));
  EXPECT_FALSE(heard_before_the_gap);
  EXPECT_TRUE(ComesTrue([&] {
    bell.Ring("rows", "again");
    return !heard.messages().empty();
  }));
}

TEST_F(BellTest, IsDeafAfterHalfASecondOfSilence) {
  std::atomic<int> gaps{0};
  Bell bell(Server().config());
  bell.Listen("rows", [](absl::string_view) {});
  bell.OnGap([&] { ++gaps; });
  bell.Start();
  ASSERT_TRUE(ComesTrue([&] { return bell.hearing(); }));
  Server().Freeze();
  const absl::Time frozen = absl::Now();
  EXPECT_TRUE(ComesTrue([&] { return !bell.hearing(); }));
  EXPECT_LT(absl::Now() - frozen, absl::Milliseconds(700));
  EXPECT_TRUE(ComesTrue([&] { return gaps == 2; }));
  Server().Thaw();
  EXPECT_TRUE(ComesTrue([&] { return bell.hearing(); }));
}

TEST_F(BellTest, RingingNeverBlocks) {
  Config config = Server().config();
  config.timeout = absl::Seconds(5);
  Bell bell(config);
  bell.Start();
  Server().Freeze();
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 5000; ++i) bell.Ring("rows", "opinions/1");
  EXPECT_LT(absl::Now() - begin, absl::Seconds(2))
      << "one that waited for Redis would have done so for five seconds";
  Server().Thaw();
}

TEST_F(BellTest, SendsWhatWasRungBeforeItsEnd) {
  Heard heard;
  Bell listener(Server().config());
  listener.Listen("rows", [&](absl::string_view message) { heard.Add(message); });
  listener.Start();
  ASSERT_TRUE(ComesTrue([&] { return listener.hearing(); }));
  {
    Bell bell(Server().config());
    bell.Start();
    bell.Ring("rows", "last words");
  }
  EXPECT_TRUE(ComesTrue([&] { return !heard.messages().empty(); }));
}

TEST_F(BellTest, ItsEndIsNoGap) {
  std::atomic<int> gaps{0};
  {
    Bell bell(Server().config());
    bell.OnGap([&] { ++gaps; });
    bell.Start();
    ASSERT_TRUE(ComesTrue([&] { return bell.hearing(); }));
  }
  EXPECT_EQ(gaps, 1);
}

TEST_F(BellTest, IsDeafAndMuteWithoutAnEndpoint) {
  Bell bell(Config{});
  bell.Start();
  bell.Ring("rows", "opinions/1");
  EXPECT_FALSE(bell.hearing());
}

}  // namespace
}  // namespace firstfloor::redis
