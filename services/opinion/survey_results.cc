#include "services/opinion/survey_results.h"

#include <algorithm>
#include <cmath>

namespace firstfloor::opinion::survey_results {
namespace {

using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums

constexpr int64_t kTens = 10;

bool Any(const std::vector<bool>& hidden) {
  return std::find(hidden.begin(), hidden.end(), true) != hidden.end();
}

// The places after the first hidden one, round to it again.
std::vector<size_t> PlacesAfterFirst(const std::vector<bool>& hidden) {
  const auto first = static_cast<size_t>(std::find(hidden.begin(), hidden.end(), true) - hidden.begin());
  std::vector<size_t> places(hidden.size() - 1);
  for (size_t i = 0; i < places.size(); ++i) places[i] = (first + 1 + i) % hidden.size();
  return places;
}

class Question {
 public:
  Question(const SurveyQuestion& question, const QuestionTally& tally)
      : question_(question), tally_(tally), skipped_(tally.asked - tally.answered) {
    result_.set_question(question.code());
    result_.set_asked(tally.asked);
    for (const int choice : survey_form::ChoicesOf(question)) result_.add_cells()->set_choice(choice);
  }

  SurveyQuestionResult Tell() {
    switch (question_.kind()) {
      case SURVEY_QUESTION_KIND_MULTI:
        TellMulti();
        break;
      case SURVEY_QUESTION_KIND_SCALE:
        TellScale();
        break;
      case SURVEY_QUESTION_KIND_TEXT:
        TellAnswered();
        break;
      default:
        TellSingle();
    }
    return result_;
  }

 private:
  void Show(const std::vector<bool>& hidden) {
    for (size_t i = 0; i < tally_.cells.size(); ++i) {
      if (hidden[i]) {
        result_.set_suppressed(true);
      } else {
        result_.mutable_cells(static_cast<int>(i))->set_count(tally_.cells[i]);
      }
    }
  }
  void ShowAnswered() {
    result_.set_answered(tally_.answered);
    result_.set_skipped(skipped_);
  }
  // False, and nothing more is to be told, if few did not answer, or few did: which other figures are hidden
  // depends on how many answered, and would tell it.
  bool TellAnswered() {
    const bool few = (skipped_ > 0 && skipped_ < kFewest) || tally_.answered < kFewest;
    if (few) {
      result_.set_suppressed(true);
    } else {
      ShowAnswered();
    }
    return !few;
  }

  // Everybody who was asked chose one option, or none.
  void TellSingle() {
    std::vector<int64_t> parts = tally_.cells;
    parts.push_back(skipped_);
    const std::vector<bool> hidden = HiddenCells(parts, true);
    if (hidden.back()) {
      result_.set_suppressed(true);
    } else {
      ShowAnswered();
    }
    Show(hidden);
  }

  void TellMulti() {
    if (!TellAnswered()) return;
    const int64_t most = question_.max_choices() == 0 ? question_.options_size() : question_.max_choices();
    Show(HiddenOptions(tally_.cells, tally_.answered, most));
  }

  // The mean is an equation more, and that it is told says something too: beside some of the cells it would
  // give others away. So there are all of them with the mean, or the mean alone, or neither.
  void TellScale() {
    if (!TellAnswered()) return;
    const bool small =
        std::any_of(tally_.cells.begin(), tally_.cells.end(), [](int64_t cell) { return cell < kFewest; });
    result_.set_suppressed(small);
    if (!small) Show(std::vector<bool>(tally_.cells.size()));
    if (!small || IsFarFromTheEnds()) ShowMean();
  }

  // Above the lowest value, all answers together.
  int64_t Height() const {
    int64_t height = 0;
    for (size_t i = 0; i < tally_.cells.size(); ++i) height += static_cast<int64_t>(i) * tally_.cells[i];
    return height;
  }
  // Near an end, few tables have this mean: at the end itself only one.
  bool IsFarFromTheEnds() const {
    const int64_t steps = question_.scale_max() - question_.scale_min();
    const int64_t room = kFewest * steps;
    return Height() >= room && steps * tally_.answered - Height() >= room;
  }
  void ShowMean() {
    const double mean =
        question_.scale_min() + static_cast<double>(Height()) / static_cast<double>(tally_.answered);
    result_.set_mean(std::round(mean * 100) / 100);
  }

  const SurveyQuestion& question_;
  const QuestionTally& tally_;
  const int64_t skipped_;
  SurveyQuestionResult result_;
};

// How many were asked follows from what is told of the question that decides it; of all, if none does.
bool IsGroupKnown(const Survey& survey, const SurveyQuestion& question, const SurveyResults& results) {
  if (!question.has_condition()) return true;
  const int other = survey_form::IndexOf(survey, question.condition().question());
  if (other < 0 || other >= results.questions_size()) return false;
  const auto& wanted = question.condition().choices();
  const auto& cells = results.questions(other).cells();
  return std::all_of(wanted.begin(), wanted.end(), [&](int choice) {
    return std::any_of(cells.begin(), cells.end(),
                       [&](const SurveyCell& cell) { return cell.choice() == choice && cell.has_count(); });
  });
}

SurveyQuestionResult NothingOf(const SurveyQuestion& question) {
  SurveyQuestionResult result;
  result.set_question(question.code());
  for (const int choice : survey_form::ChoicesOf(question)) result.add_cells()->set_choice(choice);
  result.set_suppressed(true);
  return result;
}

}  // namespace

std::vector<bool> HiddenCells(const std::vector<int64_t>& cells, bool skip_last) {
  std::vector<bool> hidden(cells.size());
  int64_t together = 0;
  const auto says_nothing = [&](size_t place) {
    return skip_last && place + 1 == cells.size() && cells[place] == 0;
  };
  for (size_t i = 0; i < cells.size(); ++i) {
    hidden[i] = cells[i] < kFewest && !says_nothing(i);
    if (hidden[i]) together += cells[i];
  }
  if (!Any(hidden)) return hidden;
  bool another = false;
  for (const size_t place : PlacesAfterFirst(hidden)) {
    if (another && together >= 2 * kFewest) break;
    if (hidden[place] || says_nothing(place)) continue;
    hidden[place] = true;
    together += cells[place];
    another = true;
  }
  return hidden;
}

std::vector<bool> HiddenOptions(const std::vector<int64_t>& options, int64_t answered, int64_t most) {
  std::vector<bool> hidden(options.size());
  int64_t shown = 0;
  int hidden_count = 0;
  for (size_t i = 0; i < options.size(); ++i) {
    hidden[i] = options[i] < kFewest || answered - options[i] < kFewest;
    if (hidden[i]) {
      ++hidden_count;
    } else {
      shown += options[i];
    }
  }
  if (hidden_count == 0) return hidden;
  for (const size_t place : PlacesAfterFirst(hidden)) {
    const bool free_below = shown >= answered || hidden_count >= 2;
    const bool free_above = most * answered - shown >= answered;
    if (free_below && free_above) break;
    if (hidden[place]) continue;
    hidden[place] = true;
    ++hidden_count;
    shown -= options[place];
  }
  return hidden;
}

SurveyResults Tell(const Survey& survey, const SurveyTally& tally) {
  SurveyResults results;
  results.set_survey(survey.name());
  results.set_state(survey.state());
  if (survey.state() != SURVEY_STATE_CLOSED) {
    results.set_responses(tally.responses / kTens * kTens);
    return results;
  }
  if (tally.responses < kFewest) {
    for (const SurveyQuestion& question : survey.questions()) *results.add_questions() = NothingOf(question);
    return results;
  }
  results.set_responses(tally.responses);
  for (int i = 0; i < survey.questions_size(); ++i) {
    const SurveyQuestion& question = survey.questions(i);
    *results.add_questions() = IsGroupKnown(survey, question, results)
                                   ? Question(question, tally.questions[static_cast<size_t>(i)]).Tell()
                                   : NothingOf(question);
  }
  return results;
}

}  // namespace firstfloor::opinion::survey_results
