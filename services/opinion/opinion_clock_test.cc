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

TEST(Pauses, EndWithTheAnswerAndCountForIt) {
  const Opinion opinion = ReceivedAt("2023-03-01 10:00", 2);  // due at the end of Friday 3
  Opinion asked = rules::AskReporter(opinion, "几楼？", At("2023-03-02 09:00"))->opinion;
  asked.set_state(v1::OPINION_STATE_IN_PROGRESS);
  const absl::StatusOr<rules::Change> resolved =
      rules::Resolve(asked, v1::OPINION_OUTCOME_FIXED, "a", "", At("2023-03-07 12:00"));
  ASSERT_TRUE(resolved.ok());
  EXPECT_TRUE(resolved->steps[0].resolved().on_time());
  EXPECT_FALSE(resolved->opinion.has_waiting_since_time());
}

TEST(Extensions, AreGivenOnce) {
  const Opinion opinion = ReceivedAt("2023-03-01 10:00", 5);  // due at the end of Wednesday 8
  const absl::StatusOr<rules::Change> extended =
      rules::ExtendDeadline(opinion, "SPARE_PART", 3, At("2023-03-07 10:00"));
  ASSERT_TRUE(extended.ok());
  EXPECT_EQ(FromProto(extended->opinion.due_time()), At("2023-03-14 00:00"));
  EXPECT_EQ(
      error::ReasonOf(rules::ExtendDeadline(extended->opinion, "AGAIN", 1, At("2023-03-08 10:00")).status()),
      "ALREADY_EXTENDED");
}

TEST(Extensions, LetWhatHasLapsedLapseAgain) {
  Opinion opinion = ReceivedAt("2023-03-01 10:00", 5);
  opinion = rules::Lapse(opinion, "REMINDER", At("2023-03-08 00:00"))->opinion;
  opinion = rules::Lapse(opinion, "DUE", At("2023-03-09 00:00"))->opinion;
  EXPECT_THAT(opinion.lapsed_deadlines(), ElementsAre("REMINDER", "DUE"));
  opinion = rules::ExtendDeadline(opinion, "SPARE_PART", 3, At("2023-03-09 10:00"))->opinion;
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
