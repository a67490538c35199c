#include "common/text/categories.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/text/normalise.h"

namespace firstfloor::text {
namespace {

constexpr char kHead[] = "firstfloor-categories-1";
constexpr size_t kBecause = 3;
constexpr double kOfHeadline = 3;  // what a piece in the headline counts, against one in the body
constexpr double kUnseen = 0.5;    // added to every count, so that nothing is impossible
constexpr size_t kLead = 20;       // elements of the body that stand for a missing headline

absl::Status Wrong(size_t line, absl::string_view why) {
  return error::Make(absl::StatusCode::kInvalidArgument, "CATEGORY_MODEL_INVALID",
                     absl::StrCat("line ", line, ": ", why));
}

absl::Status CannotTrain(absl::string_view why) {
  return error::Make(absl::StatusCode::kInvalidArgument, "CATEGORY_TRAINING_INVALID", why);
}

// The different pieces of a text: what each counts.
using Pieces = absl::flat_hash_map<std::string, double>;

// Reads up to `most` elements; answers how many are left of them.
size_t Read(const std::vector<Run>& runs, double counting, size_t most, Pieces& pieces) {
  for (const Run& run : runs) {
    for (size_t i = 0; i < run.size(); ++i) {
      if (most-- == 0) return 0;
      // A row of letters or digits says something alone.
      if (run[i].size() > 1 && static_cast<unsigned char>(run[i].front()) < 0x80) {
        pieces.try_emplace(run[i], counting);
      }
      if (i > 0) pieces.try_emplace(absl::StrCat(run[i - 1], run[i]), counting);
    }
  }
  return most;
}

Pieces PiecesOf(absl::string_view headline, absl::string_view body) {
  const std::vector<Run> headline_runs = Normalise(headline);
  const std::vector<Run> body_runs = Normalise(body);
  Pieces pieces;
  if (headline_runs.empty()) {
    Read(body_runs, kOfHeadline, kLead, pieces);
  } else {
    Read(headline_runs, kOfHeadline, SIZE_MAX, pieces);
  }
  Read(body_runs, 1, SIZE_MAX, pieces);
  return pieces;
}

}  // namespace

std::vector<CategoryGuess> CategoryModel::Guess(absl::string_view headline, absl::string_view body,
                                                size_t most) const {
  struct Known {
    const std::string* piece;
    double counting;
    const std::vector<float>* weights;
  };
  std::vector<Known> known;
  double counted = 0;
  const Pieces pieces = PiecesOf(headline, body);
  for (const auto& [piece, counting] : pieces) {
    const auto weights = weights_.find(piece);
    if (weights == weights_.end()) continue;
    known.push_back({&piece, counting, &weights->second});
    counted += counting * counting;
  }
  if (known.empty()) return {};
  // Pieces of one text are far from independent: their sum is tempered by a root of how many there are.
  std::vector<double> scores(categories_.size());
  double sum = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    for (const Known& k : known) scores[i] += k.counting * (*k.weights)[i];
    scores[i] = std::exp(scores[i] / std::sqrt(counted));
    sum += scores[i];
  }
  std::vector<size_t> order(scores.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : categories_[a] < categories_[b];
  });
  std::vector<CategoryGuess> guesses;
  for (size_t i = 0; i < std::min(most, order.size()); ++i) {
    const size_t category = order[i];
    const auto says = [category](const Known& k) { return k.counting * (*k.weights)[category]; };
    std::sort(known.begin(), known.end(), [&](const Known& a, const Known& b) {
      return says(a) != says(b) ? says(a) > says(b) : *a.piece < *b.piece;
    });
    CategoryGuess& guess = guesses.emplace_back();
    guess.category = categories_[category];
    guess.score = scores[category] / sum;
    for (size_t j = 0; j < std::min(kBecause, known.size()) && says(known[j]) > 0; ++j) {
      guess.because.push_back(*known[j].piece);
    }
  }
  return guesses;
}

std::string CategoryModel::Serialize() const {
  std::string lines = kHead;
  for (const std::string& category : categories_) absl::StrAppend(&lines, "\t", category);
  lines += "\n";
  std::vector<const std::string*> pieces;
  for (const auto& [piece, weights] : weights_) pieces.push_back(&piece);
  std::sort(pieces.begin(), pieces.end(), [](const auto* a, const auto* b) { return *a < *b; });
  for (const std::string* piece : pieces) {
    lines += *piece;
    for (const float weight : weights_.at(*piece)) absl::StrAppendFormat(&lines, "\t%.3f", weight);
    lines += "\n";
  }
  return lines;
}

absl::StatusOr<CategoryModel> CategoryModel::Parse(absl::string_view lines) {
  CategoryModel model;
  size_t number = 0;
  for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    ++number;
    const std::vector<std::string> fields = absl::StrSplit(line, '\t');
    if (number == 1) {
      if (fields.front() != kHead) return Wrong(number, "no model of categories begins so");
      model.categories_.assign(fields.begin() + 1, fields.end());
      if (model.categories_.size() < 2 || model.categories_.size() > kMostCategories) {
        return Wrong(number, "there must be from 2 to 500 categories");
      }
      continue;
    }
    if (fields.size() != model.categories_.size() + 1) return Wrong(number, "not a number for each category");
    std::vector<float> weights(model.categories_.size());
    for (size_t i = 0; i < weights.size(); ++i) {
      if (!absl::SimpleAtof(fields[i + 1], &weights[i]) || !std::isfinite(weights[i])) {
        return Wrong(number, "not a number");
      }
    }
    if (!model.weights_.emplace(fields.front(), std::move(weights)).second) {
      return Wrong(number, "a piece stands twice");
    }
    if (model.weights_.size() > kMostPieces) return Wrong(number, "more than 200,000 pieces");
  }
  if (model.weights_.empty()) return Wrong(number, "no piece");
  return model;
}

void CategoryTrainer::Add(absl::string_view headline, absl::string_view body, absl::string_view category) {
  ++texts_;
  const size_t number = categories_.try_emplace(category, categories_.size()).first->second;
  for (const auto& [piece, counting] : PiecesOf(headline, body)) ++counts_[piece][number];
}

absl::StatusOr<CategoryModel> CategoryTrainer::Train() const {
  const size_t categories = categories_.size();
  if (categories < 2 || categories > CategoryModel::kMostCategories) {
    return CannotTrain("from 2 to 500 categories can be told apart");
  }
  CategoryModel model;
  model.categories_.resize(categories);
  for (const auto& [name, number] : categories_) model.categories_[number] = name;

  const auto texts_with = [](const absl::flat_hash_map<size_t, uint32_t>& counts) {
    uint32_t sum = 0;
    for (const auto& [category, count] : counts) sum += count;
    return sum;
  };
  std::vector<double> of_category(categories);
  double of_all = 0, kept = 0;
  for (const auto& [piece, counts] : counts_) {
    if (texts_with(counts) < kFewest) continue;
    ++kept;
    for (const auto& [category, count] : counts) {
      of_category[category] += count;
      of_all += count;
    }
  }
  if (kept == 0) return CannotTrain("no piece stands in three texts");
  if (kept > static_cast<double>(CategoryModel::kMostPieces)) return CannotTrain("more than 200,000 pieces");

  for (const auto& [piece, counts] : counts_) {
    const uint32_t texts = texts_with(counts);
    if (texts < kFewest) continue;
    // How rarely texts of other categories hold it; against the mean of all categories, so that 0 says
    // nothing.
    std::vector<float>& weights = model.weights_[piece];
    double mean = 0;
    for (size_t i = 0; i < categories; ++i) {
      const auto count = counts.find(i);
      const double elsewhere = texts - (count == counts.end() ? 0 : count->second);
      const double weight = -std::log((elsewhere + kUnseen) / (of_all - of_category[i] + kUnseen * kept));
      weights.push_back(static_cast<float>(weight));
      mean += weight / static_cast<double>(categories);
    }
    for (float& weight : weights) weight -= static_cast<float>(mean);
  }
  return model;
}

}  // namespace firstfloor::text
