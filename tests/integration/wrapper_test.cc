// What one way in promises to every caller, tried on the opinion service as it runs.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/db/connection.h"
#include "common/db/schema/migrations.h"
#include "common/error/error.h"
#include "common/privacy/keyring.h"
#include "common/testing/breaking.h"
#include "common/testing/suite.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/stall_service.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"
#include "services/opinion/furnish.h"

namespace firstfloor {
namespace {

using opinion::v1::GetOpinionRequest;
using opinion::v1::Opinion;
using opinion::v1::SubmitOpinionRequest;
using opinion::v1::SubmitOpinionResponse;
using testing::As;

constexpr char kSubmit[] = "firstfloor.opinion.v1.OpinionService.SubmitOpinion";
constexpr char kGet[] = "firstfloor.opinion.v1.OpinionService.GetOpinion";
constexpr char kList[] = "firstfloor.opinion.v1.OpinionService.ListOpinions";
constexpr char kTriage[] = "firstfloor.opinion.v1.OpinionService.TriageOpinion";
constexpr char kUpdate[] = "firstfloor.opinion.v1.OpinionService.UpdateOpinion";
constexpr char kWatch[] = "firstfloor.opinion.v1.OpinionService.WatchOpinions";
constexpr char kCommunity[] = "340111400";
constexpr char kBuilding[] = "340111400001-CJ-07";

const program::Program kOpinion = {
    .name = "opinion", .migrations = schema::Migrations(), .furnish = opinion::Furnish};

// With one worker.
class WrapperTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite_ = new testing::Suite;
    suite_->Start(kOpinion, [](program::Settings& settings) { settings.workers = 1; });
  }
  static void TearDownTestSuite() {
    delete suite_;
    suite_ = nullptr;
  }

  static As Resident(const std::string& subject = "resident-1") {
    return {.role = api::v1::ROLE_RESIDENT, .area = kCommunity, .subject = subject};
  }
  static As Staff() {
    return {.role = api::v1::ROLE_COMMUNITY_STAFF, .area = kCommunity, .subject = "staff-1"};
  }

  static SubmitOpinionRequest Leak() {
    SubmitOpinionRequest request;
    request.set_request_id(testing::RequestId());
    Opinion& opinion = *request.mutable_opinion();
    opinion.set_area(kBuilding);
    opinion.set_channel(opinion::v1::OPINION_CHANNEL_APP);
    opinion.set_kind(opinion::v1::OPINION_KIND_PROBLEM);
    opinion.set_text("The roof of the bicycle shed leaks.");
    return request;
  }

  static absl::StatusOr<SubmitOpinionResponse> Submit(const SubmitOpinionRequest& request, const As& as) {
    return suite_->Call<SubmitOpinionResponse>(kSubmit, request, as);
  }
  static absl::StatusOr<Opinion> Get(const std::string& name, const As& as) {
    GetOpinionRequest request;
    request.set_name(name);
    return suite_->Call<Opinion>(kGet, request, as);
  }

  static testing::Suite* suite_;
};

testing::Suite* WrapperTest::suite_ = nullptr;

TEST_F(WrapperTest, WhatWasAcknowledgedIsThere) {
  const auto submitted = Submit(Leak(), Resident());
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  const auto got = Get(submitted->opinion().name(), Resident());
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->text(), Leak().opinion().text());
  EXPECT_EQ(got->etag(), "1");
}

TEST_F(WrapperTest, TheSameRequestTwiceDoesItOnce) {
  const SubmitOpinionRequest request = Leak();
  const auto first = Submit(request, Resident());
  const auto second = Submit(request, Resident());
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_EQ(first->opinion().name(), second->opinion().name());
  EXPECT_EQ(first->receipt_code(), second->receipt_code());
}

// Ends every connection to the database, again and again, while residents submit: a commit whose outcome is
// unknown is asked after and, if it was not made, tried again; so hardly anybody notices, and nothing happens
// twice.
TEST_F(WrapperTest, AConnectionLostWhileCommittingIsNoMatterOfTheCaller) {
  std::atomic<bool> stop = false;
  std::thread killer([&] {
    db::Connection root(suite_->mariadb().Root());
    while (!stop) {
      testing::KillConnections(root, suite_->database("opinion").user);
      absl::SleepFor(absl::Milliseconds(5));
    }
  });
  constexpr int kClients = 4;
  constexpr int kCalls = 60;
  std::atomic<int> refused = 0;
  std::mutex mutex;
  std::set<std::string> names;
  std::vector<std::thread> clients;
  for (int client = 0; client < kClients; ++client) {
    clients.emplace_back([&, client] {
      for (int i = 0; i < kCalls; ++i) {
        const SubmitOpinionRequest request = Leak();
        const As resident = Resident(absl::StrCat("killed-", client));
        auto submitted = Submit(request, resident);
        if (!submitted.ok()) ++refused;
        while (!submitted.ok()) submitted = Submit(request, resident);
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(names.insert(submitted->opinion().name()).second);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  stop = true;
  killer.join();
  EXPECT_LT(refused, kClients * kCalls / 5);  // a connection may be lost again while it is asked
  db::Connection schema(suite_->mariadb().Root(suite_->database("opinion").schema));
  const auto kept = schema.Query(
      "SELECT COUNT(*), COUNT(DISTINCT reporter) FROM opinion WHERE reporter IN (SELECT reporter FROM opinion"
      " GROUP BY reporter HAVING COUNT(*) = 60)");
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->front().Int(0), kClients * kCalls);
  EXPECT_EQ(kept->front().Int(1), kClients);
}

TEST_F(WrapperTest, TheSameIdWithOtherContentIsRefused) {
  SubmitOpinionRequest request = Leak();
  ASSERT_TRUE(Submit(request, Resident()).ok());
  request.mutable_opinion()->set_text("Another matter.");
  EXPECT_EQ(error::ReasonOf(Submit(request, Resident()).status()), "REQUEST_ID_REUSED");
}

TEST_F(WrapperTest, WithoutATokenNothingIsSaid) {
  EXPECT_EQ(error::ReasonOf(Submit(Leak(), {}).status()), "NO_IDENTITY");
}

TEST_F(WrapperTest, AForgedTokenIsRefused) {
  rpc::CallOptions options = suite_->Options(Resident());
  options.token[options.token.size() - 3] ^= 1;
  SubmitOpinionResponse reply;
  EXPECT_EQ(error::ReasonOf(suite_->client("opinion").Ask(kSubmit, Leak(), reply, options)), "TOKEN_INVALID");
}

TEST_F(WrapperTest, AnotherAreaIsDeniedBeforeAnythingIsChecked) {
  As elsewhere = Staff();
  elsewhere.area = "340111401";
  opinion::v1::PlanStallRequest request;
  request.mutable_stall()->set_area(kBuilding);
  request.mutable_stall()->set_campaign(std::string(100'000, 'x'));
  const auto planned = [&](const As& as) {
    return suite_->Call<opinion::v1::Stall>("firstfloor.opinion.v1.StallService.PlanStall", request, as);
  };
  EXPECT_EQ(error::ReasonOf(planned(elsewhere).status()), "DENIED");
  EXPECT_EQ(error::ReasonOf(planned(Staff()).status()), "INVALID_FIELD");
}

TEST_F(WrapperTest, SomebodyElsesOpinionLooksAsIfItWereNotThere) {
  const auto submitted = Submit(Leak(), Resident());
  ASSERT_TRUE(submitted.ok());
  const auto other = Get(submitted->opinion().name(), Resident("resident-2"));
  const auto none = Get("opinions/0190a6d0-0000-7000-8000-000000000000", Resident("resident-2"));
  EXPECT_EQ(other.status(), none.status());
  EXPECT_EQ(error::ReasonOf(other.status()), "DENIED");
}

TEST_F(WrapperTest, EveryViolationIsReportedAtOnce) {
  SubmitOpinionRequest request = Leak();
  request.set_request_id("not a uuid");
  request.mutable_opinion()->clear_text();
  request.mutable_opinion()->mutable_reporter()->set_phone("12");
  const google::rpc::Status status = error::ToProto(Submit(request, Resident()).status());
  google::rpc::BadRequest bad;
  for (const auto& detail : status.details()) detail.UnpackTo(&bad);
  EXPECT_EQ(bad.field_violations_size(), 3) << bad.DebugString();
}

TEST_F(WrapperTest, AFieldMaskHasItsBoundsToo) {
  const auto submitted = Submit(Leak(), Resident());
  ASSERT_TRUE(submitted.ok());
  opinion::v1::UpdateOpinionRequest request;
  request.set_name(submitted->opinion().name());
  request.set_request_id(testing::RequestId());
  for (int i = 0; i < 101; ++i) request.mutable_update_mask()->add_paths("public_summary");
  const auto refused = suite_->Call<Opinion>(kUpdate, request, Staff());
  EXPECT_EQ(error::ReasonOf(refused.status()), "INVALID_FIELD");
  request.mutable_update_mask()->mutable_paths()->RemoveLast();
  EXPECT_TRUE(suite_->Call<Opinion>(kUpdate, request, Staff()).ok());
}

TEST_F(WrapperTest, WhatTheServiceSetsCannotBeSent) {
  SubmitOpinionRequest request = Leak();
  request.mutable_opinion()->set_state(opinion::v1::OPINION_STATE_CLOSED);
  const auto submitted = Submit(request, Resident());
  ASSERT_TRUE(submitted.ok());
  EXPECT_EQ(submitted->opinion().state(), opinion::v1::OPINION_STATE_RECEIVED);
}

TEST_F(WrapperTest, StaffSeePersonalFieldsMasked) {
  SubmitOpinionRequest request = Leak();
  request.mutable_opinion()->mutable_reporter()->set_display_name("Zhang Invented");
  const auto submitted = Submit(request, Resident());
  ASSERT_TRUE(submitted.ok());
  const auto seen = Get(submitted->opinion().name(), Staff());
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(seen->reporter().display_name(), "Z*");
  EXPECT_EQ(seen->text().find("leaks"), std::string::npos);
}

TEST_F(WrapperTest, ADatedBackCallNeedsATokenThatAllowsIt) {
  As back = Resident();
  back.as_of = absl::FromUnixSeconds(1'680'000'000);
  const auto submitted = Submit(Leak(), back);
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  EXPECT_EQ(submitted->opinion().receive_time().seconds(), 1'680'000'000);

  rpc::CallOptions options = suite_->Options(Resident("resident-3"));
  options.as_of = back.as_of;
  SubmitOpinionResponse reply;
  EXPECT_EQ(error::ReasonOf(suite_->client("opinion").Ask(kSubmit, Leak(), reply, options)),
            "AS_OF_NOT_ALLOWED");
}

TEST_F(WrapperTest, AStreamThatWasCancelledBeforeAWorkerWasFreeIsNotOpened) {
  const auto submitted = Submit(Leak(), Resident());
  ASSERT_TRUE(submitted.ok());
  opinion::v1::WatchOpinionsRequest watch;
  watch.set_mine(true);
  opinion::v1::ListOpinionsRequest list;
  list.set_mine(true);
  const As watcher = Resident("watcher");
  ASSERT_TRUE(suite_->Call<opinion::v1::ListOpinionsResponse>(kList, list, watcher).ok()) << "a known token";

  // The worker waits for a row that is locked here, and the stream for the worker.
  db::Connection holder(suite_->database("opinion"));
  ASSERT_TRUE(holder.ExecuteText("START TRANSACTION").ok());
  ASSERT_TRUE(holder.Query("SELECT id FROM opinion FOR UPDATE").ok());
  opinion::v1::TriageOpinionRequest triage;
  triage.set_name(submitted->opinion().name());
  triage.set_request_id(testing::RequestId());
  triage.set_category("SAFETY.FIRE");
  Opinion triaged;
  absl::Notification done;
  suite_->client("opinion").AskAsync(kTriage, triage, triaged, suite_->Options(Staff()),
                                     [&](const absl::Status&) { done.Notify(); });
  absl::SleepFor(absl::Milliseconds(200));
  const auto stream = suite_->client("opinion").Follow(kWatch, watch, suite_->Options(watcher));
  absl::SleepFor(absl::Milliseconds(200));
  stream->Cancel();
  absl::SleepFor(absl::Milliseconds(400));
  ASSERT_TRUE(holder.ExecuteText("ROLLBACK").ok());
  done.WaitForNotification();

  // Whoever opens a watch of their own opinions is given an id in the log.
  ASSERT_TRUE(suite_->Call<opinion::v1::ListOpinionsResponse>(kList, list, watcher).ok())
      << "the worker is free";
  const db::Value index[] = {
      suite_->house("opinion").environment().keyring->BlindIndex("actor", watcher.subject)};
  const auto actors = holder.Query("SELECT 1 FROM actor WHERE subject_index = ?", index);
  ASSERT_TRUE(actors.ok()) << actors.status();
  EXPECT_TRUE(actors->empty());
}

TEST_F(WrapperTest, ADeadlineThatHasPassedIsNotWorkedFor) {
  As hurried = Resident();
  hurried.timeout = absl::Milliseconds(-1);
  EXPECT_EQ(Submit(Leak(), hurried).status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(Ending, IsNotHeldUpByWatches) {
  testing::Suite suite;
  suite.Start(kOpinion, [](program::Settings& settings) { settings.grace = absl::Seconds(30); });
  opinion::v1::WatchOpinionsRequest watch;
  watch.set_area(kBuilding);
  opinion::v1::WatchOpinionsResponse message;
  const auto stream = suite.client("opinion").Follow(
      kWatch, watch,
      suite.Options(
          {.role = api::v1::ROLE_COMMUNITY_STAFF, .area = kCommunity, .timeout = absl::Seconds(60)}));
  absl::Notification opened, ended;
  stream->Next(message, [&](bool) {
    opened.Notify();
    stream->Next(message, [&](bool more) {
      EXPECT_FALSE(more);
      ended.Notify();
    });
  });
  ASSERT_TRUE(opened.WaitForNotificationWithTimeout(absl::Seconds(10))) << "a heartbeat says that it is open";
  const absl::Time begun = absl::Now();
  suite.Stop("opinion");
  EXPECT_LT(absl::Now() - begun, absl::Seconds(10));
  ended.WaitForNotification();
  EXPECT_EQ(error::ReasonOf(stream->status()), "NOT_SERVING") << stream->status();
}

}  // namespace
}  // namespace firstfloor
