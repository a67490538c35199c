#include "services/opinion/survey_tally.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/error/error.h"

namespace firstfloor::opinion::tally {
namespace {

// Every number of it, in an order that the survey's form alone decides.
template <typename Tally, typename Visit>
void ForEach(Tally& tally, Visit visit) {
  visit(tally.responses);
  for (auto& question : tally.questions) {
    visit(question.asked);
    visit(question.answered);
    for (auto& cell : question.cells) visit(cell);
  }
}

}  // namespace

SurveyTally Empty(const v1::Survey& survey) {
  SurveyTally tally;
  for (const v1::SurveyQuestion& question : survey.questions()) {
    tally.questions.emplace_back().cells.resize(survey_form::ChoicesOf(question).size());
  }
  return tally;
}

void Count(const v1::Survey& survey, const survey_form::Answers& answers, SurveyTally& tally) {
  ++tally.responses;
  const std::vector<survey_form::Asked> asked = survey_form::WhatIsAsked(survey, answers);
  for (size_t i = 0; i < asked.size(); ++i) {
    if (!asked[i].asked) continue;
    QuestionTally& question = tally.questions[i];
    ++question.asked;
    if (asked[i].answer == nullptr) continue;
    ++question.answered;
    const std::vector<int> choices = survey_form::ChoicesOf(survey.questions(static_cast<int>(i)));
    for (const int choice : asked[i].answer->choices()) {
      ++question.cells[static_cast<size_t>(choice - choices.front())];
    }
  }
}

void Add(const SurveyTally& more, SurveyTally& tally) {
  std::vector<int64_t> numbers;
  ForEach(more, [&](int64_t number) { numbers.push_back(number); });
  auto next = numbers.begin();
  ForEach(tally, [&](int64_t& number) { number += *next++; });
}

std::string ToText(const SurveyTally& tally) {
  std::string text;
  ForEach(tally, [&](int64_t number) { absl::StrAppend(&text, text.empty() ? "" : " ", number); });
  return text;
}

absl::StatusOr<SurveyTally> FromText(const v1::Survey& survey, absl::string_view text) {
  SurveyTally tally = Empty(survey);
  const std::vector<absl::string_view> numbers = absl::StrSplit(text, ' ');
  auto next = numbers.begin();
  bool fits = true;
  ForEach(tally, [&](int64_t& number) {
    fits = fits && next != numbers.end() && absl::SimpleAtoi(*next++, &number);
  });
  if (fits && next == numbers.end()) return tally;
  return error::Make(absl::StatusCode::kDataLoss, "TALLY_UNREADABLE", "a survey's tally cannot be read");
}

}  // namespace firstfloor::opinion::tally
