#include "services/opinion/survey_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "services/opinion/opinion_rules.h"

namespace firstfloor::opinion::survey_rules {
namespace {

using calendar::FromProto;
using calendar::ToProto;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

const absl::Time kStart = absl::FromUnixSeconds(1'680'000'000);
const absl::Time kEnd = kStart + absl::Hours(24 * 14);

Survey InState(SurveyState state) {
  Survey survey;
  survey.set_name("surveys/01900000-0000-7000-8000-000000000001");
  survey.set_area("340111400001-CJ");
  survey.set_title("电梯满意度");
  *survey.mutable_window()->mutable_start_time() = ToProto(kStart);
  *survey.mutable_window()->mutable_end_time() = ToProto(kEnd);
  SurveyQuestion& question = *survey.add_questions();
  question.set_code("Q1");
  question.set_kind(SURVEY_QUESTION_KIND_TEXT);
  question.set_text("您有什么建议？");
  survey.set_state(state);
  return survey;
}

UpdateSurveyRequest NewTitle() {
  UpdateSurveyRequest request;
  request.set_title("电梯与楼道");
  request.mutable_update_mask()->add_paths("title");
  return request;
}

std::string ReasonOf(const absl::Status& status) { return error::ReasonOf(status); }

TEST(SurveyStates, EveryMoveIsDoneOrRefusedInEveryState) {
  const std::map<Act, std::function<absl::StatusOr<Survey>(const Survey&)>> functions = {
      {Act::kUpdate, [](const Survey& s) { return Update(s, NewTitle()); }},
      {Act::kPublish, [](const Survey& s) { return Publish(s, "", kStart); }},
      {Act::kClose, [](const Survey& s) { return Close(s, kStart); }},
  };
  const std::set<std::tuple<Act, SurveyState, SurveyState>> design = {
      {Act::kUpdate, SURVEY_STATE_DRAFT, SURVEY_STATE_DRAFT},
      {Act::kPublish, SURVEY_STATE_DRAFT, SURVEY_STATE_PUBLISHED},
      {Act::kClose, SURVEY_STATE_PUBLISHED, SURVEY_STATE_CLOSED},
  };
  std::set<std::tuple<Act, SurveyState, SurveyState>> done;
  for (const auto& [act, function] : functions) {
    for (int number = SurveyState_MIN; number <= SurveyState_MAX; ++number) {
      const Survey survey = InState(static_cast<SurveyState>(number));
      const absl::StatusOr<Survey> moved = function(survey);
      if (moved.ok()) {
        done.emplace(act, survey.state(), moved->state());
      } else {
        EXPECT_EQ(ReasonOf(moved.status()), "SURVEY_WRONG_STATE");
      }
    }
  }
  EXPECT_EQ(done, design);
}

TEST(Drafting, WantsAWindowOfAYearAtMost) {
  EXPECT_EQ(Draft(InState(SURVEY_STATE_UNSPECIFIED))->state(), SURVEY_STATE_DRAFT);
  for (const absl::Time end : {kStart, kStart - absl::Hours(1), kStart + absl::Hours(24 * 366 + 1)}) {
    Survey survey = InState(SURVEY_STATE_UNSPECIFIED);
    *survey.mutable_window()->mutable_end_time() = ToProto(end);
    EXPECT_EQ(ReasonOf(Draft(survey).status()), "INVALID_FIELD") << end;
  }
  Survey open_ended = InState(SURVEY_STATE_UNSPECIFIED);
  open_ended.mutable_window()->clear_end_time();
  EXPECT_EQ(ReasonOf(Draft(open_ended).status()), "INVALID_FIELD");
}

TEST(Updating, ChangesWhatTheMaskNames) {
  EXPECT_EQ(Update(InState(SURVEY_STATE_DRAFT), NewTitle())->title(), "电梯与楼道");
  UpdateSurveyRequest request;
  request.set_anonymous(true);
  request.set_title("not named by the mask");
  request.mutable_update_mask()->add_paths("anonymous");
  request.mutable_update_mask()->add_paths("questions");
  const auto updated = Update(InState(SURVEY_STATE_DRAFT), request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_TRUE(updated->anonymous());
  EXPECT_EQ(updated->title(), "电梯满意度");
  EXPECT_EQ(updated->questions_size(), 0);
}

TEST(Updating, RefusesWhatCannotBeChangedOrMakesNoSense) {
  UpdateSurveyRequest request;
  EXPECT_EQ(ReasonOf(Update(InState(SURVEY_STATE_DRAFT), request).status()), "INVALID_FIELD");
  for (const char* path : {"area", "state", "title", "window"}) {
    request.mutable_update_mask()->clear_paths();
    request.mutable_update_mask()->add_paths(path);
    EXPECT_EQ(ReasonOf(Update(InState(SURVEY_STATE_DRAFT), request).status()), "INVALID_FIELD") << path;
  }
}

TEST(PublishingASurvey, KeepsTheKeyOfItsTokensAndWhen) {
  const auto published = Publish(InState(SURVEY_STATE_DRAFT), "key", kStart - absl::Hours(1));
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_EQ(published->token_key(), "key");
  EXPECT_EQ(FromProto(published->publish_time()), kStart - absl::Hours(1));
}

TEST(PublishingASurvey, IsTooLateAtItsEnd) {
  EXPECT_TRUE(Publish(InState(SURVEY_STATE_DRAFT), "", kEnd - absl::Seconds(1)).ok());
  EXPECT_EQ(ReasonOf(Publish(InState(SURVEY_STATE_DRAFT), "", kEnd).status()), "SURVEY_WINDOW_OVER");
}

TEST(PublishingASurvey, ChecksItsQuestions) {
  Survey survey = InState(SURVEY_STATE_DRAFT);
  survey.clear_questions();
  EXPECT_EQ(ReasonOf(Publish(survey, "", kStart).status()), "INVALID_FIELD");
}

TEST(AnsweringASurvey, IsPossibleWhileItIsPublishedAndInItsWindow) {
  const Survey published = InState(SURVEY_STATE_PUBLISHED);
  EXPECT_TRUE(CheckOpen(published, false, kStart).ok());
  EXPECT_TRUE(CheckOpen(published, false, kEnd - absl::Microseconds(1)).ok());
  EXPECT_EQ(ReasonOf(CheckOpen(published, false, kStart - absl::Microseconds(1))), "SURVEY_NOT_OPEN");
  EXPECT_EQ(ReasonOf(CheckOpen(published, false, kEnd)), "SURVEY_NOT_OPEN");
  for (const SurveyState state : {SURVEY_STATE_DRAFT, SURVEY_STATE_CLOSED}) {
    EXPECT_EQ(ReasonOf(CheckOpen(InState(state), false, kStart)), "SURVEY_NOT_OPEN");
    EXPECT_EQ(ReasonOf(CheckOpenForTokens(InState(state))), "SURVEY_NOT_OPEN");
  }
  EXPECT_TRUE(CheckOpenForTokens(published).ok());
}

TEST(AnsweringASurvey, IsDoneTheWayItWasAnnounced) {
  Survey survey = InState(SURVEY_STATE_PUBLISHED);
  EXPECT_EQ(ReasonOf(CheckOpen(survey, true, kStart)), "SURVEY_NOT_ANONYMOUS");
  survey.set_anonymous(true);
  EXPECT_EQ(ReasonOf(CheckOpen(survey, false, kStart)), "SURVEY_ANONYMOUS");
  EXPECT_TRUE(CheckOpen(survey, true, kStart).ok());
}

TEST(AskedPeople, LiveInTheAreaOrInAPartOfIt) {
  const auto is_asked = [](api::v1::Role role, const char* area, const char* survey_area) {
    auth::Identity person;
    person.kind = auth::Identity::Kind::kPerson;
    person.subject = "r1";
    person.roles = {{role, area}};
    return IsAsked(person, survey_area);
  };
  EXPECT_TRUE(is_asked(api::v1::ROLE_RESIDENT, "340111400001-CJ-07", "340111400001-CJ-07"));
  EXPECT_TRUE(is_asked(api::v1::ROLE_RESIDENT, "340111400001-CJ-07", "340111400001"));
  EXPECT_TRUE(is_asked(api::v1::ROLE_STEWARD, "340111400001-CJ", "340111400001"));
  EXPECT_FALSE(is_asked(api::v1::ROLE_RESIDENT, "340111400001-CJ-08", "340111400001-CJ-07"));
  EXPECT_FALSE(is_asked(api::v1::ROLE_STEWARD, "340111400001-CJ", "340111400001-CJ-07"));
  EXPECT_FALSE(is_asked(api::v1::ROLE_COMMUNITY_STAFF, "340111400001", "340111400001"));
  EXPECT_FALSE(IsAsked(auth::Identity(), "340111400001"));
}

TEST(Words, OfAnAnonymousSurveyAreReadWhenItIsClosedAndNobodyStandsOut) {
  Survey survey = InState(SURVEY_STATE_PUBLISHED);
  EXPECT_TRUE(CheckTextsReadable(survey, 1).ok());
  survey.set_anonymous(true);
  EXPECT_EQ(ReasonOf(CheckTextsReadable(survey, 100)), "SURVEY_NOT_CLOSED");
  survey.set_state(SURVEY_STATE_CLOSED);
  EXPECT_EQ(ReasonOf(CheckTextsReadable(survey, 4)), "SURVEY_TOO_FEW_RESPONSES");
  EXPECT_TRUE(CheckTextsReadable(survey, 5).ok());
}

TextAnswer Words(const std::string& subject) {
  TextAnswer answer;
  answer.set_name("textAnswers/01900000-0000-7000-8000-000000000001");
  answer.set_area("340111400001-CJ");
  answer.set_text("三号楼电梯总是停");
  if (!subject.empty()) answer.mutable_respondent()->set_subject(subject);
  return answer;
}

TEST(TakingUp, IsDoneOnce) {
  const auto taken = TakeUp(Words("r1"), "opinions/1");
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->opinion(), "opinions/1");
  EXPECT_EQ(ReasonOf(TakeUp(*taken, "opinions/2").status()), "TEXT_ANSWER_TAKEN_UP");
  TextAnswer erased = Words("");
  erased.clear_text();
  EXPECT_EQ(ReasonOf(TakeUp(erased, "opinions/1").status()), "TEXT_ANSWER_ERASED");
}

TEST(TakingUp, LinksBothWaysAndKeepsTheAnonymousAnonymous) {
  TakeUpTextAnswerRequest request;
  request.set_kind(OPINION_KIND_PROBLEM);
  request.set_category("SAFETY.FIRE");
  const TextAnswer taken = TakeUp(Words("r1"), "opinions/1").value();
  const auto named = rules::FromTextAnswer(taken, request, kEnd);
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->opinion.name(), taken.opinion());
  EXPECT_EQ(named->opinion.text_answer(), taken.name());
  EXPECT_EQ(named->opinion.channel(), OPINION_CHANNEL_SURVEY);
  EXPECT_EQ(named->opinion.state(), OPINION_STATE_RECEIVED);
  EXPECT_EQ(named->opinion.reporter().subject(), "r1");
  EXPECT_EQ(named->opinion.text(), taken.text());
  EXPECT_FALSE(named->opinion.anonymous());

  const auto unnamed = rules::FromTextAnswer(TakeUp(Words(""), "opinions/2").value(), request, kEnd);
  ASSERT_TRUE(unnamed.ok()) << unnamed.status();
  EXPECT_TRUE(unnamed->opinion.anonymous());
  EXPECT_FALSE(unnamed->opinion.has_reporter());
}

TEST(TakingUp, MakesNoPetitionAndWantsAKnownCategory) {
  TakeUpTextAnswerRequest request;
  request.set_kind(OPINION_KIND_PETITION);
  const TextAnswer taken = TakeUp(Words("r1"), "opinions/1").value();
  EXPECT_EQ(ReasonOf(rules::FromTextAnswer(taken, request, kEnd).status()), "INVALID_FIELD");
  request.set_kind(OPINION_KIND_PROBLEM);
  request.set_category("NO.SUCH");
  EXPECT_EQ(ReasonOf(rules::FromTextAnswer(taken, request, kEnd).status()), "INVALID_FIELD");
}

}  // namespace
}  // namespace firstfloor::opinion::survey_rules
