// Which category a text is likely to be of, learned from texts whose category is known: complement naive
// Bayes, of which every weight can be read.
#ifndef FIRSTFLOOR_COMMON_TEXT_CATEGORIES_H_
#define FIRSTFLOOR_COMMON_TEXT_CATEGORIES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firstfloor::text {

struct CategoryGuess {
  std::string category;
  double score = 0;  // of all categories together 1
  // The pieces of the text that spoke for it most, the strongest first; at most three.
  std::vector<std::string> because;
};

// Immutable once made; thread-safe.
class CategoryModel {
 public:
  static constexpr size_t kMostCategories = 500;
  static constexpr size_t kMostPieces = 200'000;

  // The likeliest first, at most `most`; none if the text holds no piece that the model knows. As with
  // fingerprints, what stands in the headline counts more, and the first 20 characters of `body` stand for a
  // missing one.
  std::vector<CategoryGuess> Guess(absl::string_view headline, absl::string_view body, size_t most) const;

  const std::vector<std::string>& categories() const { return categories_; }
  size_t pieces() const { return weights_.size(); }

  // Lines of fields between tabs: a head that names the categories; then, in order, each piece (two
  // neighbouring characters, or a word of letters or digits) with what it says for each category, above 0 for
  // it.
  std::string Serialize() const;
  // INVALID_ARGUMENT, reason CATEGORY_MODEL_INVALID, naming the line, if it is nothing that Serialize gives.
  static absl::StatusOr<CategoryModel> Parse(absl::string_view lines);

 private:
  friend class CategoryTrainer;
  std::vector<std::string> categories_;
  absl::flat_hash_map<std::string, std::vector<float>> weights_;  // piece → for each category
};

// Not thread-safe.
class CategoryTrainer {
 public:
  // A piece that fewer texts hold is left out: chance, or somebody's name.
  static constexpr uint32_t kFewest = 3;

  void Add(absl::string_view headline, absl::string_view body, absl::string_view category);
  size_t texts() const { return texts_; }
  // INVALID_ARGUMENT, reason CATEGORY_TRAINING_INVALID, if there are fewer than two categories or more than
  // kMostCategories, no piece in kFewest texts, or more than kMostPieces.
  absl::StatusOr<CategoryModel> Train() const;

 private:
  size_t texts_ = 0;
  absl::flat_hash_map<std::string, size_t> categories_;
  absl::flat_hash_map<std::string, absl::flat_hash_map<size_t, uint32_t>>
      counts_;  // piece → category → texts
};

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_CATEGORIES_H_
