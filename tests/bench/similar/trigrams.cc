#include "tests/bench/similar/trigrams.h"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace firstfloor::bench {

Trigrams TrigramsOf(absl::string_view text) {
  const auto decoded =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  Trigrams trigrams;
  std::vector<UChar32> word;
  const auto end_word = [&] {
    if (word.empty()) return;
    word.insert(word.begin(), 2, ' ');
    word.push_back(' ');
    for (size_t i = 0; i + 2 < word.size(); ++i) {
      trigrams.push_back(uint64_t(word[i]) << 42 | uint64_t(word[i + 1]) << 21 | uint64_t(word[i + 2]));
    }
    word.clear();
  };
  for (int32_t i = 0; i < decoded.length(); i = decoded.moveIndex32(i, 1)) {
    const UChar32 c = decoded.char32At(i);
    if (u_isalnum(c)) {
      word.push_back(u_tolower(c));
    } else {
      end_word();
    }
  }
  end_word();
  std::sort(trigrams.begin(), trigrams.end());
  trigrams.erase(std::unique(trigrams.begin(), trigrams.end()), trigrams.end());
  return trigrams;
}

double TrigramSimilarity(const Trigrams& a, const Trigrams& b) {
  size_t both = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const uint64_t in_a = a[i], in_b = b[j];
    both += in_a == in_b;
    i += in_a <= in_b;
    j += in_b <= in_a;
  }
  const size_t either = a.size() + b.size() - both;
  return either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
}

}  // namespace firstfloor::bench
