// What a text is searched by: its pairs of neighbouring characters and its words of letters or digits, as
// keyed hashes.
#ifndef FIRSTFLOOR_COMMON_TEXT_TERMS_H_
#define FIRSTFLOOR_COMMON_TEXT_TERMS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/text/normalise.h"

namespace firstfloor::text {

// 32 bits of a keyed hash. Where two different ones are equal, a search finds a text too many.
using Term = uint32_t;

// Makes terms with one key. Immutable; thread-safe.
class TermReader {
 public:
  // Of the first so many terms of a text, repeated or not; what follows is not found.
  static constexpr size_t kMostTerms = 1024;

  // `key`: 16 secret bytes that never change, and are used for nothing else.
  explicit TermReader(absl::string_view key) : key_(key) {}

  // Ascending, none twice. A single character is no term: whatever holds none cannot be searched for.
  std::vector<Term> Of(absl::Span<const Run> runs) const;
  std::vector<Term> Of(absl::string_view text) const { return Of(Normalise(text)); }

 private:
  std::string key_;
};

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_TERMS_H_
