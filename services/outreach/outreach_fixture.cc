#include "services/outreach/outreach_fixture.h"

#include <atomic>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/db/schema/migrations.h"
#include "common/events/log.h"
#include "firstfloor/outreach/v1/lecturer_service.pb.h"
#include "services/outreach/furnish.h"

namespace firstfloor::outreach {
namespace {

using calendar::ToProto;
using testing::As;
using testing::RequestId;

testing::Suite* running = nullptr;
std::mutex token_mutex;
std::atomic<int> next_number{1};

}  // namespace

absl::Time May(int day, int hour, int minute) {
  return absl::FromCivil(absl::CivilMinute(2023, 5, day, hour, minute), calendar::Shanghai());
}

void OutreachTest::SetUpTestSuite() {
  running = new testing::Suite;
  running->Start({.name = "outreach", .migrations = schema::Migrations(), .furnish = Furnish});
}

void OutreachTest::TearDownTestSuite() {
  delete running;
  running = nullptr;
}

testing::Suite& OutreachTest::suite() { return *running; }
rpc::Client& OutreachTest::client() { return running->client("outreach"); }

As OutreachTest::Staff(absl::Time as_of) {
  return {.role = api::v1::ROLE_COMMUNITY_STAFF, .area = kCommunity, .subject = "staff", .as_of = as_of};
}

As OutreachTest::Resident(const std::string& subject, absl::Time as_of) {
  return {.role = api::v1::ROLE_RESIDENT, .area = kCommunity, .subject = subject, .as_of = as_of};
}

rpc::CallOptions OutreachTest::Options(const As& as) {
  const std::lock_guard lock(token_mutex);
  return running->Options(as);
}

v1::Venue OutreachTest::NewVenue(int capacity) {
  v1::CreateVenueRequest request;
  request.set_request_id(RequestId());
  request.mutable_venue()->set_display_name(absl::StrCat("venue ", next_number++));
  request.mutable_venue()->set_area(kBuilding);
  request.mutable_venue()->set_kind(v1::VENUE_KIND_LOBBY);
  request.mutable_venue()->set_capacity(capacity);
  return Must<v1::Venue>("VenueService.CreateVenue", request, Staff(May(1, 9)));
}

std::string OutreachTest::NewLecturer() {
  v1::CreateLecturerRequest request;
  request.set_request_id(RequestId());
  request.mutable_lecturer()->set_display_name(absl::StrCat("lecturer ", next_number++));
  request.mutable_lecturer()->set_area(kCommunity);
  request.mutable_lecturer()->set_kind(v1::LECTURER_KIND_EXPERT);
  return Must<v1::Lecturer>("LecturerService.CreateLecturer", request, Staff(May(1, 9))).name();
}

v1::Session OutreachTest::NewDraft(const v1::Venue& venue, const std::string& lecturer, int capacity,
                                   absl::Time start) {
  v1::CreateSessionRequest request;
  request.set_request_id(RequestId());
  v1::Session& session = *request.mutable_session();
  session.set_area(kBuilding);
  session.set_form(v1::SESSION_FORM_TALK);
  session.set_topic("fire safety");
  session.add_lecturers(lecturer);
  session.set_venue(venue.name());
  session.set_capacity(capacity);
  *session.mutable_window()->mutable_start_time() = ToProto(start);
  *session.mutable_window()->mutable_end_time() = ToProto(start + absl::Hours(1));
  return Must<v1::Session>("SessionService.CreateSession", request, Staff(May(1, 10)));
}

absl::StatusOr<v1::Session> OutreachTest::Schedule(const v1::Session& session, const std::string& force) {
  v1::ScheduleSessionRequest request;
  request.set_request_id(RequestId());
  request.set_name(session.name());
  request.set_force_reason(force);
  return Ask<v1::Session>("SessionService.ScheduleSession", request, Staff(May(1, 11)));
}

v1::Session OutreachTest::NewScheduled(int capacity, absl::Time start) {
  const absl::StatusOr<v1::Session> session =
      Schedule(NewDraft(NewVenue(capacity * 2), NewLecturer(), capacity, start));
  EXPECT_TRUE(session.ok()) << session.status();
  return session.ok() ? *session : v1::Session();
}

absl::StatusOr<v1::Enrolment> OutreachTest::Enrol(const std::string& session, const std::string& subject,
                                                  int heads, absl::Time as_of) {
  v1::EnrolRequest request;
  request.set_request_id(RequestId());
  request.set_session(session);
  request.set_heads(heads);
  return Ask<v1::Enrolment>("EnrolmentService.Enrol", request, Resident(subject, as_of));
}

absl::StatusOr<v1::Session> OutreachTest::Start(const std::string& session, absl::Time as_of) {
  v1::StartSessionRequest request;
  request.set_request_id(RequestId());
  request.set_name(session);
  return Ask<v1::Session>("SessionService.StartSession", request, Staff(as_of));
}

absl::StatusOr<v1::Session> OutreachTest::WalkIn(const std::string& session, int masses, absl::Time as_of) {
  v1::CheckInWalkInRequest request;
  request.set_request_id(RequestId());
  request.set_session(session);
  v1::IdentityHeads* heads = request.add_heads();
  heads->set_identity(v1::IDENTITY_MASSES);
  heads->set_heads(masses);
  return Ask<v1::Session>("EnrolmentService.CheckInWalkIn", request, Staff(as_of));
}

absl::StatusOr<v1::Session> OutreachTest::Complete(const std::string& session, int masses, bool by_hand,
                                                   absl::Time as_of) {
  v1::CompleteSessionRequest request;
  request.set_request_id(RequestId());
  request.set_name(session);
  request.mutable_report()->set_counted_by_hand(by_hand);
  request.mutable_report()->set_summary("Zhang asked about earth wires");
  request.mutable_report()->add_photos(kPhoto);
  v1::IdentityHeads* heads = request.mutable_report()->add_heads();
  heads->set_identity(v1::IDENTITY_MASSES);
  heads->set_heads(masses);
  return Ask<v1::Session>("SessionService.CompleteSession", request, Staff(as_of));
}

v1::Session OutreachTest::Current(const std::string& session) {
  v1::GetSessionRequest request;
  request.set_name(session);
  return Must<v1::Session>("SessionService.GetSession", request, Staff(absl::InfinitePast()));
}

std::vector<v1::Enrolment> OutreachTest::EnrolmentsOf(const std::string& session) {
  v1::ListEnrolmentsRequest request;
  request.set_session(session);
  request.set_page_size(1000);
  std::vector<v1::Enrolment> all;
  do {
    const auto page = Must<v1::ListEnrolmentsResponse>("EnrolmentService.ListEnrolments", request,
                                                       Staff(absl::InfinitePast()));
    all.insert(all.end(), page.enrolments().begin(), page.enrolments().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

std::vector<events::v1::Event> OutreachTest::EventsOf(const std::string& name) {
  db::Connection connection(running->database("outreach"));
  EXPECT_TRUE(events::AwaitCaughtUp(connection, "", absl::Now() + absl::Seconds(10)).ok());
  std::vector<events::v1::Event> found;
  int64_t after = 0;
  while (true) {
    const auto page = events::ReadAfter(connection, after, 1000);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok() || page->empty()) return found;
    for (const events::v1::Event& event : *page) {
      if (event.subject() == name) found.push_back(event);
    }
    after = page->back().seq();
  }
}

}  // namespace firstfloor::outreach
