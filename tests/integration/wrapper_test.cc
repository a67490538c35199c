// What one way in promises to every caller, tried on the opinion service as it runs.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/db/schema/migrations.h"
#include "common/error/error.h"
#include "common/testing/suite.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
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
constexpr char kCommunity[] = "340111400";
constexpr char kBuilding[] = "340111400001-CJ-07";

class WrapperTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite_ = new testing::Suite;
    suite_->Start({.name = "opinion", .migrations = schema::Migrations(), .furnish = opinion::Furnish});
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
  As elsewhere = Resident();
  elsewhere.area = "340111401";
  SubmitOpinionRequest request = Leak();
  request.mutable_opinion()->set_text(std::string(100'000, 'x'));
  EXPECT_EQ(error::ReasonOf(Submit(request, elsewhere).status()), "DENIED");
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

TEST_F(WrapperTest, ADeadlineThatHasPassedIsNotWorkedFor) {
  As hurried = Resident();
  hurried.timeout = absl::Milliseconds(-1);
  EXPECT_EQ(Submit(Leak(), hurried).status().code(), absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace firstfloor
