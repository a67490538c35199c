#include "services/opinion/stall_fixture.h"

#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/db/schema/migrations.h"
#include "common/events/log.h"
#include "firstfloor/opinion/v1/operations_service.pb.h"
#include "services/opinion/furnish.h"

namespace firstfloor::opinion {
namespace {

using calendar::ToProto;
using testing::As;

testing::Suite* running = nullptr;

}  // namespace

void StallTest::SetUpTestSuite() {
  running = new testing::Suite;
  StartReplica();
}

void StallTest::TearDownTestSuite() {
  delete running;
  running = nullptr;
}

testing::Suite& StallTest::suite() { return *running; }

void StallTest::StartReplica() {
  running->Start({.name = "opinion", .migrations = schema::Migrations(), .furnish = Furnish});
}

As StallTest::Staff(const std::string& area) {
  return {.role = api::v1::ROLE_COMMUNITY_STAFF, .area = area, .subject = "staff"};
}

As StallTest::Then(As as, absl::Time time) {
  as.as_of = time;
  return as;
}

As StallTest::Strong(As as) {
  as.strong = true;
  return as;
}

v1::Stall StallTest::Planned(const std::string& area, absl::Time start,
                             const std::vector<std::string>& subjects, const As& as) {
  v1::PlanStallRequest request;
  v1::Stall& stall = *request.mutable_stall();
  stall.set_area(area);
  *stall.mutable_window()->mutable_start_time() = ToProto(start);
  *stall.mutable_window()->mutable_end_time() = ToProto(start + absl::Hours(2));
  for (const std::string& subject : subjects) {
    v1::TeamMember* member = stall.add_team();
    member->set_organisation("STEWARD_TEAM");
    member->mutable_person()->set_subject(subject);
  }
  return Must<v1::Stall>("StallService.PlanStall", request, as);
}

std::vector<v1::Stall> StallTest::StallsIn(const std::string& area) {
  std::vector<v1::Stall> stalls;
  v1::ListStallsRequest request;
  request.set_area(area);
  request.set_page_size(1000);
  do {
    auto page = Must<v1::ListStallsResponse>("StallService.ListStalls", request, Strong(Staff(area)));
    stalls.insert(stalls.end(), page.stalls().begin(), page.stalls().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return stalls;
}

int64_t StallTest::Count(const std::string& sql) {
  db::Connection connection(running->database("opinion"));
  const absl::StatusOr<db::Rows> rows = connection.Query(sql);
  EXPECT_TRUE(rows.ok()) << rows.status();
  return rows.ok() ? rows->front().Int(0) : -1;
}

int64_t StallTest::Advance(const std::string& area, absl::Time as_of) {
  v1::AdvanceTimersRequest request;
  request.set_area(area);
  *request.mutable_as_of_time() = ToProto(as_of);
  return Must<v1::AdvanceTimersResponse>("OperationsService.AdvanceTimers", request, Staff(area)).fired();
}

std::vector<events::v1::Event> StallTest::EventsOf(const std::string& name) {
  db::Connection connection(running->database("opinion"));
  EXPECT_TRUE(events::AwaitCaughtUp(connection, "", absl::Now() + absl::Seconds(10)).ok());
  std::vector<events::v1::Event> found;
  int64_t after = 0;
  while (true) {
    const auto page = events::ReadAfter(connection, after, 1000);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok() || page->empty()) return found;
    after = page->back().seq();
    for (const events::v1::Event& event : *page) {
      if (event.subject() == name) found.push_back(event);
    }
  }
}

}  // namespace firstfloor::opinion
