#include "common/text/terms.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/text/keyed_hash.h"

namespace firstfloor::text {
namespace {

// A row of letters or digits, which can be asked for alone; not one character of a script that has no spaces.
bool IsWord(absl::string_view element) {
  const auto lead = static_cast<unsigned char>(element.front());
  const size_t first = lead < 0xE0   ? 0
                       : lead < 0xF0 ? 3
                                     : 4;  // bytes of its first character, if three or more
  return element.size() != first;
}

}  // namespace

std::vector<Term> TermReader::Of(absl::Span<const Run> runs) const {
  KeyedHash hash(key_);
  std::vector<Term> terms;
  const auto add = [&](char kind, absl::string_view piece) {
    if (terms.size() < kMostTerms) terms.push_back(static_cast<Term>(hash(kind, piece)));
  };
  for (const Run& run : runs) {
    for (size_t i = 0; i < run.size(); ++i) {
      if (IsWord(run[i])) add('w', run[i]);
      if (i > 0) add('b', absl::StrCat(run[i - 1], " ", run[i]));
    }
  }
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

}  // namespace firstfloor::text
