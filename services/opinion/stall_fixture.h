// The opinion service as the tests of stalls, rotations and campaigns run it.
#ifndef FIRSTFLOOR_SERVICES_OPINION_STALL_FIXTURE_H_
#define FIRSTFLOOR_SERVICES_OPINION_STALL_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/testing/suite.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/opinion/v1/stall_service.pb.h"
#include "gtest/gtest.h"

namespace firstfloor::opinion {

constexpr char kCommunity[] = "340111400001";
constexpr char kBuilding[] = "340111400001-CJ-07";

// One service for all tests of the program. Calls may be made from several threads.
class StallTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  static testing::Suite& suite();
  // One more replica on the same schema.
  static void StartReplica();

  static testing::As Staff(const std::string& area = kCommunity);
  static testing::As Then(testing::As as, absl::Time time);
  static testing::As Strong(testing::As as);

  // "StallService.PlanStall".
  template <typename Reply, typename Request>
  static absl::StatusOr<Reply> Ask(const std::string& method, const Request& request, const testing::As& as) {
    return suite().Call<Reply>("firstfloor.opinion.v1." + method, request, as);
  }
  // The same with a fresh request id, failing the test if it fails.
  template <typename Reply, typename Request>
  static Reply Must(const std::string& method, Request request, const testing::As& as) {
    if constexpr (requires { request.set_request_id(""); }) request.set_request_id(testing::RequestId());
    absl::StatusOr<Reply> reply = Ask<Reply>(method, request, as);
    EXPECT_TRUE(reply.ok()) << method << ": " << reply.status();
    return reply.ok() ? *std::move(reply) : Reply();
  }

  // A stall of two hours with these people.
  static v1::Stall Planned(const std::string& area, absl::Time start,
                           const std::vector<std::string>& subjects, const testing::As& as = Staff());
  static std::vector<v1::Stall> StallsIn(const std::string& area);
  static int64_t Count(const std::string& sql);
  static int64_t Advance(const std::string& area, absl::Time as_of);
  // The events about a resource that have been appended so far, in their order.
  static std::vector<events::v1::Event> EventsOf(const std::string& name);
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_STALL_FIXTURE_H_
