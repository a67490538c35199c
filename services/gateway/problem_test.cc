// Errors over HTTP.
#include "services/gateway/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/error/error.h"

namespace firstfloor::gateway {
namespace {

using ::testing::Contains;
using ::testing::Pair;

TEST(Problem, HasTheStatusThatEveryGrpcGatewayGives) {
  const std::pair<absl::StatusCode, int> table[] = {
      {absl::StatusCode::kOk, 200},
      {absl::StatusCode::kCancelled, 499},
      {absl::StatusCode::kUnknown, 500},
      {absl::StatusCode::kInvalidArgument, 400},
      {absl::StatusCode::kDeadlineExceeded, 504},
      {absl::StatusCode::kNotFound, 404},
      {absl::StatusCode::kAlreadyExists, 409},
      {absl::StatusCode::kPermissionDenied, 403},
      {absl::StatusCode::kUnauthenticated, 401},
      {absl::StatusCode::kResourceExhausted, 429},
      {absl::StatusCode::kFailedPrecondition, 400},
      {absl::StatusCode::kAborted, 409},
      {absl::StatusCode::kOutOfRange, 400},
      {absl::StatusCode::kUnimplemented, 501},
      {absl::StatusCode::kInternal, 500},
      {absl::StatusCode::kUnavailable, 503},
      {absl::StatusCode::kDataLoss, 500},
  };
  for (const auto& [code, http] : table) EXPECT_EQ(HttpStatusOf(code), http) << code;
}

TEST(Problem, KeepsItsDetails) {
  const absl::Status status = error::WrongState("OPINION_WRONG_STATE", "opinions/1", "CLOSED", {"TRIAGED"});
  const HttpResponse response = ProblemResponse(status);
  EXPECT_EQ(response.status, 400);
  const nlohmann::json error = nlohmann::json::parse(response.body).at("error");
  EXPECT_EQ(error.at("code"), 400);
  EXPECT_EQ(error.at("status"), "FAILED_PRECONDITION");
  std::vector<std::string> types;
  for (const auto& detail : error.at("details")) types.push_back(detail.at("@type"));
  EXPECT_THAT(types, Contains("type.googleapis.com/google.rpc.ErrorInfo"));
  EXPECT_THAT(types, Contains("type.googleapis.com/google.rpc.PreconditionFailure"));
}

TEST(Problem, SaysWhatHelps) {
  const HttpResponse later =
      ProblemResponse(error::RetryAfter(absl::StatusCode::kUnavailable, "X", "x", absl::Milliseconds(1500)));
  EXPECT_THAT(later.headers, Contains(Pair("retry-after", "2")));
  EXPECT_THAT(ProblemResponse(absl::UnauthenticatedError("x")).headers,
              Contains(Pair("www-authenticate", "Bearer")));
}

TEST(Problem, TellsNothingOfTheInside) {
  const absl::Status lost = ForCallers(absl::UnavailableError("failed to connect to ipv4:10.0.0.7:7002"));
  EXPECT_EQ(error::ReasonOf(lost), "PEER_UNAVAILABLE");
  EXPECT_EQ(lost.message(), "the service cannot be reached");
  EXPECT_EQ(error::ReasonOf(ForCallers(absl::InternalError("stack"))), "PEER_FAILED");
  // A replica's end is not the caller's doing, and what is too large stays so.
  EXPECT_EQ(ForCallers(absl::CancelledError("")).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ForCallers(absl::ResourceExhaustedError("")).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ForCallers(error::Denied()), error::Denied());
  EXPECT_TRUE(ForCallers(absl::OkStatus()).ok());
}

TEST(Problem, EscapesItsMessage) {
  const HttpResponse response = ProblemResponse(absl::InternalError("a \"quote\"\n"));
  EXPECT_EQ(nlohmann::json::parse(response.body).at("error").at("message"), "a \"quote\"\n");
}

}  // namespace
}  // namespace firstfloor::gateway
