#include "services/outreach/session_rules.h"

#include <map>
#include <set>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/outreach/enrolment_rules.h"

namespace firstfloor::outreach::rules {
namespace {

using calendar::ToProto;
using v1::Session;

const LocalHours kUsual;

absl::Time At(int hour, int minute = 0) {
  return absl::FromCivil(absl::CivilMinute(2023, 5, 10, hour, minute), calendar::Shanghai());
}

void SetWindow(Session& session, absl::Time start, absl::Time end) {
  *session.mutable_window()->mutable_start_time() = ToProto(start);
  *session.mutable_window()->mutable_end_time() = ToProto(end);
}

Session Draft() {
  Session session;
  session.set_name("sessions/01900000-0000-7000-8000-000000000001");
  session.set_area("340111400001-CJ-07");
  session.set_form(v1::SESSION_FORM_TALK);
  session.set_topic("fire safety");
  session.add_lecturers("lecturers/01900000-0000-7000-8000-000000000002");
  session.set_venue("venues/01900000-0000-7000-8000-000000000003");
  SetWindow(session, At(18), At(19));
  session.set_capacity(30);
  session.set_state(v1::SESSION_STATE_DRAFT);
  return session;
}

v1::Venue Lobby() {
  v1::Venue venue;
  venue.set_name("venues/01900000-0000-7000-8000-000000000003");
  venue.set_area("340111400001-CJ-07");
  venue.set_state(v1::VENUE_STATE_ACTIVE);
  venue.set_capacity(30);
  return venue;
}

Session Scheduled() { return *Schedule(Draft(), Lobby(), kUsual, {}, At(8)); }
Session Running() { return *Start(Scheduled(), At(18)); }

std::string ReasonOf(const absl::Status& status) { return error::ReasonOf(status); }

TEST(SessionRules, EveryStateAllowsJustItsMoves) {
  using State = v1::SessionState;
  using Move = SessionMove;
  const std::map<std::pair<State, Move>, State> allowed = {
      {{v1::SESSION_STATE_DRAFT, Move::kUpdate}, v1::SESSION_STATE_DRAFT},
      {{v1::SESSION_STATE_DRAFT, Move::kSchedule}, v1::SESSION_STATE_SCHEDULED},
      {{v1::SESSION_STATE_DRAFT, Move::kCancel}, v1::SESSION_STATE_CANCELLED},
      {{v1::SESSION_STATE_SCHEDULED, Move::kUpdate}, v1::SESSION_STATE_SCHEDULED},
      {{v1::SESSION_STATE_SCHEDULED, Move::kStart}, v1::SESSION_STATE_IN_PROGRESS},
      {{v1::SESSION_STATE_SCHEDULED, Move::kCancel}, v1::SESSION_STATE_CANCELLED},
      {{v1::SESSION_STATE_IN_PROGRESS, Move::kComplete}, v1::SESSION_STATE_COMPLETED},
  };
  for (int state = v1::SessionState_MIN; state <= v1::SessionState_MAX; ++state) {
    for (const Move move : {Move::kUpdate, Move::kSchedule, Move::kStart, Move::kComplete, Move::kCancel}) {
      Session session = Draft();
      session.set_state(static_cast<State>(state));
      const absl::StatusOr<State> to = After(session, move);
      const auto expected = allowed.find({static_cast<State>(state), move});
      if (expected != allowed.end()) {
        ASSERT_TRUE(to.ok()) << state << " " << static_cast<int>(move);
        EXPECT_EQ(*to, expected->second);
      } else {
        EXPECT_EQ(to.status().code(), absl::StatusCode::kFailedPrecondition);
        EXPECT_EQ(ReasonOf(to.status()), "SESSION_WRONG_STATE") << state << " " << static_cast<int>(move);
      }
    }
  }
}

TEST(SessionRules, ASessionMustHaveAWindowThatMakesSense) {
  Session session = Draft();
  EXPECT_TRUE(CheckSession(session).ok());
  SetWindow(session, At(19), At(19));
  EXPECT_EQ(ReasonOf(CheckSession(session)), "INVALID_FIELD");
  SetWindow(session, At(8), At(20));
  EXPECT_TRUE(CheckSession(session).ok());
  SetWindow(session, At(8), At(20) + absl::Microseconds(1));
  EXPECT_EQ(ReasonOf(CheckSession(session)), "INVALID_FIELD");
  session.mutable_window()->clear_end_time();
  EXPECT_EQ(ReasonOf(CheckSession(session)), "INVALID_FIELD");
}

TEST(SessionRules, ALecturerIsNamedOnce) {
  Session session = Draft();
  session.add_lecturers(session.lecturers(0));
  EXPECT_EQ(ReasonOf(CheckSession(session)), "INVALID_FIELD");
}

TEST(SessionRules, AnOccupationIncludesTheTravelBuffer) {
  const Occupation taken = OccupationOf(Draft(), kUsual);
  EXPECT_EQ(taken.from, At(17, 45));
  EXPECT_EQ(taken.to, At(19, 15));
  const Occupation longer = OccupationOf(Draft(), {.travel_buffer = absl::Minutes(40)});
  EXPECT_EQ(longer.from, At(17, 20));
  EXPECT_EQ(longer.to, At(19, 40));
}

TEST(SessionRules, SchedulingNeedsVenueLecturersWindowAndCapacity) {
  for (const auto& take_away : std::vector<std::function<void(Session&)>>{
           [](Session& s) { s.clear_venue(); }, [](Session& s) { s.clear_lecturers(); },
           [](Session& s) { s.clear_window(); }, [](Session& s) { s.clear_capacity(); }}) {
    Session session = Draft();
    take_away(session);
    EXPECT_EQ(ReasonOf(Schedule(session, Lobby(), kUsual, {}, At(8)).status()), "SESSION_INCOMPLETE");
  }
}

TEST(SessionRules, SchedulingSetsStateAndReportTerm) {
  const Session session = Scheduled();
  EXPECT_EQ(session.state(), v1::SESSION_STATE_SCHEDULED);
  EXPECT_EQ(calendar::FromProto(session.report_due_time()), At(19) + absl::Hours(48));
  EXPECT_FALSE(session.has_forced());
}

TEST(SessionRules, NothingIsScheduledInThePast) {
  EXPECT_EQ(ReasonOf(Schedule(Draft(), Lobby(), kUsual, {}, At(18)).status()), "SESSION_IN_THE_PAST");
  EXPECT_TRUE(Schedule(Draft(), Lobby(), kUsual, {}, At(18) - absl::Seconds(1)).ok());
}

TEST(SessionRules, TheVenueMustBeInUseNearAndLargeEnough) {
  v1::Venue venue = Lobby();
  venue.set_state(v1::VENUE_STATE_RETIRED);
  EXPECT_EQ(ReasonOf(Schedule(Draft(), venue, kUsual, {}, At(8)).status()), "VENUE_RETIRED");
  venue = Lobby();
  venue.set_capacity(29);
  EXPECT_EQ(ReasonOf(Schedule(Draft(), venue, kUsual, {}, At(8)).status()), "CAPACITY_ABOVE_VENUE");
  venue = Lobby();
  venue.set_area("340111400001-CJ-08");
  EXPECT_EQ(ReasonOf(Schedule(Draft(), venue, kUsual, {}, At(8)).status()), "VENUE_ELSEWHERE");
  venue.set_area("340111400001-CJ");
  EXPECT_TRUE(Schedule(Draft(), venue, kUsual, {}, At(8)).ok());
}

TEST(SessionRules, QuietHoursAreForcedByStaffOnlyAndRecorded) {
  Session session = Draft();
  SetWindow(session, At(20, 30), At(21, 30));
  EXPECT_EQ(ReasonOf(Schedule(session, Lobby(), kUsual, {}, At(8)).status()), "QUIET_HOURS");
  EXPECT_EQ(ReasonOf(Schedule(session, Lobby(), kUsual, {.reason = "a festival"}, At(8)).status()),
            "FORCE_NOT_ALLOWED");
  const absl::StatusOr<Session> forced =
      Schedule(session, Lobby(), kUsual, {.reason = "a festival", .allowed = true}, At(8));
  ASSERT_TRUE(forced.ok()) << forced.status();
  EXPECT_TRUE(forced->forced().in_quiet_hours());
  EXPECT_FALSE(forced->forced().outside_open_hours());
  EXPECT_EQ(forced->forced().reason(), "a festival");
  EXPECT_EQ(calendar::FromProto(forced->forced().force_time()), At(8));
}

TEST(SessionRules, ACommunityHasItsOwnQuietHours) {
  const LocalHours own = {.quiet = *calendar::QuietHours::Parse("18:30-19:30")};
  EXPECT_EQ(ReasonOf(Schedule(Draft(), Lobby(), own, {}, At(8)).status()), "QUIET_HOURS");
  Session session = Draft();
  SetWindow(session, At(21), At(22));
  EXPECT_TRUE(Schedule(session, Lobby(), own, {}, At(8)).ok());
}

TEST(SessionRules, AClosedVenueIsRefused) {
  v1::Venue venue = Lobby();
  v1::OpenDay* wednesday = venue.add_open_days();
  wednesday->set_weekday(v1::WEEKDAY_WEDNESDAY);
  v1::OpenSpan* span = wednesday->add_spans();
  span->set_start_minute(18 * 60);
  span->set_end_minute(19 * 60);
  EXPECT_TRUE(Schedule(Draft(), venue, kUsual, {}, At(8)).ok());
  Session session = Draft();
  SetWindow(session, At(18), At(19, 1));
  EXPECT_EQ(ReasonOf(Schedule(session, venue, kUsual, {}, At(8)).status()), "VENUE_CLOSED");
}

TEST(SessionRules, HoursForcedOnceStayForcedWhileTimeAndPlaceStay) {
  Session draft = Draft();
  SetWindow(draft, At(20, 30), At(21, 30));
  const Session before = *Schedule(draft, Lobby(), kUsual, {.reason = "a festival", .allowed = true}, At(8));
  Session changed = before;
  changed.set_topic("another");
  const absl::StatusOr<Session> same_time = Reschedule(before, changed, Lobby(), kUsual, {}, At(9));
  ASSERT_TRUE(same_time.ok());
  EXPECT_TRUE(same_time->has_forced());
  SetWindow(changed, At(20, 40), At(21, 40));
  EXPECT_EQ(ReasonOf(Reschedule(before, changed, Lobby(), kUsual, {}, At(9)).status()), "QUIET_HOURS");
  SetWindow(changed, At(19), At(20));
  const absl::StatusOr<Session> usual = Reschedule(before, changed, Lobby(), kUsual, {}, At(9));
  ASSERT_TRUE(usual.ok());
  EXPECT_FALSE(usual->has_forced());
  EXPECT_EQ(calendar::FromProto(usual->report_due_time()), At(20) + absl::Hours(48));
}

TEST(SessionRules, CapacityNeverFallsBelowThePlacesTaken) {
  Session before = Scheduled();
  before.set_enrolled_heads(20);
  v1::IdentityHeads* walk_in = before.add_walk_ins();
  walk_in->set_heads(2);
  Session changed = before;
  changed.set_capacity(21);
  EXPECT_EQ(ReasonOf(Reschedule(before, changed, Lobby(), kUsual, {}, At(9)).status()),
            "CAPACITY_BELOW_ENROLLED");
  changed.set_capacity(22);
  EXPECT_TRUE(Reschedule(before, changed, Lobby(), kUsual, {}, At(9)).ok());
}

TEST(SessionRules, AnUpdateChangesWhatItsMaskNamesOnly) {
  v1::UpdateSessionRequest request;
  request.mutable_update_mask()->add_paths("capacity");
  request.set_capacity(10);
  request.set_topic("not to be taken");
  const absl::StatusOr<Session> changed = Change(Draft(), request);
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(changed->capacity(), 10);
  EXPECT_EQ(changed->topic(), "fire safety");
  request.mutable_update_mask()->add_paths("state");
  EXPECT_EQ(ReasonOf(Change(Draft(), request).status()), "INVALID_FIELD");
  request.clear_update_mask();
  EXPECT_EQ(ReasonOf(Change(Draft(), request).status()), "INVALID_FIELD");
}

TEST(SessionRules, StartsAtTheEarliestWhenTheDoorsOpen) {
  EXPECT_EQ(ReasonOf(Start(Scheduled(), At(17, 30) - absl::Seconds(1)).status()), "TOO_EARLY");
  const absl::StatusOr<Session> started = Start(Scheduled(), At(17, 30));
  ASSERT_TRUE(started.ok());
  EXPECT_EQ(started->state(), v1::SESSION_STATE_IN_PROGRESS);
}

v1::ClosingReport Report(int masses, int cadres) {
  v1::ClosingReport report;
  v1::IdentityHeads* heads = report.add_heads();
  heads->set_identity(v1::IDENTITY_MASSES);
  heads->set_heads(masses);
  heads = report.add_heads();
  heads->set_identity(v1::IDENTITY_CADRE);
  heads->set_heads(cadres);
  return report;
}

TEST(SessionRules, AReportCountsJustThoseWhoCame) {
  Session session = Running();
  session.set_checked_in_heads(10);
  AddWalkIns(session, v1::IDENTITY_MASSES, 5);
  session.set_waitlisted_heads(50);  // they never count
  const absl::StatusOr<Session> completed = Complete(session, Report(12, 3), At(19));
  ASSERT_TRUE(completed.ok()) << completed.status();
  EXPECT_EQ(completed->participants(), 15);
  EXPECT_FALSE(completed->report().exceeds_check_ins());
  EXPECT_EQ(ReasonOf(Complete(session, Report(12, 4), At(19)).status()), "REPORT_EXCEEDS_CHECK_INS");
  EXPECT_EQ(ReasonOf(Complete(session, Report(12, 2), At(19)).status()), "REPORT_BELOW_CHECK_INS");
}

TEST(SessionRules, AReportCountsThoseWhoWalkedInAsWhatTheyWere) {
  Session session = Running();
  session.set_checked_in_heads(10);
  AddWalkIns(session, v1::IDENTITY_CADRE, 5);
  EXPECT_TRUE(Complete(session, Report(10, 5), At(19)).ok());
  EXPECT_TRUE(Complete(session, Report(9, 6), At(19)).ok());  // one of those who enrolled is a cadre
  EXPECT_EQ(ReasonOf(Complete(session, Report(11, 4), At(19)).status()), "REPORT_BELOW_CHECK_INS");
  AddWalkIns(session, v1::IDENTITY_YOUTH, 1);
  EXPECT_EQ(ReasonOf(Complete(session, Report(10, 6), At(19)).status()), "REPORT_BELOW_CHECK_INS");
}

TEST(SessionRules, ACountByHandMayExceedTheCheckInsAndIsFlagged) {
  v1::ClosingReport report = Report(12, 4);
  report.set_counted_by_hand(true);
  const absl::StatusOr<Session> completed = Complete(Running(), report, At(19));
  ASSERT_TRUE(completed.ok());
  EXPECT_EQ(completed->participants(), 16);
  EXPECT_TRUE(completed->report().exceeds_check_ins());
}

TEST(SessionRules, ACountByHandMayBeBelowTheCheckIns) {
  Session session = Running();
  session.set_checked_in_heads(10);
  v1::ClosingReport report = Report(6, 1);
  report.set_counted_by_hand(true);
  const absl::StatusOr<Session> completed = Complete(session, report, At(19));
  ASSERT_TRUE(completed.ok()) << completed.status();
  EXPECT_EQ(completed->participants(), 7);
  EXPECT_FALSE(completed->report().exceeds_check_ins());
}

TEST(SessionRules, AReportIsOverdueTwoDaysAfterTheEnd) {
  const absl::Time due = At(19) + absl::Hours(48);
  EXPECT_FALSE(Complete(Running(), {}, due)->report_overdue());
  EXPECT_TRUE(Complete(Running(), {}, due + absl::Seconds(1))->report_overdue());
}

TEST(SessionRules, NothingIsOverdueOfASessionThatIsHeldAtAnotherTime) {
  Session before = Scheduled();
  before.set_report_overdue(true);
  Session changed = before;
  changed.set_topic("another");
  EXPECT_TRUE(Reschedule(before, changed, Lobby(), kUsual, {}, At(9))->report_overdue());
  SetWindow(changed, At(19), At(20));
  const absl::StatusOr<Session> moved = Reschedule(before, changed, Lobby(), kUsual, {}, At(9));
  EXPECT_FALSE(moved->report_overdue());
  EXPECT_EQ(calendar::FromProto(moved->report_due_time()), At(20) + absl::Hours(48));
}

TEST(SessionRules, AReportCountsEachIdentityOnce) {
  v1::ClosingReport report = Report(1, 1);
  report.mutable_heads(1)->set_identity(v1::IDENTITY_MASSES);
  EXPECT_EQ(ReasonOf(Complete(Running(), report, At(19)).status()), "INVALID_FIELD");
}

TEST(SessionRules, OnlyWhatIsNotOverAwaitsItsReport) {
  EXPECT_FALSE(AwaitsReport(Draft()));
  EXPECT_TRUE(AwaitsReport(Scheduled()));
  EXPECT_TRUE(AwaitsReport(Running()));
  EXPECT_FALSE(AwaitsReport(*Complete(Running(), {}, At(19))));
  EXPECT_FALSE(AwaitsReport(*Cancel(Scheduled(), v1::CANCEL_REASON_WEATHER, At(9))));
}

}  // namespace
}  // namespace firstfloor::outreach::rules
