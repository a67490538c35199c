// 民情: an anonymous survey of the community, invented like its answers, from its draft to an opinion made of
// its words.
#include <array>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/blind_token.h"
#include "deploy/demo/stories.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "firstfloor/opinion/v1/survey_service.pb.h"

namespace firstfloor::demo {
namespace {

using namespace opinion::v1;  // NOLINT(google-build-using-namespace): one service's messages
using calendar::ToProto;

const absl::CivilDay kPublished(2023, 5, 8);
const absl::CivilDay kEnd(2023, 5, 22);
constexpr int kPeople = 90;

SurveyQuestion& Ask(Survey& survey, const std::string& code, SurveyQuestionKind kind, const std::string& text,
                    const std::vector<std::string>& options = {}) {
  SurveyQuestion& question = *survey.add_questions();
  question.set_code(code);
  question.set_kind(kind);
  question.set_text(text);
  for (const std::string& option : options) question.add_options(option);
  return question;
}

Survey Draft(const std::string& area) {
  Survey survey;
  survey.set_area(area);
  survey.set_title("楼道与停车问卷（演示，内容虚构）");
  survey.set_anonymous(true);
  *survey.mutable_window()->mutable_start_time() = ToProto(At(kPublished, 8));
  *survey.mutable_window()->mutable_end_time() = ToProto(At(kEnd, 18));
  Ask(survey, "FIRST", SURVEY_QUESTION_KIND_SINGLE, "最希望先改善哪一项？", {"消防通道", "绿化", "停车"})
      .set_required(true);
  SurveyQuestion& parking = Ask(survey, "PARKING", SURVEY_QUESTION_KIND_MULTI, "停车的问题在哪里？",
                                {"车位不足", "占用消防通道", "外来车辆"});
  parking.set_required(true);
  parking.mutable_condition()->set_question("FIRST");
  parking.mutable_condition()->add_choices(3);
  SurveyQuestion& mark = Ask(survey, "MARK", SURVEY_QUESTION_KIND_SCALE, "为楼道环境打几分？");
  mark.set_required(true);
  mark.set_scale_min(1);
  mark.set_scale_max(5);
  Ask(survey, "WORDS", SURVEY_QUESTION_KIND_TEXT, "还想说什么？");
  return survey;
}

void Choose(google::protobuf::RepeatedPtrField<SurveyAnswer>& answers, const std::string& question,
            const std::vector<int>& choices) {
  SurveyAnswer& answer = *answers.Add();
  answer.set_question(question);
  answer.mutable_choices()->Add(choices.begin(), choices.end());
}

// What the n-th of them answers.
google::protobuf::RepeatedPtrField<SurveyAnswer> AnswersOf(int n) {
  static constexpr std::array<int, 10> kFirst = {1, 1, 1, 1, 2, 2, 2, 3, 3, 3};
  static constexpr std::array<int, 7> kMarks = {5, 4, 4, 3, 5, 2, 1};
  google::protobuf::RepeatedPtrField<SurveyAnswer> answers;
  const int first = kFirst[static_cast<size_t>(n) % kFirst.size()];
  Choose(answers, "FIRST", {first});
  if (first == 3)
    Choose(answers, "PARKING", n % 2 == 0 ? std::vector<int>{1, 2} : std::vector<int>{1 + n % 3});
  Choose(answers, "MARK", {kMarks[static_cast<size_t>(n) % kMarks.size()]});
  if (n % 9 == 0) {
    SurveyAnswer& words = *answers.Add();
    words.set_question("WORDS");
    words.set_text("消防通道常停车，请划线并巡查。");
  }
  return answers;
}

// A token under the person's account, spent later without it.
absl::Status Answer(Story& story, const Survey& survey, int n, absl::Time when) {
  Stage& stage = story.stage();
  ASSIGN_OR_RETURN(const privacy::BlindedToken blinded, privacy::NewBlindedToken(survey.token_key()));
  IssueSurveyTokenRequest ask;
  ask.set_name(survey.name());
  ask.set_blinded_token(blinded.blinded);
  const Player person = stage.cast().Resident(30000 + n, stage.year().building(static_cast<size_t>(n)));
  const auto issued =
      story.Do<IssueSurveyTokenResponse>(person, when, "opinion.v1.SurveyService.IssueSurveyToken", ask);
  // The year was broken off and is played again: the token that they had is gone with what was in memory.
  if (error::ReasonOf(issued.status()) == "REQUEST_ID_REUSED") return absl::OkStatus();
  RETURN_IF_ERROR(issued.status());
  AnswerAnonymouslyRequest answer;
  answer.set_name(survey.name());
  answer.set_token(blinded.token);
  ASSIGN_OR_RETURN(*answer.mutable_signature(),
                   privacy::Unblind(survey.token_key(), blinded, issued->blind_signature()));
  *answer.mutable_answers() = AnswersOf(n);
  return story
      .Do<AnswerAnonymouslyResponse>(Player(), when, "opinion.v1.SurveyService.AnswerAnonymously", answer)
      .status();
}

// One of the answers in words becomes an opinion and is answered.
absl::Status TakeUpWords(Story& story, const Survey& survey) {
  const Player staff = story.stage().cast().Staff();
  ListTextAnswersRequest list;
  list.set_survey(survey.name());
  const absl::Time when = At(kEnd + 1, 9);
  ASSIGN_OR_RETURN(const auto words, story.Do<ListTextAnswersResponse>(
                                         staff, when, "opinion.v1.SurveyService.ListTextAnswers", list));
  if (words.text_answers().empty() || !words.text_answers(0).opinion().empty()) return absl::OkStatus();
  TakeUpTextAnswerRequest take_up;
  take_up.set_name(words.text_answers(0).name());
  take_up.set_kind(OPINION_KIND_SUGGESTION);
  take_up.set_category("SAFETY.FIRE");
  ASSIGN_OR_RETURN(const auto taken,
                   story.Do<TextAnswer>(staff, when, "opinion.v1.SurveyService.TakeUpTextAnswer", take_up));
  AnswerOpinionRequest answer;
  answer.set_name(taken.opinion());
  answer.set_answer("已划定禁停线，每日巡查。");
  answer.set_public_summary("消防通道已划禁停线。");
  answer.set_outcome(OPINION_OUTCOME_FIXED);
  return story.Do<Opinion>(staff, when + absl::Hours(6), "opinion.v1.OpinionService.AnswerOpinion", answer)
      .status();
}

}  // namespace

void AddSurvey(Stage& stage, std::string& name) {
  stage.Add("survey", [&name](Story& story) -> absl::Status {
    const Player staff = story.stage().cast().Staff();
    CreateSurveyRequest create;
    *create.mutable_survey() = Draft(story.stage().year().community);
    ASSIGN_OR_RETURN(Survey survey, story.Do<Survey>(staff, At(kPublished, 7),
                                                     "opinion.v1.SurveyService.CreateSurvey", create));
    name = survey.name();
    PublishSurveyRequest publish;
    publish.set_name(name);
    ASSIGN_OR_RETURN(survey, story.Do<Survey>(staff, At(kPublished, 8),
                                              "opinion.v1.SurveyService.PublishSurvey", publish));
    GetSurveyRequest get;
    get.set_name(name);
    ASSIGN_OR_RETURN(survey,
                     story.Do<Survey>(staff, At(kEnd, 12), "opinion.v1.SurveyService.GetSurvey", get));
    if (survey.state() == SURVEY_STATE_PUBLISHED) {
      for (int n = 0; n < kPeople; ++n) {
        RETURN_IF_ERROR(Answer(story, survey, n, At(kPublished + n % 13, 9 + n % 9)));
      }
      CloseSurveyRequest close;
      close.set_name(name);
      RETURN_IF_ERROR(
          story.Do<Survey>(staff, At(kEnd, 17), "opinion.v1.SurveyService.CloseSurvey", close).status());
    }
    return TakeUpWords(story, survey);
  });
}

}  // namespace firstfloor::demo
