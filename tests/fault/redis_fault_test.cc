// Redis is a cache and a bell, nothing more: it may stop, freeze, forget everything, and no caller gets an
// error, nor reads for longer than a second what was overwritten at another replica.
#include <gtest/gtest.h>

#include <atomic>
#include <iostream>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/resource/table.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using opinion::v1::Opinion;
using testing::Programs;

constexpr char kService[] = "firstfloor.opinion.v1.OpinionService.";
constexpr char kCommunity[] = "340111400";
constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr int kReplicas = 2;
constexpr int kOpinions = 6;
constexpr absl::Duration kStaleAtMost = absl::Seconds(1);

// An opinion that one thread changes and many read.
struct Followed {
  std::string name;
  bool started = false;  // of the thread that changes it
  std::mutex mutex;
  // When each version was acknowledged.
  std::vector<std::pair<absl::Time, int64_t>> history;
};

class RedisFault : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int replica = 0; replica < kReplicas; ++replica) programs_.Start("opinion", replica);
    for (int replica = 0; replica < kReplicas; ++replica) programs_.WaitUntilReady("opinion", replica);
    token_ = programs_.Token(
        {{api::v1::ROLE_COMMUNITY_STAFF, kCommunity}, {api::v1::ROLE_STEWARD, kCommunity}}, "staff");
    for (int i = 0; i < kOpinions; ++i) followed_.push_back(Submit());
    for (int i = 0; i < kOpinions; ++i) threads_.emplace_back([this, i] { Change(*followed_[i], i); });
    for (int i = 0; i < kReplicas; ++i) threads_.emplace_back([this, i] { Read(i); });
  }

  void TearDown() override {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    std::cout << writes_ << " writes, " << reads_ << " reads\n";
    EXPECT_GT(writes_, 50);
    EXPECT_GT(reads_, 500);
    EXPECT_TRUE(errors_.empty()) << absl::StrJoin(errors_, "\n");
    EXPECT_TRUE(stale_.empty()) << absl::StrJoin(stale_, "\n");
    for (int replica = 0; replica < kReplicas; ++replica) {
      EXPECT_TRUE(programs_.IsReady("opinion", replica)) << replica;
    }
  }

  void For(absl::Duration duration) { absl::SleepFor(duration); }

  Programs programs_;

 private:
  absl::StatusOr<Opinion> Ask(int replica, const std::string& method,
                              const google::protobuf::Message& request) {
    rpc::CallOptions options;
    options.deadline = absl::Now() + absl::Seconds(10);
    options.token = token_;
    Opinion reply;
    const absl::Status status =
        programs_.client("opinion", replica).Ask(absl::StrCat(kService, method), request, reply, options);
    if (!status.ok()) return status;
    return reply;
  }

  std::unique_ptr<Followed> Submit() {
    opinion::v1::SubmitOpinionRequest request;
    request.set_request_id(resource::NewUuid());
    Opinion& opinion = *request.mutable_opinion();
    opinion.set_area(kBuilding);
    opinion.set_channel(opinion::v1::OPINION_CHANNEL_STEWARD_DESK);
    opinion.set_kind(opinion::v1::OPINION_KIND_PROBLEM);
    opinion.set_text("The lift stops between two floors.");
    rpc::CallOptions options;
    options.token = token_;
    opinion::v1::SubmitOpinionResponse reply;
    const absl::Status status =
        programs_.client("opinion").Ask(absl::StrCat(kService, "SubmitOpinion"), request, reply, options);
    EXPECT_TRUE(status.ok()) << status;

    opinion::v1::TriageOpinionRequest triage;
    triage.set_request_id(resource::NewUuid());
    triage.set_name(reply.opinion().name());
    triage.set_category("ENVIRONMENT.GREENING");
    const absl::StatusOr<Opinion> triaged = Ask(0, "TriageOpinion", triage);
    EXPECT_TRUE(triaged.ok()) << triaged.status();
    auto followed = std::make_unique<Followed>();
    followed->name = reply.opinion().name();
    if (triaged.ok()) Acknowledge(*followed, *triaged);
    return followed;
  }

  static int64_t VersionOf(const Opinion& opinion) {
    int64_t version = -1;
    EXPECT_TRUE(absl::SimpleAtoi(opinion.etag(), &version)) << opinion.etag();
    return version;
  }

  static void Acknowledge(Followed& followed, const Opinion& opinion) {
    const std::lock_guard lock(followed.mutex);
    followed.history.emplace_back(absl::Now(), VersionOf(opinion));
  }

  // The version that every read that starts at `time` must show at least.
  static int64_t OwedAt(Followed& followed, absl::Time time) {
    const std::lock_guard lock(followed.mutex);
    int64_t owed = 0;
    for (const auto& [acknowledged, version] : followed.history) {
      if (acknowledged + kStaleAtMost < time) owed = version;
    }
    return owed;
  }

  // Begins and gives back, by turns, at one replica and the other.
  void Change(Followed& followed, int number) {
    for (int turn = number; !stopping_; ++turn) {
      absl::StatusOr<Opinion> changed;
      if (!followed.started) {
        opinion::v1::StartOpinionRequest request;
        request.set_request_id(resource::NewUuid());
        request.set_name(followed.name);
        changed = Ask(turn % kReplicas, "StartOpinion", request);
      } else {
        opinion::v1::ReturnOpinionRequest request;
        request.set_request_id(resource::NewUuid());
        request.set_name(followed.name);
        request.set_reason_code("OTHER");
        changed = Ask(turn % kReplicas, "ReturnOpinion", request);
      }
      ++writes_;
      if (!changed.ok()) {
        Complain(errors_, absl::StrCat("write: ", changed.status().ToString()));
        return;
      }
      followed.started = !followed.started;
      Acknowledge(followed, *changed);
      absl::SleepFor(absl::Milliseconds(200));
    }
  }

  void Read(int replica) {
    std::mt19937 random(std::random_device{}());
    while (!stopping_) {
      Followed& followed = *followed_[random() % followed_.size()];
      opinion::v1::GetOpinionRequest request;
      request.set_name(followed.name);
      const int64_t owed = OwedAt(followed, absl::Now());
      const absl::StatusOr<Opinion> got = Ask(replica, "GetOpinion", request);
      ++reads_;
      if (!got.ok()) {
        Complain(errors_, absl::StrCat("read: ", got.status().ToString()));
      } else if (VersionOf(*got) < owed) {
        Complain(stale_, absl::StrCat("replica ", replica, " shows version ", got->etag(), " of ",
                                      followed.name, " a second after version ", owed));
      }
      absl::SleepFor(absl::Milliseconds(2));
    }
  }

  void Complain(std::vector<std::string>& list, std::string what) {
    const std::lock_guard lock(mutex_);
    if (list.size() < 20) list.push_back(std::move(what));
  }

  std::string token_;
  std::vector<std::unique_ptr<Followed>> followed_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> writes_{0};
  std::atomic<int64_t> reads_{0};
  std::mutex mutex_;
  std::vector<std::string> errors_;
  std::vector<std::string> stale_;
};

TEST_F(RedisFault, IsNoCallersTrouble) {
  For(absl::Seconds(2));
  programs_.redis().Stop();
  For(absl::Seconds(3));
  programs_.redis().Start();
  For(absl::Seconds(3));
  programs_.redis().Flush();
  For(absl::Seconds(1));
  programs_.redis().Freeze();
  For(absl::Seconds(3));
  programs_.redis().Thaw();
  For(absl::Seconds(3));
  // Gone and back before anybody has noticed.
  programs_.redis().Stop();
  programs_.redis().Start();
  For(absl::Seconds(2));
}

}  // namespace
}  // namespace firstfloor
