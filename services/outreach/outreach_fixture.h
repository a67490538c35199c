// The outreach service as the tests of this folder run it, and a community to run it for.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_OUTREACH_FIXTURE_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_OUTREACH_FIXTURE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/testing/suite.h"
#include "firstfloor/events/v1/event.pb.h"
#include "firstfloor/outreach/v1/enrolment_service.pb.h"
#include "firstfloor/outreach/v1/session_service.pb.h"
#include "firstfloor/outreach/v1/venue_service.pb.h"
#include "gtest/gtest.h"

namespace firstfloor::outreach {

constexpr char kCommunity[] = "340111400001";
constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kPhoto[] = "https://photos.example/class/1.jpg";  // in every closing report

// An hour of a day in May 2023, Asia/Shanghai.
absl::Time May(int day, int hour, int minute = 0);

// One service for all tests of the program. Calls may be made from several threads.
class OutreachTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();

  static testing::As Staff(absl::Time as_of);
  static testing::As Resident(const std::string& subject, absl::Time as_of);
  static rpc::CallOptions Options(const testing::As& as);
  static rpc::Client& client();
  static testing::Suite& suite();

  // "SessionService.Enrol".
  template <typename Reply, typename Request>
  static absl::StatusOr<Reply> Ask(const std::string& method, const Request& request, const testing::As& as) {
    Reply reply;
    const absl::Status status = client().Ask("firstfloor.outreach.v1." + method, request, reply, Options(as));
    if (!status.ok()) return status;
    return reply;
  }
  // The same, failing the test if it fails.
  template <typename Reply, typename Request>
  static Reply Must(const std::string& method, const Request& request, const testing::As& as) {
    absl::StatusOr<Reply> reply = Ask<Reply>(method, request, as);
    EXPECT_TRUE(reply.ok()) << method << ": " << reply.status();
    return reply.ok() ? *std::move(reply) : Reply();
  }

  static v1::Venue NewVenue(int capacity);
  static std::string NewLecturer();
  // Drafted on 1 May; at most `capacity` people, from `start` for an hour.
  static v1::Session NewDraft(const v1::Venue& venue, const std::string& lecturer, int capacity,
                              absl::Time start);
  static v1::Session NewScheduled(int capacity, absl::Time start);
  static absl::StatusOr<v1::Session> Schedule(const v1::Session& session, const std::string& force = "");
  static absl::StatusOr<v1::Enrolment> Enrol(const std::string& session, const std::string& subject,
                                             int heads, absl::Time as_of);
  static absl::StatusOr<v1::Session> Start(const std::string& session, absl::Time as_of);
  static absl::StatusOr<v1::Session> WalkIn(const std::string& session, int masses, absl::Time as_of);
  static absl::StatusOr<v1::Session> Complete(const std::string& session, int masses, bool by_hand,
                                              absl::Time as_of);
  static v1::Session Current(const std::string& session);
  static std::vector<v1::Enrolment> EnrolmentsOf(const std::string& session);
  // The events about a resource that have been appended so far, in their order.
  static std::vector<events::v1::Event> EventsOf(const std::string& name);
};

}  // namespace firstfloor::outreach

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_OUTREACH_FIXTURE_H_
