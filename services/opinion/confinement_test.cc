#include "services/opinion/confinement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "services/opinion/opinion_clock.h"
#include "services/opinion/opinion_rules.h"
#include "services/opinion/opinion_view.h"

namespace firstfloor::opinion::confinement {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using rules::Change;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr char kBuilding[] = "340111400001-CJ-07";

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, calendar::Shanghai(), &time, nullptr));
  return time;
}

const absl::Time kNow = At("2023-01-22 03:00");  // the night of the Spring Festival

Opinion Said(OpinionState state = OPINION_STATE_TRIAGED) {
  Opinion opinion;
  opinion.set_name("opinions/01900000-0000-7000-8000-000000000001");
  opinion.set_area(kBuilding);
  opinion.set_state(state);
  opinion.set_public_summary("楼道");
  opinion.mutable_reporter()->set_subject("reporter");
  *opinion.mutable_receive_time() = ToProto(kNow);
  clock::Start(opinion, 5, kNow);
  return opinion;
}

Opinion AboutStaff() {
  Opinion opinion = Said();
  opinion.set_about_staff(true);
  return opinion;
}

Opinion About(api::v1::Role role, const std::string& area) {
  Opinion opinion = AboutStaff();
  opinion.mutable_concerned()->mutable_person()->set_subject("concerned");
  HeldPost* post = opinion.mutable_concerned()->add_posts();
  post->set_role(role);
  post->set_area(area);
  return opinion;
}

Opinion Restricted(Restriction restriction, OpinionState state = OPINION_STATE_TRIAGED) {
  Opinion opinion = Said(state);
  rules::Restrict(opinion, restriction, kNow);
  return opinion;
}

auth::Identity Person(std::vector<auth::RoleInArea> roles, const std::string& subject = "caller") {
  auth::Identity identity;
  identity.kind = auth::Identity::Kind::kPerson;
  identity.subject = subject;
  identity.roles = std::move(roles);
  return identity;
}
auth::Identity Person(api::v1::Role role, const std::string& area) { return Person({{role, area}}); }

std::string ReasonOf(const absl::StatusOr<Change>& change) { return error::ReasonOf(change.status()); }

// InfiniteFuture if there is none of that kind.
absl::Time DeadlineOf(const Opinion& opinion, absl::string_view kind) {
  for (const clock::Deadline& deadline : clock::Deadlines(opinion)) {
    if (deadline.kind == kind) return deadline.time;
  }
  return absl::InfiniteFuture();
}

TEST(AboutStaff, IsReadAndDecidedOneLevelUpOnly) {
  const Opinion opinion = AboutStaff();
  EXPECT_EQ(DecidingArea(opinion), "340111400");
  EXPECT_TRUE(Handles(opinion, Person(api::v1::ROLE_COMMUNITY_STAFF, "340111400")));
  EXPECT_TRUE(Handles(opinion, Person(api::v1::ROLE_BRANCH_SECRETARY, "340111400")));
  // Neither below, nor two levels up, nor in another community.
  EXPECT_FALSE(Handles(opinion, Person(api::v1::ROLE_COMMUNITY_STAFF, "340111400001")));
  EXPECT_FALSE(Handles(opinion, Person(api::v1::ROLE_STEWARD, "340111400")));
  EXPECT_FALSE(Handles(opinion, Person(api::v1::ROLE_DISTRICT_ADMIN, "340111")));
  EXPECT_FALSE(Handles(opinion, Person(api::v1::ROLE_COMMUNITY_STAFF, "340104400")));
}

TEST(AboutStaff, OfTheCommunityIsTheDistrictsAndOfTheDistrictTheCitys) {
  const Opinion of_the_community = About(api::v1::ROLE_COMMUNITY_STAFF, "340111400");
  EXPECT_EQ(DecidingArea(of_the_community), "340111");
  EXPECT_TRUE(Handles(of_the_community, Person(api::v1::ROLE_DISTRICT_ADMIN, "340111")));
  EXPECT_FALSE(Handles(of_the_community, Person(api::v1::ROLE_BRANCH_SECRETARY, "340111400")));
  EXPECT_EQ(DecidingArea(About(api::v1::ROLE_DISTRICT_ADMIN, "340111")), "3401");
  EXPECT_EQ(DecidingArea(About(api::v1::ROLE_DISTRICT_ADMIN, "3401")), "");
  // A steward is below the community; so is whoever has a post somewhere else.
  EXPECT_EQ(DecidingArea(About(api::v1::ROLE_STEWARD, "340111400001-CJ")), "340111400");
  EXPECT_EQ(DecidingArea(About(api::v1::ROLE_COMMUNITY_STAFF, "340104400")), "340111400");
}

TEST(AboutStaff, IsHiddenFromEveryRoleThatThePersonConcernedHolds) {
  Opinion opinion = About(api::v1::ROLE_STEWARD, "340111400001-CJ");
  HeldPost* second = opinion.mutable_concerned()->add_posts();
  second->set_role(api::v1::ROLE_BRANCH_SECRETARY);
  second->set_area("340111400001");
  EXPECT_TRUE(Handles(opinion, Person(api::v1::ROLE_COMMUNITY_STAFF, "340111400")));
  EXPECT_FALSE(Handles(opinion, Person({{api::v1::ROLE_COMMUNITY_STAFF, "340111400"},
                                        {api::v1::ROLE_BRANCH_SECRETARY, "340111400001"}})));
  EXPECT_FALSE(Handles(opinion, Person({{api::v1::ROLE_COMMUNITY_STAFF, "340111400"}}, "concerned")));
}

TEST(Restricted, IsHandledByTheStaffOfTheWholeCommunityOrAbove) {
  for (const Restriction restriction : {RESTRICTION_CHILD_AT_RISK, RESTRICTION_THREAT}) {
    const Opinion opinion = Restricted(restriction);
    EXPECT_TRUE(Handles(opinion, Person(api::v1::ROLE_COMMUNITY_STAFF, "340111400")));
    EXPECT_TRUE(Handles(opinion, Person(api::v1::ROLE_DISTRICT_ADMIN, "340111")));
    EXPECT_FALSE(Handles(opinion, Person(api::v1::ROLE_STEWARD, "340111400")));
    EXPECT_FALSE(Handles(opinion, Person(api::v1::ROLE_GRID_WORKER, "340111400")));
    EXPECT_FALSE(Handles(opinion, Person(api::v1::ROLE_COMMUNITY_STAFF, "340111400001")));
  }
}

TEST(Restricted, AndAboutStaffIsForThoseAloneWhoMayHandleBoth) {
  Opinion opinion = About(api::v1::ROLE_COMMUNITY_STAFF, "340111400");
  rules::Restrict(opinion, RESTRICTION_THREAT, kNow);
  EXPECT_TRUE(Handles(opinion, Person(api::v1::ROLE_DISTRICT_ADMIN, "340111")));
  EXPECT_FALSE(Handles(opinion, Person(api::v1::ROLE_COMMUNITY_STAFF, "340111400")));
}

TEST(Confined, IsNobodyElsesBusiness) {
  for (const Opinion& opinion : {AboutStaff(), Restricted(RESTRICTION_THREAT)}) {
    EXPECT_TRUE(IsConfined(opinion));
    EXPECT_FALSE(view::IsPublic(opinion));
    const Opinion side = view::Of(opinion, Person(api::v1::ROLE_RESIDENT, kBuilding));
    EXPECT_EQ(side.name(), opinion.name());
    EXPECT_EQ(side.public_summary(), "");
    EXPECT_EQ(side.area(), "");
    EXPECT_EQ(view::Of(opinion, Person(std::vector<auth::RoleInArea>(), "reporter")).public_summary(),
              "楼道");
  }
}

TEST(Confined, StaysOutOfDeliberation) {
  EXPECT_EQ(ReasonOf(rules::Escalate(AboutStaff(), {}, "cases/1", kNow)), "ABOUT_STAFF");
  EXPECT_EQ(ReasonOf(rules::Dispatch(AboutStaff(), {}, "orders/1", kNow)), "ABOUT_STAFF");
  EXPECT_EQ(ReasonOf(rules::Transfer(AboutStaff(), "340104", kNow)), "ABOUT_STAFF");
  EXPECT_EQ(ReasonOf(rules::Transfer(Restricted(RESTRICTION_THREAT), "340104", kNow)), "RESTRICTED");
  EXPECT_TRUE(rules::Start(AboutStaff(), kNow).ok());
  EXPECT_EQ(ReasonOf(rules::Escalate(Restricted(RESTRICTION_THREAT), {}, "cases/1", kNow)), "RESTRICTED");
  EXPECT_EQ(ReasonOf(rules::Dispatch(Restricted(RESTRICTION_THREAT), {}, "orders/1", kNow)), "RESTRICTED");
}

TEST(AChildAtRisk, IsAnEmergencyAtAnyHourThatIsReportedAtOnce) {
  const Opinion opinion = Restricted(RESTRICTION_CHILD_AT_RISK);
  EXPECT_EQ(opinion.urgency(), OPINION_URGENCY_EMERGENCY);
  std::map<std::string, absl::Time> deadlines;
  for (const clock::Deadline& deadline : clock::Deadlines(opinion)) deadlines[deadline.kind] = deadline.time;
  EXPECT_EQ(deadlines["REPORT"], At("2023-01-22 03:15"));
  EXPECT_EQ(deadlines["ACKNOWLEDGE"], At("2023-01-22 03:15"));
  v1::HandOff police;
  police.set_body("110");
  police.set_number("20230122-17");
  const absl::StatusOr<Change> reported = rules::HandOff(opinion, police, At("2023-01-22 03:07"));
  ASSERT_TRUE(reported.ok()) << reported.status();
  EXPECT_EQ(FromProto(reported->opinion.report_time()), At("2023-01-22 03:07"));
  EXPECT_EQ(reported->opinion.hand_offs(0).number(), "20230122-17");
  for (const clock::Deadline& deadline : clock::Deadlines(reported->opinion))
    EXPECT_NE(deadline.kind, "REPORT");
}

TEST(AChildAtRisk, IsNeitherAnsweredNorWithdrawnNorMergedNorRefusedBeforeItIsReported) {
  const Opinion received = Restricted(RESTRICTION_CHILD_AT_RISK, OPINION_STATE_RECEIVED);
  RejectOpinionRequest spam;
  spam.set_reason(REJECT_REASON_SPAM);
  Opinion other = received;
  other.set_name("opinions/01900000-0000-7000-8000-000000000002");
  EXPECT_EQ(ReasonOf(rules::Answer(received, {}, kNow)), "CHILD_HARM_NOT_REPORTED");
  EXPECT_EQ(ReasonOf(rules::Withdraw(received, kNow)), "CHILD_HARM_NOT_REPORTED");
  EXPECT_EQ(ReasonOf(rules::Reject(received, spam, kNow)), "CHILD_HARM_NOT_REPORTED");
  EXPECT_EQ(error::ReasonOf(rules::Merge(received, other, kNow).status()), "CHILD_HARM_NOT_REPORTED");
  const Opinion triaged = Restricted(RESTRICTION_CHILD_AT_RISK, OPINION_STATE_TRIAGED);
  EXPECT_EQ(ReasonOf(rules::Refer(triaged, {}, kNow)), "CHILD_HARM_NOT_REPORTED");
  EXPECT_EQ(ReasonOf(rules::Transfer(triaged, "340104", kNow)), "CHILD_HARM_NOT_REPORTED");
  const Opinion started = Restricted(RESTRICTION_CHILD_AT_RISK, OPINION_STATE_IN_PROGRESS);
  EXPECT_EQ(ReasonOf(rules::Resolve(started, OPINION_OUTCOME_EXPLAINED, {}, kNow)),
            "CHILD_HARM_NOT_REPORTED");
  // To look after it is always allowed.
  EXPECT_TRUE(rules::Start(triaged, kNow).ok());
  v1::HandOff police;
  police.set_body("110");
  EXPECT_TRUE(rules::Withdraw(rules::HandOff(received, police, kNow)->opinion, kNow).ok());
}

TEST(AChildAtRisk, ThatIsNoticedLateIsReportedAtOnceFromThenOn) {
  Opinion closed = Said(OPINION_STATE_CLOSED);
  ConfineOpinionRequest request;
  request.set_restriction(RESTRICTION_CHILD_AT_RISK);
  request.set_reason_code("BRUISES");
  const absl::StatusOr<Change> confined = Confine(closed, request, kNow + absl::Hours(72));
  ASSERT_TRUE(confined.ok()) << confined.status();
  const absl::Time at_once = kNow + absl::Hours(72) + absl::Minutes(15);
  EXPECT_EQ(DeadlineOf(confined->opinion, "REPORT"), at_once);
  EXPECT_EQ(DeadlineOf(confined->opinion, "ACKNOWLEDGE"), at_once);
}

TEST(AChildAtRisk, ThatIsNoticedLateIsDueThatDayAndItsClockRuns) {
  ConfineOpinionRequest request;
  request.set_restriction(RESTRICTION_CHILD_AT_RISK);
  const absl::Time noticed = At("2023-01-30 10:00");  // the first Monday after the festival
  Opinion opinion = Said();
  opinion.set_working_days(10);
  *opinion.mutable_due_time() = ToProto(At("2023-02-11 00:00"));
  opinion = rules::AskReporter(opinion, "几楼？", At("2023-01-29 10:00"))->opinion;
  const Opinion late = Confine(opinion, request, noticed)->opinion;
  EXPECT_FALSE(late.has_waiting_since_time());
  EXPECT_EQ(FromProto(late.due_time()), At("2023-01-31 00:00"));
  EXPECT_EQ(late.working_days(), 0);
  // What was due before stays overdue.
  *opinion.mutable_due_time() = ToProto(At("2023-01-28 00:00"));
  opinion.clear_waiting_since_time();
  EXPECT_EQ(FromProto(Confine(opinion, request, noticed)->opinion.due_time()), At("2023-01-28 00:00"));
}

TEST(AnEmergency, IsNotGivenMoreTimeByWhatIsFoundOutLater) {
  Opinion opinion = Said(OPINION_STATE_RECEIVED);
  rules::DeclareEmergency(opinion, kNow);
  ConfineOpinionRequest request;
  for (const Restriction restriction : {RESTRICTION_THREAT, RESTRICTION_CHILD_AT_RISK}) {
    request.set_restriction(restriction);
    const Opinion confined = Confine(opinion, request, kNow + absl::Minutes(14))->opinion;
    EXPECT_EQ(DeadlineOf(confined, "ACKNOWLEDGE"), kNow + absl::Minutes(15));
    // Nor by lifting it again.
    request.clear_restriction();
    EXPECT_EQ(DeadlineOf(Confine(confined, request, kNow + absl::Minutes(20))->opinion, "ACKNOWLEDGE"),
              kNow + absl::Minutes(15));
  }
}

TEST(Confined, IsNotHandedToAServiceEither) {
  auth::Identity service;
  service.kind = auth::Identity::Kind::kService;
  service.subject = "deliberation";
  EXPECT_TRUE(CheckMayRead(Said(), service).ok());
  const auth::Identity staff = Person(api::v1::ROLE_COMMUNITY_STAFF, "340111400");
  const auth::Identity steward = Person(api::v1::ROLE_STEWARD, kBuilding);
  for (const Opinion& opinion : {AboutStaff(), Restricted(RESTRICTION_CHILD_AT_RISK)}) {
    EXPECT_EQ(error::ReasonOf(CheckMayRead(opinion, service)), "OPINION_CONFINED");
    EXPECT_EQ(error::ReasonOf(CheckMayRead(opinion, steward)), "DENIED");
    EXPECT_TRUE(CheckMayRead(opinion, staff).ok());
  }
}

TEST(Confining, TakesTheMatterBackFromDeliberation) {
  ConfineOpinionRequest request;
  request.set_restriction(RESTRICTION_THREAT);
  Opinion escalated = Said(OPINION_STATE_ESCALATED);
  escalated.set_case_("cases/1");
  const absl::StatusOr<Change> confined = Confine(escalated, request, kNow);
  ASSERT_TRUE(confined.ok()) << confined.status();
  EXPECT_EQ(confined->opinion.state(), OPINION_STATE_TRIAGED);
  EXPECT_EQ(confined->opinion.case_(), "");
  ASSERT_EQ(confined->steps.size(), 3u);
  EXPECT_EQ(confined->steps[0].moved().reason_code(), "CONFINED");
  EXPECT_EQ(confined->steps[1].recalled().case_(), "cases/1");
  EXPECT_TRUE(confined->steps[2].has_amended());

  Opinion dispatched = Said(OPINION_STATE_DISPATCHED);
  dispatched.set_order("orders/1");
  request.clear_restriction();
  request.set_about_staff(true);
  const absl::StatusOr<Change> about_staff = Confine(dispatched, request, kNow);
  ASSERT_TRUE(about_staff.ok()) << about_staff.status();
  EXPECT_EQ(about_staff->opinion.state(), OPINION_STATE_TRIAGED);
  EXPECT_EQ(about_staff->steps[1].recalled().order(), "orders/1");
}

TEST(Confining, HidesAlsoWhatDeliberationHasEnded) {
  ConfineOpinionRequest request;
  request.set_restriction(RESTRICTION_THREAT);
  Opinion resolved = Said(OPINION_STATE_RESOLVED);
  resolved.set_order("orders/1");
  const Change confined = *Confine(resolved, request, kNow);
  EXPECT_EQ(confined.opinion.state(), OPINION_STATE_RESOLVED);
  EXPECT_EQ(confined.steps[0].recalled().order(), "orders/1");
  // What was never there is not taken back, nor is anything by lifting it.
  EXPECT_TRUE(Confine(Said(), request, kNow)->steps[0].has_amended());
  request.clear_restriction();
  EXPECT_TRUE(Confine(resolved, request, kNow)->steps[0].has_amended());
}

TEST(WhatIsTheSecretarys, IsDoneOnTheLevelThatDecides) {
  const auth::Identity secretary = Person(api::v1::ROLE_BRANCH_SECRETARY, "340111400");
  const auth::Identity district = Person(api::v1::ROLE_DISTRICT_ADMIN, "340111");
  EXPECT_TRUE(DecidesAsSecretary(Said(), secretary));
  EXPECT_FALSE(DecidesAsSecretary(Said(), Person(api::v1::ROLE_COMMUNITY_STAFF, "340111400")));
  EXPECT_FALSE(DecidesAsSecretary(Said(), district));
  EXPECT_TRUE(DecidesAsSecretary(AboutStaff(), secretary));
  const Opinion above = About(api::v1::ROLE_BRANCH_SECRETARY, "340111400");
  EXPECT_TRUE(IsDecidedAbove(above));
  EXPECT_TRUE(DecidesAsSecretary(above, district));
  EXPECT_TRUE(DecidesAsSecretary(above, Person(api::v1::ROLE_BRANCH_SECRETARY, "340111")));
  EXPECT_FALSE(DecidesAsSecretary(above, secretary));
  EXPECT_FALSE(DecidesAsSecretary(above, Person(api::v1::ROLE_COMMUNITY_STAFF, "340111")));
  EXPECT_FALSE(DecidesAsSecretary(above, Person(api::v1::ROLE_DISTRICT_ADMIN, "3401")));
}

TEST(Confining, CanBeLiftedWithAReason) {
  ConfineOpinionRequest request;
  request.set_restriction(RESTRICTION_THREAT);
  request.set_reason_code("HE_SAID_SO");
  const Opinion confined = Confine(Said(), request, kNow)->opinion;
  EXPECT_TRUE(IsConfined(confined));
  request.clear_restriction();
  request.set_reason_code("MISREAD");
  const Opinion lifted = Confine(confined, request, kNow)->opinion;
  EXPECT_FALSE(IsConfined(lifted));
  EXPECT_EQ(lifted.timeline(1).what(), "CONFINEMENT_LIFTED");
  EXPECT_EQ(lifted.timeline(1).reason_code(), "MISREAD");
}

TEST(Confining, NamesSomebodyConcernedOnlyWhenItIsAboutStaff) {
  ConfineOpinionRequest request;
  request.mutable_concerned()->mutable_person()->set_subject("somebody");
  EXPECT_EQ(ReasonOf(Confine(Said(), request, kNow)), "INVALID_FIELD");
  request.set_about_staff(true);
  EXPECT_EQ(Confine(Said(), request, kNow)->opinion.concerned().person().subject(), "somebody");
}

}  // namespace
}  // namespace firstfloor::opinion::confinement
