#include "common/error/error.h"

#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"

namespace firstfloor::error {
namespace {

template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  const google::rpc::Status proto = ToProto(status);
  for (const auto& any : proto.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) return detail;
  }
  ADD_FAILURE() << "no " << Detail::descriptor()->full_name() << " in " << proto.DebugString();
  return {};
}

TEST(Error, CarriesItsReasonAndMetadata) {
  const absl::Status status = Precondition("TOO_LATE", "enrolment is over", {{"closed", "2023-05-01"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "TOO_LATE");
  const auto info = DetailOf<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.domain(), "firstfloor");
  EXPECT_EQ(info.metadata().at("closed"), "2023-05-01");
}

TEST(Error, ReportsEveryViolationAtOnce) {
  Violations violations;
  EXPECT_TRUE(violations.ToStatus().ok());
  violations.Add("a", "is required");
  violations.Add("b", "is too long");
  EXPECT_EQ(DetailOf<google::rpc::BadRequest>(violations.ToStatus()).field_violations_size(), 2);
}

TEST(Error, OfManyViolationsFitsIntoWhatClientsAccept) {
  Violations violations;
  for (int i = 0; i < 100; ++i) {
    violations.Add("activity.shifts[17].window", "must end after it begins, within the activity's window");
  }
  // Clients take 8 KiB of trailers, in base64.
  EXPECT_LT(ToProto(violations.ToStatus()).ByteSizeLong(), 6000u);
  EXPECT_GT(DetailOf<google::rpc::BadRequest>(violations.ToStatus()).field_violations_size(), 20);
}

TEST(Error, WrongStateNamesWhatIsAllowed) {
  const auto detail = DetailOf<google::rpc::PreconditionFailure>(
      WrongState("OPINION_WRONG_STATE", "opinions/1", "CLOSED", {"TRIAGED", "WITHDRAWN"}));
  ASSERT_EQ(detail.violations_size(), 2);
  EXPECT_EQ(detail.violations(1).description(), "WITHDRAWN");
}

TEST(Error, RetryAfterSaysHowLong) {
  const auto detail = DetailOf<google::rpc::RetryInfo>(
      RetryAfter(absl::StatusCode::kResourceExhausted, "BUSY", "busy", absl::Milliseconds(1500)));
  EXPECT_EQ(detail.retry_delay().seconds(), 1);
  EXPECT_EQ(detail.retry_delay().nanos(), 500'000'000);
}

TEST(Error, SurvivesTheWire) {
  const absl::Status status = NotFound("Opinion", "opinions/1");
  EXPECT_EQ(FromProto(ToProto(status)), status);
}

TEST(Error, KeepsPayloadsThatAreNotDetailsToItself) {
  absl::Status status = Denied();
  status.SetPayload("firstfloor.internal/x", absl::Cord("secret"));
  EXPECT_EQ(ToProto(status).details_size(), 1);
}

}  // namespace
}  // namespace firstfloor::error
