#include "services/opinion/survey_form.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/error/error.h"

namespace firstfloor::opinion::survey_form {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr int kFewestOptions = 2;

template <typename List>
bool Holds(const List& list, int value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string At(int index, absl::string_view field) {
  return absl::StrCat("survey.questions[", index, "]", field.empty() ? "" : ".", field);
}

void CheckOptions(const SurveyQuestion& question, int index, error::Violations& violations) {
  const bool has_options =
      question.kind() == SURVEY_QUESTION_KIND_SINGLE || question.kind() == SURVEY_QUESTION_KIND_MULTI;
  if (!has_options) {
    if (!question.options().empty()) violations.Add(At(index, "options"), "belong to SINGLE and MULTI");
    return;
  }
  if (question.options_size() < kFewestOptions) {
    violations.Add(At(index, "options"), "must be two at least");
  }
  std::set<std::string> seen;
  for (const std::string& option : question.options()) {
    if (absl::StripAsciiWhitespace(option).empty() || !seen.insert(option).second) {
      violations.Add(At(index, "options"), "must say something, each something else");
      return;
    }
  }
}

void CheckNumbers(const SurveyQuestion& question, int index, error::Violations& violations) {
  const int most = question.max_choices();
  if (question.kind() == SURVEY_QUESTION_KIND_MULTI) {
    if (most != 0 && (most < kFewestOptions || most > question.options_size())) {
      violations.Add(At(index, "max_choices"), "must be 0, or from 2 to the number of options");
    }
  } else if (most != 0) {
    violations.Add(At(index, "max_choices"), "belongs to MULTI");
  }
  const bool scale = question.kind() == SURVEY_QUESTION_KIND_SCALE;
  if (scale && question.scale_max() <= question.scale_min()) {
    violations.Add(At(index, "scale_max"), "must be above scale_min");
  }
  if (!scale && (question.scale_min() != 0 || question.scale_max() != 0)) {
    violations.Add(At(index, "scale_max"), "belongs to SCALE");
  }
}

// The question that `index` depends on; -1 if on none that there is.
int ParentOf(const Survey& survey, int index) {
  const SurveyQuestion& question = survey.questions(index);
  return question.has_condition() ? IndexOf(survey, question.condition().question()) : -1;
}

bool WaitsForItself(const Survey& survey, int index) {
  int at = ParentOf(survey, index);
  for (int steps = 0; at >= 0 && steps < survey.questions_size(); ++steps) {
    if (at == index) return true;
    at = ParentOf(survey, at);
  }
  return false;
}

void CheckCondition(const Survey& survey, int index, error::Violations& violations) {
  const SurveyCondition& condition = survey.questions(index).condition();
  const int parent = ParentOf(survey, index);
  if (parent < 0) return violations.Add(At(index, "condition.question"), "is no question of the survey");
  if (WaitsForItself(survey, index)) {
    return violations.Add(At(index, "condition.question"), "depends on this question itself");
  }
  if (parent > index) {
    return violations.Add(At(index, "condition.question"), "must be an earlier question");
  }
  const SurveyQuestion& other = survey.questions(parent);
  if (other.kind() == SURVEY_QUESTION_KIND_TEXT) {
    return violations.Add(At(index, "condition.question"),
                          "is answered in words, on which nothing can depend");
  }
  if (other.kind() == SURVEY_QUESTION_KIND_MULTI && condition.choices_size() > 1) {
    violations.Add(At(index, "condition.choices"), "must be one option of a MULTI question");
  }
  const std::vector<int> choices = ChoicesOf(other);
  const bool all = std::all_of(condition.choices().begin(), condition.choices().end(),
                               [&](int choice) { return Holds(choices, choice); });
  if (condition.choices().empty() || !all) {
    violations.Add(At(index, "condition.choices"), "must be choices that the other question offers");
  }
}

// Somebody can come to be asked it.
bool CanBeAsked(const Survey& survey, int index) {
  int at = index;
  for (int steps = 0; steps <= survey.questions_size(); ++steps) {
    const SurveyQuestion& question = survey.questions(at);
    if (!question.has_condition()) return true;
    const int parent = ParentOf(survey, at);
    if (parent < 0) return false;
    const std::vector<int> choices = ChoicesOf(survey.questions(parent));
    const auto& wanted = question.condition().choices();
    if (std::none_of(wanted.begin(), wanted.end(), [&](int choice) { return Holds(choices, choice); })) {
      return false;
    }
    at = parent;
  }
  return false;
}

// What is wrong with the answer as an answer to this question; "" if nothing is.
std::string Misfit(const SurveyQuestion& question, const SurveyAnswer& answer) {
  if (question.kind() == SURVEY_QUESTION_KIND_TEXT) {
    if (!answer.choices().empty()) return "is answered in words";
    return absl::StripAsciiWhitespace(answer.text()).empty() ? "says nothing" : "";
  }
  if (!answer.text().empty()) return "is not answered in words";
  const std::vector<int> offered = ChoicesOf(question);
  std::set<int> chosen;
  for (const int choice : answer.choices()) {
    if (!Holds(offered, choice)) return "has no such choice";
    if (!chosen.insert(choice).second) return "is answered with one choice twice";
  }
  if (chosen.empty()) return "says nothing";
  if (question.kind() != SURVEY_QUESTION_KIND_MULTI) return chosen.size() > 1 ? "takes one choice" : "";
  const size_t most =
      question.max_choices() == 0 ? offered.size() : static_cast<size_t>(question.max_choices());
  return chosen.size() > most ? absl::StrCat("takes at most ", most, " choices") : "";
}

const SurveyAnswer* AnswerTo(const SurveyQuestion& question, const Answers& answers) {
  for (const SurveyAnswer& answer : answers) {
    if (answer.question() == question.code()) return &answer;
  }
  return nullptr;
}

}  // namespace

std::vector<int> ChoicesOf(const SurveyQuestion& question) {
  int first = 1;
  int last = question.options_size();
  if (question.kind() == SURVEY_QUESTION_KIND_SCALE) {
    first = question.scale_min();
    last = question.scale_max();
  } else if (question.kind() == SURVEY_QUESTION_KIND_TEXT) {
    last = 0;
  }
  std::vector<int> choices(static_cast<size_t>(std::max(0, last - first + 1)));
  std::iota(choices.begin(), choices.end(), first);
  return choices;
}

int IndexOf(const Survey& survey, const std::string& code) {
  for (int i = 0; i < survey.questions_size(); ++i) {
    if (survey.questions(i).code() == code) return i;
  }
  return -1;
}

absl::Status CheckQuestions(const Survey& survey) {
  error::Violations violations;
  if (survey.questions().empty()) violations.Add("survey.questions", "must be one at least");
  for (int i = 0; i < survey.questions_size(); ++i) {
    const SurveyQuestion& question = survey.questions(i);
    if (IndexOf(survey, question.code()) != i)
      violations.Add(At(i, "code"), "is taken by an earlier question");
    CheckOptions(question, i, violations);
    CheckNumbers(question, i, violations);
    if (!question.has_condition()) continue;
    CheckCondition(survey, i, violations);
    if (!CanBeAsked(survey, i)) violations.Add(At(i, ""), "can never be asked");
  }
  return violations.ToStatus();
}

std::vector<Asked> WhatIsAsked(const Survey& survey, const Answers& answers) {
  std::vector<Asked> all(static_cast<size_t>(survey.questions_size()));
  for (int i = 0; i < survey.questions_size(); ++i) {
    const SurveyQuestion& question = survey.questions(i);
    Asked& here = all[static_cast<size_t>(i)];
    here.answer = AnswerTo(question, answers);
    here.asked = true;
    if (!question.has_condition()) continue;
    // The other question stands before this one.
    const Asked& other = all[static_cast<size_t>(ParentOf(survey, i))];
    const auto& wanted = question.condition().choices();
    here.asked = other.asked && other.answer != nullptr &&
                 std::any_of(other.answer->choices().begin(), other.answer->choices().end(),
                             [&](int choice) { return Holds(wanted, choice); });
  }
  return all;
}

absl::Status CheckAnswers(const Survey& survey, const Answers& answers) {
  error::Violations violations;
  const std::vector<Asked> asked = WhatIsAsked(survey, answers);
  std::set<std::string> seen;
  for (int i = 0; i < answers.size(); ++i) {
    const std::string field = absl::StrCat("answers[", i, "]");
    const int index = IndexOf(survey, answers[i].question());
    if (index < 0) {
      violations.Add(field, "is to no question of the survey");
    } else if (!seen.insert(answers[i].question()).second) {
      violations.Add(field, "is to a question that is answered already");
    } else if (!asked[static_cast<size_t>(index)].asked) {
      violations.Add(field, "is to a question that is not asked, given the other answers");
    } else if (const std::string misfit = Misfit(survey.questions(index), answers[i]); !misfit.empty()) {
      violations.Add(field, absl::StrCat(answers[i].question(), " ", misfit));
    }
  }
  for (int i = 0; i < survey.questions_size(); ++i) {
    const Asked& here = asked[static_cast<size_t>(i)];
    if (here.asked && here.answer == nullptr && survey.questions(i).required()) {
      violations.Add("answers", absl::StrCat(survey.questions(i).code(), " is required"));
    }
  }
  return violations.ToStatus();
}

}  // namespace firstfloor::opinion::survey_form
