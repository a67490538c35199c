// Which texts hold a term: for searching, in memory.
#ifndef FIRSTFLOOR_COMMON_TEXT_TERM_INDEX_H_
#define FIRSTFLOOR_COMMON_TEXT_TERM_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "common/text/terms.h"

namespace firstfloor::text {

// Texts are numbered as they come, and numbers are not used again: its owner knows which text a number stands
// for, and which numbers stand for none any more. A term of a text takes two bytes or so. Not thread-safe.
class TermIndex {
 public:
  using Text = uint32_t;

  // Takes a text's terms in; answers its number, from 0.
  Text Add(absl::Span<const Term> terms);

  // Of each text, how many of these terms it holds; of 255 or more, 255. Costs a few nanoseconds for each
  // text that holds one of them, and less than one for any other.
  std::vector<uint8_t> Count(absl::Span<const Term> terms) const;

  size_t texts() const { return next_; }

 private:
  // Numbers of texts, ascending, as the differences between them.
  struct List {
    std::string differences;
    Text last = 0;
  };

  Text next_ = 0;
  absl::flat_hash_map<Term, List> lists_;
};

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_TERM_INDEX_H_
