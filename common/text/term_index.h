// Which texts hold a term: for searching, in memory, the newest first.
#ifndef FIRSTFLOOR_COMMON_TEXT_TERM_INDEX_H_
#define FIRSTFLOOR_COMMON_TEXT_TERM_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "common/text/terms.h"

namespace firstfloor::text {

// Texts are numbered as they come, and numbers are not used again: its owner knows which text a number stands
// for, and which numbers stand for none any more. A term of a text takes two bytes or so. Not thread-safe.
class TermIndex {
 public:
  using Text = uint32_t;
  // Texts are looked at by so many at once, those with numbers from block × kBlock on: who wants the newest
  // need not look at all.
  static constexpr Text kBlock = 16'384;
  using Counts = std::array<uint8_t, kBlock>;

  // Takes a text's terms in; answers its number, from 0.
  Text Add(absl::Span<const Term> terms);

  size_t texts() const { return next_; }
  size_t blocks() const { return (next_ + kBlock - 1) / kBlock; }
  // How many of these terms, each given once, every text of the block holds; of 255 or more, 255. False, and
  // anything in `counts`, if none can hold `least` of them: then the terms that most texts hold need not be
  // looked at. Costs a nanosecond or two for each text of the block that holds one of those looked at.
  bool Count(absl::Span<const Term> terms, size_t block, size_t least, Counts& counts) const;

 private:
  // Numbers of texts, ascending, as the differences between them; of a block's first one, to the block's
  // beginning.
  struct Start {
    uint32_t block;
    uint32_t offset;  // in differences
  };
  using Bytes = absl::Span<const unsigned char>;
  struct List {
    std::string differences;
    absl::InlinedVector<Start, 1> starts;
    Text last = 0;
    Bytes InBlock(size_t block) const;
  };

  std::vector<Bytes> RarestFirst(absl::Span<const Term> terms, size_t block) const;

  Text next_ = 0;
  absl::flat_hash_map<Term, List> lists_;
};

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_TERM_INDEX_H_
