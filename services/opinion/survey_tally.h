// The tally of a survey: how many chose what, without who. Pure.
#ifndef FIRSTFLOOR_SERVICES_OPINION_SURVEY_TALLY_H_
#define FIRSTFLOOR_SERVICES_OPINION_SURVEY_TALLY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "firstfloor/opinion/v1/survey.pb.h"
#include "services/opinion/survey_form.h"

namespace firstfloor::opinion {

struct QuestionTally {
  int64_t asked = 0;
  int64_t answered = 0;
  std::vector<int64_t> cells;  // in the order of survey_form::ChoicesOf
};

struct SurveyTally {
  int64_t responses = 0;
  std::vector<QuestionTally> questions;  // in the order of the survey's
};

namespace tally {

SurveyTally Empty(const v1::Survey& survey);
// Counts one response, whose answers are sound.
void Count(const v1::Survey& survey, const survey_form::Answers& answers, SurveyTally& tally);
// Adds `more`, of the same survey.
void Add(const SurveyTally& more, SurveyTally& tally);

// As it is stored, and back; DATA_LOSS if it is not of this survey.
std::string ToText(const SurveyTally& tally);
absl::StatusOr<SurveyTally> FromText(const v1::Survey& survey, absl::string_view text);

}  // namespace tally
}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_SURVEY_TALLY_H_
