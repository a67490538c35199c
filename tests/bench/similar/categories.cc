// categories: how often the category that somebody has given a message is the one that is suggested for it,
// learned from four fifths of the messages and asked of the last, five times.
#include "common/text/categories.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "common/error/macros.h"
#include "tests/bench/similar/judged.h"
#include "tests/bench/similar/scattered.h"

ABSL_FLAG(std::string, messages, "", "file of messages: title, body and the category");
ABSL_FLAG(std::string, category_key, "category", "name of the field that holds the category");

namespace firstfloor::bench {
namespace {

constexpr size_t kFolds = 5;
constexpr size_t kSuggested = 3;

struct Score {
  double asked = 0, first = 0, among = 0, claimed = 0;

  void Count(const std::vector<text::CategoryGuess>& guesses, const std::string& category) {
    ++asked;
    if (guesses.empty()) return;
    claimed += guesses.front().score;
    first += guesses.front().category == category;
    among += std::any_of(guesses.begin(), guesses.end(),
                         [&](const text::CategoryGuess& guess) { return guess.category == category; });
  }
  void Add(const Score& other) {
    asked += other.asked;
    first += other.first;
    among += other.among;
    claimed += other.claimed;
  }
  void Print(absl::string_view what) const {
    std::cout << absl::StrFormat("| %s | %.3f | %.3f | %.3f |\n", what, first / asked, among / asked,
                                 claimed / asked);
  }
};

// With a title, as messages to a city have one, or all in one text, as opinions are.
std::vector<text::CategoryGuess> Guess(const text::CategoryModel& model, const Categorised& message,
                                       bool with_title) {
  if (with_title) return model.Guess(message.title, message.body, kSuggested);
  return model.Guess("", absl::StrCat(message.title, "\n", message.body), kSuggested);
}

absl::Status Measure() {
  ASSIGN_OR_RETURN(std::vector<Categorised> messages,
                   ReadCategorised(absl::GetFlag(FLAGS_messages), absl::GetFlag(FLAGS_category_key)));
  if (messages.size() < kFolds) return absl::InvalidArgumentError("there must be at least five messages");
  // A fifth has its share of every category, in an order that has nothing to do with the file's.
  std::vector<size_t> order(messages.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (messages[a].category != messages[b].category) return messages[a].category < messages[b].category;
    return Scattered(a) < Scattered(b);
  });
  std::map<std::string, int> sizes;
  for (const Categorised& message : messages) ++sizes[message.category];
  const int largest = std::max_element(sizes.begin(), sizes.end(), [](const auto& a, const auto& b) {
                        return a.second < b.second;
                      })->second;
  std::cout << messages.size() << " messages, " << sizes.size() << " categories; always naming the largest: "
            << absl::StrFormat("%.3f", static_cast<double>(largest) / static_cast<double>(messages.size()))
            << ".\n\n| held out | first is right | right among three | what the first claims "
               "|\n|---|---|---|---|\n";
  Score all, all_without_title;
  for (size_t fold = 0; fold < kFolds; ++fold) {
    text::CategoryTrainer trainer;
    for (size_t i = 0; i < order.size(); ++i) {
      const Categorised& message = messages[order[i]];
      if (i % kFolds != fold) trainer.Add(message.title, message.body, message.category);
    }
    ASSIGN_OR_RETURN(const text::CategoryModel model, trainer.Train());
    Score score;
    for (size_t i = fold; i < order.size(); i += kFolds) {
      const Categorised& message = messages[order[i]];
      score.Count(Guess(model, message, true), message.category);
      all_without_title.Count(Guess(model, message, false), message.category);
    }
    score.Print(absl::StrCat("fifth ", fold + 1));
    all.Add(score);
  }
  all.Print("all five");
  all_without_title.Print("all five, without a title");
  return absl::OkStatus();
}

}  // namespace
}  // namespace firstfloor::bench

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("categories --messages=FILE [--category_key=KEY]");
  absl::ParseCommandLine(argc, argv);
  if (const absl::Status measured = firstfloor::bench::Measure(); !measured.ok()) {
    std::cerr << "categories: " << measured.message() << "\n";
    return 2;
  }
  return 0;
}
