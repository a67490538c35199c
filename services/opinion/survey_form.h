// The form of a survey: which questions are asked of whom, and which answers fit them. Decisions only, no
// I/O.
#ifndef FIRSTFLOOR_SERVICES_OPINION_SURVEY_FORM_H_
#define FIRSTFLOOR_SERVICES_OPINION_SURVEY_FORM_H_

#include <vector>

#include "absl/status/status.h"
#include "firstfloor/opinion/v1/survey.pb.h"
#include "google/protobuf/repeated_field.h"

namespace firstfloor::opinion::survey_form {

using Answers = google::protobuf::RepeatedPtrField<v1::SurveyAnswer>;

// INVALID_ARGUMENT with everything that stands against publishing these questions: what is incomplete,
// conditions that cannot be decided from earlier answers, questions that wait for each other, questions that
// nobody can ever be asked.
absl::Status CheckQuestions(const v1::Survey& survey);

// INVALID_ARGUMENT with every answer that does not fit its question, or whose question was not asked given
// the other answers, and every question that was asked, is required and has no answer. The survey's questions
// are sound.
absl::Status CheckAnswers(const v1::Survey& survey, const Answers& answers);

// For each question of the survey: whether it is asked of somebody who gives these answers, and the answer,
// or null.
struct Asked {
  bool asked = false;
  const v1::SurveyAnswer* answer = nullptr;
};
std::vector<Asked> WhatIsAsked(const v1::Survey& survey, const Answers& answers);

// The choices that a question offers: numbers of options, values of a scale, none with TEXT.
std::vector<int> ChoicesOf(const v1::SurveyQuestion& question);

// Where in the survey the question with this code stands; -1 if nowhere.
int IndexOf(const v1::Survey& survey, const std::string& code);

}  // namespace firstfloor::opinion::survey_form

#endif  // FIRSTFLOOR_SERVICES_OPINION_SURVEY_FORM_H_
