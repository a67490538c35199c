// The words by which a message is read: those that say what the matter is (噪音, 停水), and the formulas that
// everybody writes and that say nothing (尊敬的领导, 请问).
#ifndef FIRSTFLOOR_COMMON_TEXT_LEXICON_H_
#define FIRSTFLOOR_COMMON_TEXT_LEXICON_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/text/normalise.h"

namespace firstfloor::text {

// Immutable once made.
class Lexicon {
 public:
  // From lines "matter,word word …": words of a line mean one matter, whose name is the part before the comma
  // (1 to 64 bytes); no name: formulas. Lines that begin with # are left out. INVALID_ARGUMENT, reason
  // LEXICON_INVALID, naming the line: no comma, no word, a word that stands twice, one that is broken by a
  // sign, or more than kMostWords.
  static absl::StatusOr<Lexicon> Parse(absl::string_view lines);
  // The one compiled in (lexicon.csv).
  static const Lexicon& BuiltIn();
  static constexpr size_t kMostWords = 20'000;

  static constexpr int kFormula = -1;
  struct Word {
    size_t length;  // in elements; 0: no word begins here
    int matter;     // index into matters(), or kFormula
  };
  // The longest word that begins at element `at` of `run`.
  Word LongestAt(const Run& run, size_t at) const;
  const std::vector<std::string>& matters() const { return matters_; }

 private:
  absl::flat_hash_map<std::string, int> words_;  // elements run together → matter
  std::vector<std::string> matters_;
  absl::flat_hash_map<std::string, size_t> longest_;  // first element → elements of the longest word
};

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_LEXICON_H_
