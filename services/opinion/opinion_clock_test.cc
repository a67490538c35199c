#include "services/opinion/opinion_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "services/opinion/opinion_rules.h"

namespace firstfloor::opinion {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using v1::Opinion;

absl::Time At(const char* text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", text, calendar::Shanghai(), &time, nullptr));
  return time;
}

Opinion ReceivedAt(const char* text, int working_days,
                   v1::OpinionUrgency urgency = v1::OPINION_URGENCY_NORMAL,
                   v1::OpinionKind kind = v1::OPINION_KIND_PROBLEM) {
  Opinion opinion;
  opinion.set_name("opinions/01900000-0000-7000-8000-000000000001");
  opinion.set_area("340111400001-CJ-07");
  opinion.set_state(v1::OPINION_STATE_RECEIVED);
  opinion.set_urgency(urgency);
  opinion.set_kind(kind);
  *opinion.mutable_receive_time() = ToProto(At(text));
  clock::Start(opinion, working_days, At(text));
  return opinion;
}

v1::ExtendDeadlineRequest Extension(const std::string& reason_code, int working_days) {
  v1::ExtendDeadlineRequest request;
  request.set_reason_code(reason_code);
  request.set_working_days(working_days);
  return request;
}

std::map<std::string, absl::Time> DeadlinesOf(const Opinion& opinion) {
  std::map<std::string, absl::Time> deadlines;
  for (const clock::Deadline& deadline : clock::Deadlines(opinion)) deadlines[deadline.kind] = deadline.time;
  return deadlines;
}

TEST(Deadlines, SkipTheSpringFestivalOf2023) {
  // Thursday 19 January; the holiday is 21–27; Saturday 28 and Sunday 29 work.
  const Opinion opinion = ReceivedAt("2023-01-19 10:00", 3);
  EXPECT_THAT(DeadlinesOf(opinion), UnorderedElementsAre(Pair("REMINDER", At("2023-01-29 00:00")),
                                                         Pair("DUE", At("2023-01-30 00:00")),
                                                         Pair("ESCALATED", At("2023-02-07 00:00"))));
}

TEST(Deadlines, SkipTheNationalDayOf2023) {
  // Wednesday 27 September; the holiday is 29 September to 6 October; Saturday 7 and Sunday 8 work.
  const Opinion opinion = ReceivedAt("2023-09-27 18:00", 3);
  EXPECT_EQ(FromProto(opinion.due_time()), At("2023-10-09 00:00"));
  EXPECT_EQ(DeadlinesOf(opinion)["REMINDER"], At("2023-10-08 00:00"));
  EXPECT_EQ(DeadlinesOf(opinion)["ESCALATED"], At("2023-10-17 00:00"));
}

TEST(Deadlines, RemindNobodyOfWhatIsDueTheSameDay) {
  const Opinion opinion = ReceivedAt("2023-03-01 10:00", 0);
  EXPECT_EQ(DeadlinesOf(opinion).count("REMINDER"), 0u);
  EXPECT_EQ(DeadlinesOf(opinion)["DUE"], At("2023-03-02 00:00"));
}

TEST(Deadlines, WantAnEmergencyAcknowledgedWithin15MinutesAtAnyHour) {
  // The night of the Spring Festival.
  Opinion opinion = ReceivedAt("2023-01-22 03:00", 0, v1::OPINION_URGENCY_EMERGENCY);
  EXPECT_EQ(DeadlinesOf(opinion)["ACKNOWLEDGE"], At("2023-01-22 03:15"));
  *opinion.mutable_acknowledge_time() = ToProto(At("2023-01-22 03:10"));
  EXPECT_EQ(DeadlinesOf(opinion).count("ACKNOWLEDGE"), 0u);
}

TEST(Deadlines, WantThePetitionsNoticeAfter15CalendarDays) {
  Opinion petition = ReceivedAt("2023-09-20 10:00", 5, v1::OPINION_URGENCY_NORMAL, v1::OPINION_KIND_PETITION);
  EXPECT_EQ(DeadlinesOf(petition)["NOTICE"], At("2023-10-06 00:00"));  // end of 5 October, a holiday
  *petition.mutable_notice_time() = ToProto(At("2023-09-25 10:00"));
  EXPECT_EQ(DeadlinesOf(petition).count("NOTICE"), 0u);
}

TEST(Deadlines, EndWithTheDayInShanghai) {
  // One second before midnight there it is still Friday 3 March; it is 15:59:59 UTC.
  EXPECT_EQ(FromProto(ReceivedAt("2023-03-03 23:59", 1).due_time()), At("2023-03-07 00:00"));
  EXPECT_EQ(FromProto(ReceivedAt("2023-03-04 00:00", 1).due_time()), At("2023-03-07 00:00"));
  EXPECT_EQ(FromProto(ReceivedAt("2023-03-06 00:00", 1).due_time()), At("2023-03-08 00:00"));
  EXPECT_EQ(FromProto(ReceivedAt("2023-03-05 23:59", 1).due_time()), At("2023-03-07 00:00"));
  // The day of receipt does not count, whatever the hour: 15 calendar days are the same for both.
  for (const char* received : {"2023-03-01 00:00", "2023-03-01 23:59"}) {
    const Opinion petition = ReceivedAt(received, 5, v1::OPINION_URGENCY_NORMAL, v1::OPINION_KIND_PETITION);
    EXPECT_EQ(DeadlinesOf(petition)["NOTICE"], At("2023-03-17 00:00")) << received;
  }
}

TEST(Deadlines, TakeWorkingWeekendsForWorkingDays) {
  // Sunday 23 April and Saturday 6 May 2023 work for the holiday of Labour Day, 29 April to 3 May.
  EXPECT_EQ(FromProto(ReceivedAt("2023-04-21 09:00", 1).due_time()), At("2023-04-24 00:00"));
  EXPECT_EQ(FromProto(ReceivedAt("2023-04-28 09:00", 3).due_time()), At("2023-05-07 00:00"));
  // A Sunday that works is a day to be received on like any other.
  EXPECT_EQ(FromProto(ReceivedAt("2023-04-23 09:00", 0).due_time()), At("2023-04-24 00:00"));
  EXPECT_EQ(FromProto(ReceivedAt("2023-04-30 09:00", 0).due_time()), At("2023-05-05 00:00"));
}

TEST(Deadlines, OfAnotherSystemAreKeptBesideOurs) {
  Opinion opinion = ReceivedAt("2023-03-01 10:00", 5);
  *opinion.mutable_external_due_time() = ToProto(At("2023-03-03 17:00"));
  EXPECT_EQ(DeadlinesOf(opinion)["EXTERNAL"], At("2023-03-03 17:00"));
  EXPECT_EQ(clock::EarliestDuty(opinion)->kind, "EXTERNAL");
  const std::optional<rules::Change> lapse = rules::Lapse(opinion, "EXTERNAL", At("2023-03-03 17:00"));
  ASSERT_TRUE(lapse.has_value());
  EXPECT_EQ(DeadlinesOf(lapse->opinion).count("EXTERNAL"), 0u);
}

TEST(Pauses, StopOurClockAndNotThatOfAnotherSystem) {
  Opinion opinion = ReceivedAt("2023-03-01 10:00", 5);
  *opinion.mutable_external_due_time() = ToProto(At("2023-03-03 17:00"));
  const Opinion asked = rules::AskReporter(opinion, "几楼？", At("2023-03-02 09:00"))->opinion;
  EXPECT_THAT(DeadlinesOf(asked), ElementsAre(Pair("EXTERNAL", At("2023-03-03 17:00"))));
  EXPECT_EQ(clock::EarliestDuty(asked)->kind, "EXTERNAL");
  EXPECT_TRUE(rules::Lapse(asked, "EXTERNAL", At("2023-03-03 17:00")).has_value());
}

TEST(Pauses, AreNotForEmergencies) {
  const Opinion emergency = ReceivedAt("2023-03-01 10:00", 0, v1::OPINION_URGENCY_EMERGENCY);
  EXPECT_EQ(error::ReasonOf(rules::AskReporter(emergency, "几楼？", At("2023-03-01 10:01")).status()),
            "EMERGENCY_NEVER_PAUSED");
}

TEST(Duties, AreTheEarliestThatIsOwedAndStayUntilItIsDone) {
  Opinion opinion = ReceivedAt("2023-03-01 10:00", 2, v1::OPINION_URGENCY_EMERGENCY);
  EXPECT_EQ(clock::EarliestDuty(opinion)->kind, "ACKNOWLEDGE");
  *opinion.mutable_acknowledge_time() = ToProto(At("2023-03-01 10:05"));
  ASSERT_EQ(clock::EarliestDuty(opinion)->kind, "DUE");
  opinion.add_lapsed_deadlines("DUE");
  EXPECT_EQ(clock::EarliestDuty(opinion)->time, At("2023-03-04 00:00"));  // it is still owed
  *opinion.mutable_waiting_since_time() = ToProto(At("2023-03-02 10:00"));
  EXPECT_FALSE(clock::EarliestDuty(opinion).has_value());
  opinion.clear_waiting_since_time();
  opinion.set_state(v1::OPINION_STATE_RESOLVED);
  EXPECT_FALSE(clock::EarliestDuty(opinion).has_value());
  opinion.set_contact_preference(v1::CONTACT_PREFERENCE_PHONE);
  *opinion.mutable_resolve_time() = ToProto(At("2023-03-03 10:00"));
  EXPECT_EQ(clock::EarliestDuty(opinion)->kind, "CALL");
  EXPECT_EQ(clock::EarliestDuty(opinion)->time, At("2023-03-07 00:00"));
  opinion.set_state(v1::OPINION_STATE_REOPEN_REQUESTED);
  *opinion.mutable_feedback()->mutable_feedback_time() = ToProto(At("2023-03-06 10:00"));
  EXPECT_EQ(clock::EarliestDuty(opinion)->kind, "REOPENING");
  EXPECT_EQ(clock::EarliestDuty(opinion)->time, At("2023-03-09 00:00"));
  opinion.set_state(v1::OPINION_STATE_CLOSED);
  EXPECT_FALSE(clock::EarliestDuty(opinion).has_value());
}

TEST(Deadlines, AfterAnAnswerThereIsOnlySilence) {
  Opinion opinion = ReceivedAt("2023-03-01 10:00", 5);
  opinion.set_state(v1::OPINION_STATE_RESOLVED);
  *opinion.mutable_resolve_time() = ToProto(At("2023-03-03 15:00"));
  EXPECT_THAT(DeadlinesOf(opinion), ElementsAre(Pair("SILENCE", At("2023-03-17 15:00"))));
  opinion.set_kind(v1::OPINION_KIND_PETITION);  // never closed by silence
  EXPECT_THAT(DeadlinesOf(opinion), ElementsAre());
}

TEST(Deadlines, SilenceBeginsWhenTheReporterWasCalled) {
  Opinion opinion = ReceivedAt("2023-03-01 10:00", 5);
  opinion.set_contact_preference(v1::CONTACT_PREFERENCE_PHONE);
  opinion.set_state(v1::OPINION_STATE_ANSWERED);
  *opinion.mutable_resolve_time() = ToProto(At("2023-03-03 15:00"));
  EXPECT_THAT(DeadlinesOf(opinion), ElementsAre());
  *opinion.mutable_called_time() = ToProto(At("2023-03-06 09:00"));
  EXPECT_THAT(DeadlinesOf(opinion), ElementsAre(Pair("SILENCE", At("2023-03-20 09:00"))));
}

TEST(Pauses, MoveTheDeadlineByTheirWorkingDays) {
  const Opinion opinion = ReceivedAt("2023-01-18 10:00", 3);  // due at the end of Saturday 28, which works
  EXPECT_EQ(FromProto(opinion.due_time()), At("2023-01-29 00:00"));
  absl::StatusOr<rules::Change> asked = rules::AskReporter(opinion, "几楼？", At("2023-01-19 09:00"));
  ASSERT_TRUE(asked.ok());
  EXPECT_THAT(DeadlinesOf(asked->opinion), ElementsAre());
  EXPECT_EQ(error::ReasonOf(rules::AskReporter(asked->opinion, "?", At("2023-01-19 09:00")).status()),
            "CLOCK_STANDS");
  // Over the festival: Friday 20, Saturday 28 and Sunday 29 are its working days.
  absl::StatusOr<rules::Change> resumed = rules::ResumeClock(asked->opinion, At("2023-01-29 20:00"));
  ASSERT_TRUE(resumed.ok());
  EXPECT_EQ(FromProto(resumed->opinion.due_time()), At("2023-02-01 00:00"));
  EXPECT_EQ(resumed->opinion.question(), "");
  EXPECT_EQ(error::ReasonOf(rules::ResumeClock(resumed->opinion, At("2023-01-29 20:00")).status()),
            "CLOCK_RUNS");
}

TEST(Pauses, EndWithTheReplyOfTheReporter) {
  const Opinion opinion = ReceivedAt("2023-03-01 10:00", 2);  // due at the end of Friday 3
  const Opinion asked = rules::AskReporter(opinion, "几楼？", At("2023-03-02 09:00"))->opinion;
  const absl::StatusOr<rules::Change> replied = rules::ReplyToQuestion(asked, "七楼", At("2023-03-06 12:00"));
  ASSERT_TRUE(replied.ok()) << replied.status();
  EXPECT_EQ(replied->opinion.reply(), "七楼");
  EXPECT_EQ(FromProto(replied->opinion.due_time()), At("2023-03-08 00:00"));
  EXPECT_EQ(error::ReasonOf(rules::ReplyToQuestion(opinion, "七楼", At("2023-03-06 12:00")).status()),
            "CLOCK_RUNS");
}

TEST(Pauses, OfLessThanAWorkingDayMoveNothing) {
  const Opinion opinion = ReceivedAt("2023-03-01 10:00", 2);
  const Opinion asked = rules::AskReporter(opinion, "几楼？", At("2023-03-02 00:00"))->opinion;
  EXPECT_EQ(rules::ResumeClock(asked, At("2023-03-02 23:59"))->opinion.due_time().seconds(),
            opinion.due_time().seconds());
  // Over a weekend that rests neither.
  const Opinion on_friday =
      rules::AskReporter(ReceivedAt("2023-03-02 10:00", 5), "几楼？", At("2023-03-03 09:00"))->opinion;
  EXPECT_EQ(FromProto(rules::ResumeClock(on_friday, At("2023-03-05 23:59"))->opinion.due_time()),
            At("2023-03-10 00:00"));
}

TEST(Pauses, EndWithTheAnswerAndCountForIt) {
  const Opinion opinion = ReceivedAt("2023-03-01 10:00", 2);  // due at the end of Friday 3
  Opinion asked = rules::AskReporter(opinion, "几楼？", At("2023-03-02 09:00"))->opinion;
  asked.set_state(v1::OPINION_STATE_IN_PROGRESS);
  const absl::StatusOr<rules::Change> resolved =
      rules::Resolve(asked, v1::OPINION_OUTCOME_FIXED, {"a", "", ""}, At("2023-03-07 12:00"));
  ASSERT_TRUE(resolved.ok());
  EXPECT_TRUE(resolved->steps[0].resolved().on_time());
  EXPECT_FALSE(resolved->opinion.has_waiting_since_time());
}

TEST(Extensions, AreGivenOnce) {
  const Opinion opinion = ReceivedAt("2023-03-01 10:00", 5);  // due at the end of Wednesday 8
  const absl::StatusOr<rules::Change> extended =
      rules::ExtendDeadline(opinion, Extension("SPARE_PART", 3), false, At("2023-03-07 10:00"));
  ASSERT_TRUE(extended.ok());
  EXPECT_EQ(FromProto(extended->opinion.due_time()), At("2023-03-14 00:00"));
  EXPECT_EQ(error::ReasonOf(
                rules::ExtendDeadline(extended->opinion, Extension("AGAIN", 1), false, At("2023-03-08 10:00"))
                    .status()),
            "ALREADY_EXTENDED");
}

TEST(Extensions, LetWhatHasLapsedLapseAgain) {
  Opinion opinion = ReceivedAt("2023-03-01 10:00", 5);
  opinion = rules::Lapse(opinion, "REMINDER", At("2023-03-08 00:00"))->opinion;
  opinion = rules::Lapse(opinion, "DUE", At("2023-03-09 00:00"))->opinion;
  EXPECT_THAT(opinion.lapsed_deadlines(), ElementsAre("REMINDER", "DUE"));
  opinion =
      rules::ExtendDeadline(opinion, Extension("SPARE_PART", 3), false, At("2023-03-09 10:00"))->opinion;
  EXPECT_THAT(opinion.lapsed_deadlines(), ElementsAre());
}

TEST(Lapses, InformOnceAndMoveNothing) {
  const Opinion opinion = ReceivedAt("2023-03-01 10:00", 2);
  EXPECT_FALSE(rules::Lapse(opinion, "DUE", At("2023-03-03 23:59")).has_value());
  const std::optional<rules::Change> lapse = rules::Lapse(opinion, "DUE", At("2023-03-05 08:00"));
  ASSERT_TRUE(lapse.has_value());
  EXPECT_EQ(lapse->opinion.state(), v1::OPINION_STATE_RECEIVED);
  EXPECT_EQ(lapse->steps[0].deadline_passed().deadline(), "DUE");
  EXPECT_FALSE(rules::Lapse(lapse->opinion, "DUE", At("2023-03-06 08:00")).has_value());
}

TEST(Lapses, FindThatTheOpinionHasMovedOn) {
  Opinion opinion = ReceivedAt("2023-03-01 10:00", 2);
  opinion.set_state(v1::OPINION_STATE_WITHDRAWN);
  for (const char* kind : {"REMINDER", "DUE", "ESCALATED", "ACKNOWLEDGE", "NOTICE", "SILENCE"}) {
    EXPECT_FALSE(rules::Lapse(opinion, kind, At("2024-01-01 00:00")).has_value()) << kind;
  }
}

TEST(Lapses, OfSilenceCloses) {
  Opinion opinion = ReceivedAt("2023-03-01 10:00", 5);
  opinion.set_state(v1::OPINION_STATE_ANSWERED);
  *opinion.mutable_resolve_time() = ToProto(At("2023-03-02 10:00"));
  EXPECT_FALSE(rules::Lapse(opinion, "SILENCE", At("2023-03-16 09:59")).has_value());
  const std::optional<rules::Change> lapse = rules::Lapse(opinion, "SILENCE", At("2023-03-16 10:00"));
  ASSERT_TRUE(lapse.has_value());
  EXPECT_EQ(lapse->opinion.state(), v1::OPINION_STATE_CLOSED);
  ASSERT_EQ(lapse->steps.size(), 2u);
  EXPECT_EQ(lapse->steps[0].from(), lapse->steps[0].to());
  EXPECT_EQ(lapse->steps[1].closed().rating(), "");
}

}  // namespace
}  // namespace firstfloor::opinion
