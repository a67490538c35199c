// Plans on a real database: made against what is booked, booked whole or not at all.
#include <atomic>
#include <iostream>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "firstfloor/outreach/v1/plan_service.pb.h"
#include "firstfloor/outreach/v1/series_service.pb.h"
#include "services/outreach/outreach_fixture.h"

namespace firstfloor::outreach {
namespace {

using testing::RequestId;

class OutreachPlan : public OutreachTest {
 protected:
  static std::string NewRound() {
    v1::CreateRoundRequest request;
    request.set_request_id(RequestId());
    request.mutable_round()->set_topic("fire safety");
    request.mutable_round()->set_area(kCommunity);
    return Must<v1::Round>("SeriesService.CreateRound", request, Staff(May(1, 9))).name();
  }

  // `groups` groups of 20 in the week from Monday 15 May.
  static v1::PlanSessionsRequest Wishes(int groups, const std::vector<v1::Venue>& venues,
                                        const std::vector<std::string>& lecturers) {
    v1::PlanSessionsRequest request;
    request.set_round(NewRound());
    for (int i = 0; i < groups; ++i) {
      v1::PlanGroup* group = request.add_groups();
      group->set_area(absl::StrCat("340111400001-CJ-0", 1 + i % 9));
      group->set_heads(20);
    }
    for (const v1::Venue& venue : venues) request.add_venues(venue.name());
    for (const std::string& lecturer : lecturers) request.add_lecturers(lecturer);
    request.set_start_day("2023-05-15");
    request.set_end_day("2023-05-20");
    request.set_most_heads(25);
    request.set_form(v1::SESSION_FORM_TALK);
    return request;
  }

  static v1::Plan Plan(const v1::PlanSessionsRequest& request) {
    return Must<v1::Plan>("PlanService.PlanSessions", request, Staff(May(2, 9)));
  }

  static absl::StatusOr<v1::CommitPlanResponse> Commit(const std::string& round, const v1::Plan& plan) {
    v1::CommitPlanRequest request;
    request.set_request_id(RequestId());
    request.set_round(round);
    *request.mutable_sessions() = plan.sessions();
    request.set_form(plan.form());
    testing::As as = Staff(May(2, 10));
    as.timeout = absl::Seconds(30);
    return Ask<v1::CommitPlanResponse>("PlanService.CommitPlan", request, as);
  }

  static int SessionsOf(const std::string& round) {
    v1::ListSessionsRequest request;
    request.set_area(kCommunity);
    request.set_round(round);
    request.set_page_size(1000);
    return Must<v1::ListSessionsResponse>("SessionService.ListSessions", request, Staff(absl::InfinitePast()))
        .sessions_size();
  }
};

TEST_F(OutreachPlan, IsBookedAsItWasMade) {
  const v1::PlanSessionsRequest wishes = Wishes(5, {NewVenue(30)}, {NewLecturer()});
  const v1::Plan plan = Plan(wishes);
  ASSERT_EQ(plan.sessions_size(), 5);
  EXPECT_EQ(plan.placed_heads(), 100);
  EXPECT_EQ(SessionsOf(wishes.round()), 0);  // nothing yet
  EXPECT_EQ(Plan(wishes).SerializeAsString(), plan.SerializeAsString());

  const absl::StatusOr<v1::CommitPlanResponse> booked = Commit(wishes.round(), plan);
  ASSERT_TRUE(booked.ok()) << booked.status();
  ASSERT_EQ(booked->sessions_size(), 5);
  const v1::Session session = Current(booked->sessions(0));
  EXPECT_EQ(session.state(), v1::SESSION_STATE_SCHEDULED);
  EXPECT_EQ(session.round(), wishes.round());
  EXPECT_EQ(session.topic(), "fire safety");
  EXPECT_EQ(session.capacity(), 25);
  EXPECT_EQ(session.venue(), plan.sessions(0).venue());
  EXPECT_TRUE(session.has_report_due_time());
  EXPECT_TRUE(Enrol(session.name(), "planned-1", 1, May(3, 9)).ok());
  // The week is taken now.
  EXPECT_EQ(Plan(wishes).sessions_size(), 0);
}

TEST_F(OutreachPlan, OfALargeBuildingIsBookedInParts) {
  v1::PlanSessionsRequest wishes = Wishes(1, {NewVenue(30), NewVenue(60)}, {NewLecturer(), NewLecturer()});
  wishes.mutable_groups(0)->set_heads(120);
  wishes.set_most_heads(40);
  const v1::Plan plan = Plan(wishes);
  ASSERT_EQ(plan.sessions_size(), 3);
  EXPECT_EQ(plan.placed_heads(), 120);
  const absl::StatusOr<v1::CommitPlanResponse> booked = Commit(wishes.round(), plan);
  ASSERT_TRUE(booked.ok()) << booked.status();
  std::set<int> parts;
  for (int i = 0; i < plan.sessions_size(); ++i) {
    EXPECT_EQ(plan.sessions(i).group().heads(), 40);
    EXPECT_TRUE(parts.insert(plan.sessions(i).part()).second);
    EXPECT_EQ(Current(booked->sessions(i)).capacity(), 40);
  }
  // More than there may be sessions.
  wishes.set_most_heads(1);
  wishes.mutable_groups(0)->set_heads(1001);
  EXPECT_EQ(error::ReasonOf(Ask<v1::Plan>("PlanService.PlanSessions", wishes, Staff(May(2, 9))).status()),
            "PLAN_TOO_LARGE");
}

// The largest plan that there may be is booked within the deadline of an ordinary call.
TEST_F(OutreachPlan, OfAThousandSessionsIsBookedAtOnce) {
  std::vector<v1::Venue> venues;
  std::vector<std::string> lecturers;
  for (int i = 0; i < 40; ++i) {
    venues.push_back(NewVenue(30));
    lecturers.push_back(NewLecturer());
  }
  v1::PlanSessionsRequest wishes = Wishes(1000, venues, lecturers);
  wishes.set_end_day("2023-06-15");
  const v1::Plan plan = Plan(wishes);
  ASSERT_EQ(plan.sessions_size(), 1000);
  const absl::Time start = absl::Now();
  const absl::StatusOr<v1::CommitPlanResponse> booked = Commit(wishes.round(), plan);
  ASSERT_TRUE(booked.ok()) << booked.status();
  EXPECT_EQ(booked->sessions_size(), 1000);
  EXPECT_LT(absl::Now() - start, absl::Seconds(15));
  std::cout << "booked in " << absl::Now() - start << "\n";
}

TEST_F(OutreachPlan, SaysWhatHasChangedAndBooksNothing) {
  const v1::Venue venue = NewVenue(30);
  const v1::Venue other = NewVenue(30);
  const v1::PlanSessionsRequest wishes = Wishes(8, {venue, other}, {NewLecturer(), NewLecturer()});
  const v1::Plan plan = Plan(wishes);
  ASSERT_EQ(plan.sessions_size(), 8);
  const absl::StatusOr<v1::Session> rival = Schedule(NewDraft(venue, NewLecturer(), 20, May(17, 18, 30)));
  ASSERT_TRUE(rival.ok()) << rival.status();
  const absl::Status taken = Commit(wishes.round(), plan).status();
  EXPECT_EQ(error::ReasonOf(taken), "PLAN_OUTDATED");
  EXPECT_TRUE(absl::StrContains(taken.ToString(), rival->name())) << taken;
  EXPECT_EQ(SessionsOf(wishes.round()), 0);

  v1::RetireVenueRequest retire;
  retire.set_request_id(RequestId());
  retire.set_name(other.name());
  Must<v1::Venue>("VenueService.RetireVenue", retire, Staff(May(2, 11)));
  const absl::Status gone = Commit(wishes.round(), plan).status();
  EXPECT_EQ(error::ReasonOf(gone), "PLAN_OUTDATED");
  EXPECT_TRUE(absl::StrContains(gone.ToString(), other.name())) << gone;
  EXPECT_EQ(SessionsOf(wishes.round()), 0);

  // Another plan works round both.
  const v1::Plan again = Plan(wishes);
  EXPECT_EQ(again.sessions_size(), 4);
  EXPECT_TRUE(Commit(wishes.round(), again).ok());
}

TEST_F(OutreachPlan, OneOfTwoPlansForTheSamePlacesIsBooked) {
  const std::vector<v1::Venue> venues = {NewVenue(30), NewVenue(30)};
  const std::vector<std::string> lecturers = {NewLecturer(), NewLecturer()};
  std::vector<v1::PlanSessionsRequest> wishes;
  std::vector<v1::Plan> plans;
  for (int i = 0; i < 4; ++i) {
    wishes.push_back(Wishes(6, venues, lecturers));
    plans.push_back(Plan(wishes.back()));
    ASSERT_EQ(plans.back().sessions_size(), 6);
  }
  std::atomic<int> booked{0};
  std::vector<std::thread> rivals;
  for (size_t i = 0; i < plans.size(); ++i) {
    rivals.emplace_back([&, i] {
      const absl::Status status = Commit(wishes[i].round(), plans[i]).status();
      booked += status.ok();
      EXPECT_TRUE(status.ok() || error::ReasonOf(status) == "PLAN_OUTDATED") << status;
    });
  }
  for (std::thread& rival : rivals) rival.join();
  EXPECT_EQ(booked, 1);
  int sessions = 0;
  for (const v1::PlanSessionsRequest& request : wishes) sessions += SessionsOf(request.round());
  EXPECT_EQ(sessions, 6);
}

TEST_F(OutreachPlan, IsNotMadeWithPlacesThatDoNotExist) {
  v1::PlanSessionsRequest wishes =
      Wishes(1, {NewVenue(30)}, {"lecturers/00000000-0000-7000-8000-000000000000"});
  EXPECT_EQ(error::ReasonOf(Ask<v1::Plan>("PlanService.PlanSessions", wishes, Staff(May(2, 9))).status()),
            "PLACE_UNKNOWN");
}

}  // namespace
}  // namespace firstfloor::outreach
