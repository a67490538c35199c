#include "services/opinion/survey_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace firstfloor::opinion::survey_form {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

// "field: what is wrong" of an INVALID_ARGUMENT; nothing if OK.
std::vector<std::string> WrongsOf(const absl::Status& status) {
  std::vector<std::string> wrongs;
  if (status.ok()) return wrongs;
  EXPECT_EQ(error::ReasonOf(status), "INVALID_FIELD");
  const google::rpc::Status proto = error::ToProto(status);
  for (const auto& detail : proto.details()) {
    google::rpc::BadRequest bad;
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) {
      wrongs.push_back(absl::StrCat(violation.field(), ": ", violation.description()));
    }
  }
  return wrongs;
}

class Form {
 public:
  Form& Single(const std::string& code, int options = 3) {
    Add(code, SURVEY_QUESTION_KIND_SINGLE);
    return Options(options);
  }
  Form& Multi(const std::string& code, int options = 3, int most = 0) {
    Add(code, SURVEY_QUESTION_KIND_MULTI).set_max_choices(most);
    return Options(options);
  }
  Form& Scale(const std::string& code, int lowest = 1, int highest = 5) {
    SurveyQuestion& question = Add(code, SURVEY_QUESTION_KIND_SCALE);
    question.set_scale_min(lowest);
    question.set_scale_max(highest);
    return *this;
  }
  Form& Text(const std::string& code) {
    Add(code, SURVEY_QUESTION_KIND_TEXT);
    return *this;
  }
  // Of the question added last.
  Form& If(const std::string& question, const std::vector<int>& choices) {
    SurveyCondition& condition = *Last().mutable_condition();
    condition.set_question(question);
    condition.mutable_choices()->Add(choices.begin(), choices.end());
    return *this;
  }
  Form& Required() {
    Last().set_required(true);
    return *this;
  }
  SurveyQuestion& Last() { return *survey_.mutable_questions(survey_.questions_size() - 1); }
  const Survey& survey() const { return survey_; }
  std::vector<std::string> Wrongs() const { return WrongsOf(CheckQuestions(survey_)); }

 private:
  SurveyQuestion& Add(const std::string& code, SurveyQuestionKind kind) {
    SurveyQuestion& question = *survey_.add_questions();
    question.set_code(code);
    question.set_kind(kind);
    question.set_text(code + "?");
    return question;
  }
  Form& Options(int options) {
    for (int i = 1; i <= options; ++i) Last().add_options(absl::StrCat("option ", i));
    return *this;
  }

  Survey survey_;
};

class Given {
 public:
  Given& Choice(const std::string& question, const std::vector<int>& choices) {
    SurveyAnswer& answer = *answers_.Add();
    answer.set_question(question);
    answer.mutable_choices()->Add(choices.begin(), choices.end());
    return *this;
  }
  Given& Words(const std::string& question, const std::string& text) {
    SurveyAnswer& answer = *answers_.Add();
    answer.set_question(question);
    answer.set_text(text);
    return *this;
  }
  std::vector<std::string> WrongsFor(const Form& form) const {
    return WrongsOf(CheckAnswers(form.survey(), answers_));
  }
  const Answers& answers() const { return answers_; }

 private:
  Answers answers_;
};

TEST(Publishing, TakesSingleMultiScaleAndTextWithBranches) {
  Form form;
  form.Single("Q1")
      .Required()
      .Multi("Q2", 4, 2)
      .If("Q1", {1, 2})
      .Scale("Q3", 0, 10)
      .If("Q2", {4})
      .Text("Q4")
      .If("Q3", {0, 1, 2});
  EXPECT_THAT(form.Wrongs(), IsEmpty());
}

TEST(Publishing, WantsAQuestion) {
  EXPECT_THAT(Form().Wrongs(), ElementsAre("survey.questions: must be one at least"));
}

TEST(Publishing, WantsEachCodeOnce) {
  EXPECT_THAT(Form().Text("Q1").Text("Q1").Wrongs(),
              ElementsAre("survey.questions[1].code: is taken by an earlier question"));
}

TEST(Publishing, WantsOptionsWhereThereIsAChoice) {
  EXPECT_THAT(Form().Single("Q1", 1).Wrongs(),
              ElementsAre("survey.questions[0].options: must be two at least"));
  EXPECT_THAT(Form().Multi("Q1", 0).Wrongs(),
              ElementsAre("survey.questions[0].options: must be two at least"));
  Form twice;
  twice.Single("Q1", 2).Last().add_options("option 1");
  EXPECT_THAT(twice.Wrongs(),
              ElementsAre("survey.questions[0].options: must say something, each something else"));
  Form text;
  text.Text("Q1").Last().add_options("option 1");
  EXPECT_THAT(text.Wrongs(), ElementsAre("survey.questions[0].options: belong to SINGLE and MULTI"));
}

TEST(Publishing, WantsNumbersThatMakeSense) {
  EXPECT_THAT(Form().Scale("Q1", 5, 5).Wrongs(),
              ElementsAre("survey.questions[0].scale_max: must be above scale_min"));
  EXPECT_THAT(Form().Multi("Q1", 3, 4).Wrongs(),
              ElementsAre("survey.questions[0].max_choices: must be 0, or from 2 to the number of options"));
  EXPECT_THAT(Form().Multi("Q1", 3, 1).Wrongs(),
              ElementsAre("survey.questions[0].max_choices: must be 0, or from 2 to the number of options"));
  Form single;
  single.Single("Q1").Last().set_max_choices(2);
  single.Last().set_scale_max(2);
  EXPECT_THAT(single.Wrongs(), ElementsAre("survey.questions[0].max_choices: belongs to MULTI",
                                           "survey.questions[0].scale_max: belongs to SCALE"));
}

TEST(Publishing, RefusesCycles) {
  EXPECT_THAT(Form().Single("Q1").If("Q1", {1}).Wrongs(),
              ElementsAre("survey.questions[0].condition.question: depends on this question itself",
                          "survey.questions[0]: can never be asked"));
  Form round;
  round.Single("Q1").If("Q3", {1}).Single("Q2").If("Q1", {1}).Single("Q3").If("Q2", {1});
  EXPECT_THAT(round.Wrongs(),
              UnorderedElementsAre("survey.questions[0].condition.question: depends on this question itself",
                                   "survey.questions[0]: can never be asked",
                                   "survey.questions[1].condition.question: depends on this question itself",
                                   "survey.questions[1]: can never be asked",
                                   "survey.questions[2].condition.question: depends on this question itself",
                                   "survey.questions[2]: can never be asked"));
}

TEST(Publishing, RefusesQuestionsThatWaitForACycle) {
  Form form;
  form.Single("Q1").If("Q2", {1}).Single("Q2").If("Q1", {1}).Text("Q3").If("Q2", {1});
  EXPECT_THAT(form.Wrongs(), ::testing::Contains("survey.questions[2]: can never be asked"));
}

TEST(Publishing, RefusesUnreachableQuestionsAndWhatDependsOnThem) {
  Form form;
  form.Single("Q1", 3).Single("Q2").If("Q1", {4}).Text("Q3").If("Q2", {1});
  EXPECT_THAT(
      form.Wrongs(),
      ElementsAre("survey.questions[1].condition.choices: must be choices that the other question offers",
                  "survey.questions[1]: can never be asked", "survey.questions[2]: can never be asked"));
}

TEST(Publishing, RefusesConditionsThatEarlierAnswersCannotDecide) {
  EXPECT_THAT(Form().Text("Q1").If("Q2", {1}).Single("Q2").Wrongs(),
              ElementsAre("survey.questions[0].condition.question: must be an earlier question"));
  EXPECT_THAT(Form().Text("Q1").If("Q9", {1}).Wrongs(),
              ElementsAre("survey.questions[0].condition.question: is no question of the survey",
                          "survey.questions[0]: can never be asked"));
  EXPECT_THAT(
      Form().Text("Q1").Text("Q2").If("Q1", {1}).Wrongs(),
      ElementsAre("survey.questions[1].condition.question: is answered in words, on which nothing can depend",
                  "survey.questions[1]: can never be asked"));
  EXPECT_THAT(Form().Multi("Q1").Text("Q2").If("Q1", {1, 2}).Wrongs(),
              ElementsAre("survey.questions[1].condition.choices: must be one option of a MULTI question"));
  EXPECT_THAT(
      Form().Scale("Q1", 1, 5).Text("Q2").If("Q1", {1, 6}).Wrongs(),
      ElementsAre("survey.questions[1].condition.choices: must be choices that the other question offers"));
}

// Q1 leads to Q2, Q2 to Q3; Q4 is asked of everybody.
Form Branching() {
  Form form;
  form.Single("Q1", 2)
      .Required()
      .Multi("Q2", 3, 2)
      .Required()
      .If("Q1", {2})
      .Scale("Q3", 1, 5)
      .Required()
      .If("Q2", {3});
  form.Text("Q4");
  return form;
}

TEST(Answering, GoesDownTheBranchThatIsTaken) {
  EXPECT_THAT(Given().Choice("Q1", {1}).WrongsFor(Branching()), IsEmpty());
  EXPECT_THAT(Given().Choice("Q1", {2}).Choice("Q2", {1, 2}).WrongsFor(Branching()), IsEmpty());
  EXPECT_THAT(Given()
                  .Choice("Q1", {2})
                  .Choice("Q2", {1, 3})
                  .Choice("Q3", {5})
                  .Words("Q4", "谢谢")
                  .WrongsFor(Branching()),
              IsEmpty());
  // The order of the answers says nothing.
  EXPECT_THAT(Given().Choice("Q3", {5}).Choice("Q2", {3}).Choice("Q1", {2}).WrongsFor(Branching()),
              IsEmpty());
}

TEST(Answering, RefusesAnAnswerToAQuestionThatWasNotAsked) {
  EXPECT_THAT(Given().Choice("Q1", {1}).Choice("Q2", {1}).WrongsFor(Branching()),
              ElementsAre("answers[1]: is to a question that is not asked, given the other answers"));
  // An answer that was not asked for asks for nothing itself.
  EXPECT_THAT(Given().Choice("Q1", {1}).Choice("Q2", {3}).Choice("Q3", {1}).WrongsFor(Branching()),
              ElementsAre("answers[1]: is to a question that is not asked, given the other answers",
                          "answers[2]: is to a question that is not asked, given the other answers"));
}

TEST(Answering, NamesTheRequiredOnesThatAreMissing) {
  EXPECT_THAT(Given().Words("Q4", "谢谢").WrongsFor(Branching()), ElementsAre("answers: Q1 is required"));
  EXPECT_THAT(Given().Choice("Q1", {2}).WrongsFor(Branching()), ElementsAre("answers: Q2 is required"));
  EXPECT_THAT(Given().Choice("Q1", {2}).Choice("Q2", {3}).WrongsFor(Branching()),
              ElementsAre("answers: Q3 is required"));
}

TEST(Answering, WantsAnswersThatFit) {
  Form form;
  form.Single("S", 2).Multi("M", 3, 2).Scale("C", 0, 3).Text("T");
  EXPECT_THAT(Given().Choice("S", {2}).Choice("M", {3, 1}).Choice("C", {0}).Words("T", "好").WrongsFor(form),
              IsEmpty());
  const std::vector<std::pair<Given, std::string>> misfits = {
      {Given().Choice("S", {3}), "answers[0]: S has no such choice"},
      {Given().Choice("S", {0}), "answers[0]: S has no such choice"},
      {Given().Choice("S", {1, 2}), "answers[0]: S takes one choice"},
      {Given().Choice("S", {}), "answers[0]: S says nothing"},
      {Given().Words("S", "好"), "answers[0]: S is not answered in words"},
      {Given().Choice("M", {1, 1}), "answers[0]: M is answered with one choice twice"},
      {Given().Choice("M", {1, 2, 3}), "answers[0]: M takes at most 2 choices"},
      {Given().Choice("C", {4}), "answers[0]: C has no such choice"},
      {Given().Choice("T", {1}), "answers[0]: T is answered in words"},
      {Given().Words("T", "  "), "answers[0]: T says nothing"},
      {Given().Choice("X", {1}), "answers[0]: is to no question of the survey"},
      {Given().Choice("S", {1}).Choice("S", {2}), "answers[1]: is to a question that is answered already"},
  };
  for (const auto& [given, wrong] : misfits) EXPECT_THAT(given.WrongsFor(form), ElementsAre(wrong));
}

TEST(Answering, NamesAllThatIsWrongAtOnce) {
  EXPECT_THAT(Given().Choice("Q2", {1}).Choice("X", {1}).Choice("Q4", {1}).WrongsFor(Branching()),
              ElementsAre("answers[0]: is to a question that is not asked, given the other answers",
                          "answers[1]: is to no question of the survey",
                          "answers[2]: Q4 is answered in words", "answers: Q1 is required"));
}

}  // namespace
}  // namespace firstfloor::opinion::survey_form
