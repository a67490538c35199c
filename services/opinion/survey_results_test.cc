#include "services/opinion/survey_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace firstfloor::opinion::survey_results {
namespace {

using ::testing::ElementsAre;
using namespace v1;  // NOLINT(google-build-using-namespace): the resource's own enums
using Cells = std::vector<int64_t>;

Survey Closed() {
  Survey survey;
  survey.set_name("surveys/01900000-0000-7000-8000-000000000001");
  survey.set_state(SURVEY_STATE_CLOSED);
  return survey;
}

SurveyQuestion& Add(Survey& survey, const std::string& code, SurveyQuestionKind kind, int choices,
                    bool required = true) {
  SurveyQuestion& question = *survey.add_questions();
  question.set_code(code);
  question.set_kind(kind);
  question.set_required(required);
  if (kind == SURVEY_QUESTION_KIND_SCALE) {
    question.set_scale_min(1);
    question.set_scale_max(choices);
  } else {
    for (int i = 1; i <= choices; ++i) question.add_options(absl::StrCat("option ", i));
  }
  return question;
}

Survey OneQuestion(SurveyQuestionKind kind, int choices, bool required = true) {
  Survey survey = Closed();
  Add(survey, "Q1", kind, choices, required);
  return survey;
}

QuestionTally Chosen(const Cells& cells, int64_t skipped = 0) {
  QuestionTally tally;
  tally.cells = cells;
  for (const int64_t cell : cells) tally.answered += cell;
  tally.asked = tally.answered + skipped;
  return tally;
}

SurveyQuestionResult Told(const Survey& survey, const QuestionTally& tally) {
  return Tell(survey, {tally.asked, {tally}}).questions(0);
}

// -1 where nothing is told.
Cells CountsOf(const SurveyQuestionResult& result) {
  Cells counts;
  for (const SurveyCell& cell : result.cells()) counts.push_back(cell.has_count() ? cell.count() : -1);
  return counts;
}

TEST(Results, TellCountsAndMeans) {
  const auto single = Told(OneQuestion(SURVEY_QUESTION_KIND_SINGLE, 3), Chosen({20, 10, 5}));
  EXPECT_THAT(CountsOf(single), ElementsAre(20, 10, 5));
  EXPECT_FALSE(single.suppressed());
  EXPECT_FALSE(single.has_mean());
  const auto scale = Told(OneQuestion(SURVEY_QUESTION_KIND_SCALE, 5), Chosen({5, 6, 7, 8, 9}));
  EXPECT_THAT(CountsOf(scale), ElementsAre(5, 6, 7, 8, 9));
  EXPECT_DOUBLE_EQ(scale.mean(), 3.29);  // 115 / 35
}

TEST(Results, HideCellsUnderFive) {
  for (const int64_t small : {0, 1, 2, 3, 4}) {
    const auto told = Told(OneQuestion(SURVEY_QUESTION_KIND_SINGLE, 4), Chosen({20, small, 30, 40}));
    EXPECT_FALSE(told.cells(1).has_count()) << small;
    EXPECT_TRUE(told.suppressed());
  }
}

TEST(Results, HideAnotherCellSoThatTheTotalMinusTheOthersGivesNothing) {
  const auto told = Told(OneQuestion(SURVEY_QUESTION_KIND_SINGLE, 4), Chosen({20, 3, 30, 40}));
  EXPECT_THAT(CountsOf(told), ElementsAre(20, -1, -1, 40));
  // The hidden ones stand for ten people at least: 0 and 5 together would give both away.
  EXPECT_THAT(CountsOf(Told(OneQuestion(SURVEY_QUESTION_KIND_SINGLE, 4), Chosen({20, 0, 5, 40}))),
              ElementsAre(20, -1, -1, -1));
}

TEST(Results, OfFewerThanFiveResponsesAreNone) {
  const SurveyResults results = Tell(OneQuestion(SURVEY_QUESTION_KIND_SINGLE, 2), {4, {Chosen({4, 0})}});
  EXPECT_FALSE(results.has_responses());
  EXPECT_THAT(CountsOf(results.questions(0)), ElementsAre(-1, -1));
  EXPECT_FALSE(results.questions(0).has_asked());
}

TEST(Results, WhileItIsOpenSayOnlyHowManyAnsweredInTens) {
  Survey survey = OneQuestion(SURVEY_QUESTION_KIND_SINGLE, 2);
  survey.set_state(SURVEY_STATE_PUBLISHED);
  // Whatever comes between two readings, they differ by nothing or by ten.
  for (const int64_t responses : {0, 4, 9, 10, 99}) {
    const SurveyResults results = Tell(survey, {responses, {Chosen({responses, 0})}});
    EXPECT_EQ(results.responses(), responses / 10 * 10);
    EXPECT_EQ(results.questions_size(), 0);
  }
}

TEST(Results, TellOfABranchOnlyWhatThePublishedMarginalsSayAnyway) {
  Survey survey = OneQuestion(SURVEY_QUESTION_KIND_SINGLE, 3);
  SurveyQuestion& why = Add(survey, "Q2", SURVEY_QUESTION_KIND_SINGLE, 2);
  why.mutable_condition()->set_question("Q1");
  why.mutable_condition()->add_choices(2);
  // All of Q1 is told: so may be how many were asked Q2.
  SurveyResults results = Tell(survey, {50, {Chosen({20, 20, 10}), Chosen({12, 8})}});
  EXPECT_EQ(results.questions(1).asked(), 20);
  EXPECT_THAT(CountsOf(results.questions(1)), ElementsAre(12, 8));
  // Option 2 is hidden beside the small option 1: how many were asked Q2 would give both.
  results = Tell(survey, {33, {Chosen({3, 20, 10}), Chosen({12, 8})}});
  EXPECT_THAT(CountsOf(results.questions(0)), ElementsAre(-1, -1, 10));
  EXPECT_FALSE(results.questions(1).has_asked());
  EXPECT_THAT(CountsOf(results.questions(1)), ElementsAre(-1, -1));
  EXPECT_TRUE(results.questions(1).suppressed());
}

TEST(Results, TellNothingOfABranchOfABranchThatIsHidden) {
  Survey survey = OneQuestion(SURVEY_QUESTION_KIND_SINGLE, 2);
  for (const char* code : {"Q2", "Q3"}) {
    SurveyQuestion& question = Add(survey, code, SURVEY_QUESTION_KIND_SINGLE, 2);
    question.mutable_condition()->set_question(std::string(code) == "Q2" ? "Q1" : "Q2");
    question.mutable_condition()->add_choices(1);
  }
  const SurveyResults results = Tell(survey, {23, {Chosen({20, 3}), Chosen({10, 10}), Chosen({5, 5})}});
  EXPECT_FALSE(results.questions(2).has_asked());
  EXPECT_THAT(CountsOf(results.questions(2)), ElementsAre(-1, -1));
}

TEST(Results, OfWordsSayHowManyGaveThem) {
  const Survey survey = OneQuestion(SURVEY_QUESTION_KIND_TEXT, 0, false);
  QuestionTally tally{.asked = 30, .answered = 12, .cells = {}};
  EXPECT_EQ(Told(survey, tally).answered(), 12);
  EXPECT_EQ(Told(survey, tally).skipped(), 18);
  for (const int64_t answered : {0, 4, 26, 29}) {
    tally.answered = answered;
    EXPECT_FALSE(Told(survey, tally).has_answered()) << answered;
    EXPECT_FALSE(Told(survey, tally).has_skipped()) << answered;
  }
  tally.answered = 30;
  EXPECT_EQ(Told(survey, tally).answered(), 30);
}

TEST(Results, TellTheMeanInsteadOfSmallCells) {
  const auto told = Told(OneQuestion(SURVEY_QUESTION_KIND_SCALE, 5), Chosen({2, 3, 10, 15, 20}));
  EXPECT_THAT(CountsOf(told), ElementsAre(-1, -1, -1, -1, -1));
  EXPECT_DOUBLE_EQ(told.mean(), 3.96);
  EXPECT_EQ(told.answered(), 50);
  // At an end there is but one table with this mean.
  const auto at_the_end = Told(OneQuestion(SURVEY_QUESTION_KIND_SCALE, 5), Chosen({0, 0, 0, 1, 20}));
  EXPECT_FALSE(at_the_end.has_mean());
  EXPECT_THAT(CountsOf(at_the_end), ElementsAre(-1, -1, -1, -1, -1));
}

// ---- the attack ----
// Whoever wants to know what is hidden knows the rules and everything that is told, and tries every table
// that there can be. For each hidden cell that is small, several numbers must be left.

using Tables = std::vector<QuestionTally>;

// Calls `visit` with every way to put `n` people into `parts` places.
void ForEverySplit(int64_t n, size_t parts, Cells& cells, const std::function<void()>& visit) {
  if (parts == 1) {
    cells.push_back(n);
    visit();
    cells.pop_back();
    return;
  }
  for (int64_t here = 0; here <= n; ++here) {
    cells.push_back(here);
    ForEverySplit(n - here, parts - 1, cells, visit);
    cells.pop_back();
  }
}

// Of everything that looks the same when it is told: the fewest different numbers that a small hidden cell
// may be.
size_t FewestGuesses(const Survey& survey, const Tables& tables, std::string& worst) {
  std::map<std::string, Tables> by_what_is_told;
  for (const QuestionTally& tally : tables) {
    by_what_is_told[Told(survey, tally).SerializeAsString()].push_back(tally);
  }
  size_t fewest = 1000;
  for (const auto& [told, same] : by_what_is_told) {
    const SurveyQuestionResult result = Told(survey, same.front());
    const size_t parts = same.front().cells.size();
    for (size_t i = 0; i <= parts; ++i) {
      const bool skip = i == parts;
      if (skip ? result.has_skipped() : result.cells(static_cast<int>(i)).has_count()) continue;
      std::set<int64_t> guesses;
      for (const QuestionTally& tally : same) {
        guesses.insert(skip ? tally.asked - tally.answered : tally.cells[i]);
      }
      // Nobody having skipped a question says nothing of anybody.
      const auto smallest = skip ? guesses.upper_bound(0) : guesses.begin();
      if (smallest == guesses.end() || *smallest >= kFewest || guesses.size() >= fewest) continue;
      fewest = guesses.size();
      worst = absl::StrCat(absl::StrJoin(same.front().cells, " "), " of ", same.front().asked, ", place ", i);
    }
  }
  return fewest;
}

void ExpectNothingFollows(const Survey& survey, size_t places, bool with_skipped, int64_t from, int64_t to,
                          size_t guesses) {
  for (int64_t n = from; n <= to; ++n) {
    Tables tables;
    Cells cells;
    ForEverySplit(n, places + (with_skipped ? 1 : 0), cells, [&] {
      Cells chosen(cells.begin(), cells.begin() + static_cast<long>(places));  // NOLINT(google-runtime-int)
      tables.push_back(Chosen(chosen, with_skipped ? cells.back() : 0));
    });
    std::string worst;
    EXPECT_GE(FewestGuesses(survey, tables, worst), guesses) << worst;
  }
}

TEST(WhoKnowsTheRules, LearnsNoSmallCellOfASingleChoice) {
  for (const auto& [choices, most] :
       std::vector<std::pair<size_t, int64_t>>{{2, 40}, {3, 32}, {4, 22}, {5, 16}}) {
    const Survey survey = OneQuestion(SURVEY_QUESTION_KIND_SINGLE, static_cast<int>(choices));
    ExpectNothingFollows(survey, choices, false, 5, most, 5);
  }
}

TEST(WhoKnowsTheRules, LearnsNoSmallCellOfASingleChoiceThatMayBeSkipped) {
  for (const auto& [choices, most] : std::vector<std::pair<size_t, int64_t>>{{2, 32}, {3, 22}, {4, 16}}) {
    const Survey survey = OneQuestion(SURVEY_QUESTION_KIND_SINGLE, static_cast<int>(choices), false);
    ExpectNothingFollows(survey, choices, true, 5, most, 4);  // a small number that skipped is 1 to 4
  }
}

TEST(WhoKnowsTheRules, LearnsNoSmallCellOfAScaleFromItsMean) {
  for (const auto& [choices, most] :
       std::vector<std::pair<size_t, int64_t>>{{2, 40}, {3, 32}, {4, 24}, {5, 18}}) {
    const Survey survey = OneQuestion(SURVEY_QUESTION_KIND_SCALE, static_cast<int>(choices));
    ExpectNothingFollows(survey, choices, false, 5, most, 5);
  }
  ExpectNothingFollows(OneQuestion(SURVEY_QUESTION_KIND_SCALE, 3, false), 3, true, 5, 24, 4);
}

// Every table of `answered` people who chose one option at least and `most` at most.
Tables EveryMultipleChoice(size_t options, int64_t asked, int64_t answered, int64_t most) {
  Tables tables;
  Cells cells(options);
  const std::function<void(size_t)> fill = [&](size_t place) {
    if (place < cells.size()) {
      for (cells[place] = 0; cells[place] <= answered; ++cells[place]) fill(place + 1);
      return;
    }
    const int64_t chosen = Chosen(cells).answered;
    if (chosen >= answered && chosen <= most * answered) tables.push_back({asked, answered, cells});
  };
  fill(0);
  return tables;
}

TEST(WhoKnowsTheRules, LearnsNoSmallCellOfAMultipleChoice) {
  struct Size {
    int options, most;
    int64_t people;
    bool required;
  };
  for (const Size& size : std::vector<Size>{{2, 2, 30, true},
                                            {3, 2, 20, true},
                                            {3, 3, 20, true},
                                            {4, 2, 12, true},
                                            {4, 3, 12, true},
                                            {2, 2, 24, false},
                                            {3, 2, 15, false},
                                            {3, 3, 15, false}}) {
    Survey survey = OneQuestion(SURVEY_QUESTION_KIND_MULTI, size.options, size.required);
    survey.mutable_questions(0)->set_max_choices(size.most);
    for (int64_t n = 5; n <= size.people; ++n) {
      Tables tables;
      for (int64_t answered = size.required ? n : 0; answered <= n; ++answered) {
        const Tables more = EveryMultipleChoice(static_cast<size_t>(size.options), n, answered, size.most);
        tables.insert(tables.end(), more.begin(), more.end());
      }
      std::string worst;
      EXPECT_GE(FewestGuesses(survey, tables, worst), size.required ? 5u : 4u) << worst;
    }
  }
}

// The attack finds what there is to find: with the small cell hidden alone, one number is left.
TEST(WhoKnowsTheRules, WouldLearnACellThatIsHiddenAlone) {
  std::map<std::string, std::set<int64_t>> guesses;
  Cells cells;
  ForEverySplit(30, 3, cells, [&] {
    std::string told;
    for (const int64_t cell : cells) absl::StrAppend(&told, cell < kFewest ? -1 : cell, " ");
    if (cells[0] < kFewest && cells[1] >= kFewest && cells[2] >= kFewest) guesses[told].insert(cells[0]);
  });
  ASSERT_FALSE(guesses.empty());
  for (const auto& [told, numbers] : guesses) EXPECT_EQ(numbers.size(), 1u) << told;
}

// ---- counting ----

TEST(Tallies, AddUpAndAreReadAsTheyWereWritten) {
  Survey survey = OneQuestion(SURVEY_QUESTION_KIND_SINGLE, 3);
  SurveyQuestion& why = Add(survey, "Q2", SURVEY_QUESTION_KIND_TEXT, 0, false);
  why.mutable_condition()->set_question("Q1");
  why.mutable_condition()->add_choices(3);
  survey_form::Answers answers;
  SurveyAnswer& answer = *answers.Add();
  answer.set_question("Q1");
  SurveyTally sum = tally::Empty(survey);
  for (const int choice : {1, 3, 3}) {
    answer.clear_choices();
    answer.add_choices(choice);
    SurveyTally one = tally::Empty(survey);
    tally::Count(survey, answers, one);
    tally::Add(one, sum);
  }
  EXPECT_EQ(sum.responses, 3);
  EXPECT_THAT(sum.questions[0].cells, ElementsAre(1, 0, 2));
  EXPECT_EQ(sum.questions[1].asked, 2);
  EXPECT_EQ(sum.questions[1].answered, 0);
  const std::string text = tally::ToText(sum);
  EXPECT_EQ(tally::ToText(tally::FromText(survey, text).value()), text);
  EXPECT_FALSE(tally::FromText(survey, text + " 1").ok());
  EXPECT_FALSE(tally::FromText(OneQuestion(SURVEY_QUESTION_KIND_SINGLE, 3), text).ok());
}

#ifdef __SANITIZE_ADDRESS__
constexpr absl::Duration kTallied = absl::Seconds(10);  // what a sanitizer adds is several times slower
#else
constexpr absl::Duration kTallied = absl::Seconds(1);
#endif

TEST(Tallies, OfAHundredThousandResponsesTakeLessThanASecond) {
  Survey survey = Closed();
  for (int i = 1; i <= 10; ++i) {
    const auto kind = i % 2 == 0 ? SURVEY_QUESTION_KIND_SCALE : SURVEY_QUESTION_KIND_SINGLE;
    Add(survey, absl::StrCat("Q", i), kind, 5);
  }
  SurveyTally tally = tally::Empty(survey);
  const absl::Time start = absl::Now();
  for (int person = 0; person < 100'000; ++person) {
    survey_form::Answers answers;
    for (int i = 1; i <= 10; ++i) {
      SurveyAnswer& answer = *answers.Add();
      answer.set_question(survey.questions(i - 1).code());
      answer.add_choices(1 + (person + i) % 5);
    }
    tally::Count(survey, answers, tally);
  }
  const SurveyResults results = Tell(survey, tally);
  const absl::Duration took = absl::Now() - start;
  RecordProperty("milliseconds", static_cast<int>(absl::ToInt64Milliseconds(took)));
  EXPECT_LT(took, kTallied);
  EXPECT_EQ(results.responses(), 100'000);
  for (const SurveyQuestionResult& question : results.questions()) {
    EXPECT_THAT(CountsOf(question), ElementsAre(20'000, 20'000, 20'000, 20'000, 20'000));
  }
}

}  // namespace
}  // namespace firstfloor::opinion::survey_results
