// Guessing of receipt codes: a guess learns nothing from the answer, and nobody guesses for long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/db/schema/migrations.h"
#include "common/error/error.h"
#include "common/testing/suite.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/petition_service.pb.h"
#include "services/opinion/furnish.h"
#include "services/opinion/receipt.h"

namespace firstfloor::opinion {
namespace {

using error::ReasonOf;
using testing::As;
using testing::RequestId;
using namespace v1;  // NOLINT(google-build-using-namespace): the messages of this service

constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kNoOpinion[] = "opinions/01900000-0000-7000-8000-000000000001";
constexpr double kPerSecond = 20;
constexpr int kAtOnce = 100;

class ReceiptGuessing : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    running = new testing::Suite;
    running->Start({.name = "opinion", .migrations = schema::Migrations(), .furnish = Furnish},
                   [](program::Settings& settings) {
                     settings.rate_per_second = kPerSecond;
                     settings.rate_burst = kAtOnce;
                   });
  }
  static void TearDownTestSuite() {
    delete running;
    running = nullptr;
  }

  static As Resident(const std::string& subject) {
    return {.role = api::v1::ROLE_RESIDENT, .area = kBuilding, .subject = subject};
  }
  static SubmitOpinionResponse Said(const std::string& subject) {
    SubmitOpinionRequest request;
    request.set_request_id(RequestId());
    Opinion& opinion = *request.mutable_opinion();
    opinion.set_area(kBuilding);
    opinion.set_channel(OPINION_CHANNEL_APP);
    opinion.set_kind(OPINION_KIND_PROBLEM);
    opinion.set_text("单元门的灯不亮");
    opinion.set_anonymous(true);
    const auto response = running->Call<SubmitOpinionResponse>(
        "firstfloor.opinion.v1.OpinionService.SubmitOpinion", request, Resident(subject));
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(SubmitOpinionResponse());
  }
  static absl::StatusOr<OpinionProgress> ByReceipt(const std::string& code, const As& as) {
    GetOpinionByReceiptRequest request;
    request.set_receipt_code(code);
    return running->Call<OpinionProgress>("firstfloor.opinion.v1.OpinionService.GetOpinionByReceipt", request,
                                          as);
  }

  // What a method that takes a code says about `code` for the opinion `name`.
  template <typename Request>
  static absl::Status Try(const std::string& method, Request request, const std::string& name,
                          const std::string& code, const std::string& etag = "") {
    request.set_name(name);
    request.set_etag(etag);
    request.set_receipt_code(code);
    request.set_request_id(RequestId());
    return running->Call<Opinion>("firstfloor.opinion.v1." + method, request, Resident("guesser")).status();
  }

  static testing::Suite* running;
};

testing::Suite* ReceiptGuessing::running = nullptr;

TEST_F(ReceiptGuessing, LearnsNothingFromTheAnswer) {
  const SubmitOpinionResponse mine = Said("r1");
  const SubmitOpinionResponse other = Said("r2");
  const std::string& name = mine.opinion().name();
  const absl::Status refused = ByReceipt(receipt::NewCode(), As()).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(refused), "DENIED");
  const auto learns_nothing = [&](const std::string& method, const auto& request) {
    SCOPED_TRACE(method);
    // Statuses are equal with their messages and all their details.
    EXPECT_EQ(Try(method, request, name, receipt::NewCode()), refused);
    EXPECT_EQ(Try(method, request, name, other.receipt_code()), refused);
    EXPECT_EQ(Try(method, request, name, ""), refused);
    EXPECT_EQ(Try(method, request, kNoOpinion, mine.receipt_code()), refused);
    // Neither whether it has changed since.
    EXPECT_EQ(Try(method, request, name, receipt::NewCode(), "77"), refused);
    EXPECT_EQ(Try(method, request, name, receipt::NewCode(), mine.opinion().etag()), refused);
  };
  GiveFeedbackRequest feedback;
  feedback.mutable_feedback()->set_satisfaction(SATISFACTION_SATISFIED);
  ReplyToQuestionRequest reply;
  reply.set_reply("七楼");
  learns_nothing("OpinionService.GiveFeedback", feedback);
  learns_nothing("OpinionService.ReplyToQuestion", reply);
  learns_nothing("OpinionService.WithdrawOpinion", WithdrawOpinionRequest());
  learns_nothing("PetitionService.RequestReview", RequestReviewRequest());
  // With the code each of them says what is the matter, or does it.
  EXPECT_EQ(ReasonOf(Try("OpinionService.GiveFeedback", feedback, name, mine.receipt_code())),
            "OPINION_WRONG_STATE");
  EXPECT_EQ(ReasonOf(Try("OpinionService.ReplyToQuestion", reply, name, mine.receipt_code())), "CLOCK_RUNS");
  EXPECT_EQ(ReasonOf(Try("PetitionService.RequestReview", RequestReviewRequest(), name, mine.receipt_code())),
            "NOT_A_PETITION");
  EXPECT_TRUE(
      Try("OpinionService.WithdrawOpinion", WithdrawOpinionRequest(), name, mine.receipt_code()).ok());
  EXPECT_EQ(ByReceipt(mine.receipt_code(), As())->state(), OPINION_STATE_WITHDRAWN);
}

TEST_F(ReceiptGuessing, IsSlowedDownForWhoeverDoesItAndForNobodyElse) {
  const SubmitOpinionResponse mine = Said("r3");
  const As guesser = Resident("who-guesses");
  absl::Status last;
  int guesses = 0;
  const absl::Time begin = absl::Now();
  while (guesses < 100 * kAtOnce) {
    last = ByReceipt(receipt::NewCode(), guesser).status();
    if (absl::IsResourceExhausted(last)) break;
    ASSERT_EQ(ReasonOf(last), "DENIED") << last;
    ++guesses;
  }
  EXPECT_EQ(ReasonOf(last), "RATE_LIMITED");
  EXPECT_LE(guesses, kAtOnce + kPerSecond * absl::ToDoubleSeconds(absl::Now() - begin) + 1);
  EXPECT_TRUE(last.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value()) << last;
  // The right code is turned away like any other: being slowed down tells nothing either.
  EXPECT_EQ(ReasonOf(ByReceipt(mine.receipt_code(), guesser).status()), "RATE_LIMITED");
  // Whoever holds it is not hindered by who guesses.
  EXPECT_TRUE(ByReceipt(mine.receipt_code(), Resident("r3")).ok());
  // After the time that was told, the guesser is served again.
  const absl::Time give_up = absl::Now() + absl::Seconds(10);
  while (absl::IsResourceExhausted(ByReceipt(mine.receipt_code(), guesser).status()) &&
         absl::Now() < give_up) {
    absl::SleepFor(absl::Milliseconds(100));
  }
  EXPECT_TRUE(ByReceipt(mine.receipt_code(), guesser).ok());
}

TEST_F(ReceiptGuessing, OfWhoeverComesWithoutATokenIsCountedTogether) {
  const SubmitOpinionResponse mine = Said("r4");
  absl::Status last;
  for (int i = 0; i < 100 * kAtOnce && !absl::IsResourceExhausted(last); ++i) {
    last = ByReceipt(receipt::NewCode(), As()).status();
  }
  EXPECT_EQ(ReasonOf(last), "RATE_LIMITED");
  EXPECT_TRUE(ByReceipt(mine.receipt_code(), Resident("r4")).ok());
}

}  // namespace
}  // namespace firstfloor::opinion
