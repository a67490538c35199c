#include "common/text/term_index.h"

#include <algorithm>

namespace firstfloor::text {
namespace {

// Seven bits a byte, the lowest first; a high bit says that more follow.
void AppendNumber(uint32_t number, std::string& bytes) {
  for (; number >= 0x80; number >>= 7) bytes.push_back(static_cast<char>(0x80 | number));
  bytes.push_back(static_cast<char>(number));
}

uint32_t TakeNumber(const unsigned char*& at) {
  uint32_t number = 0;
  for (int shift = 0;; shift += 7) {
    const unsigned char byte = *at++;
    number |= uint32_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return number;
  }
}

}  // namespace

TermIndex::Text TermIndex::Add(absl::Span<const Term> terms) {
  const uint32_t block = next_ / kBlock;
  for (const Term term : terms) {
    List& list = lists_[term];
    if (list.starts.empty() || list.starts.back().block != block) {
      list.starts.push_back({block, static_cast<uint32_t>(list.differences.size())});
      list.last = block * kBlock;
    } else if (list.last == next_) {
      continue;  // it stands twice among `terms`
    }
    AppendNumber(next_ - list.last, list.differences);
    list.last = next_;
  }
  return next_++;
}

void TermIndex::Count(absl::Span<const Term> terms, size_t block, Counts& counts) const {
  counts.fill(0);
  for (const Term term : terms) {
    const auto found = lists_.find(term);
    if (found == lists_.end()) continue;
    const List& list = found->second;
    const auto start = std::lower_bound(list.starts.begin(), list.starts.end(), block,
                                        [](const Start& s, size_t wanted) { return s.block < wanted; });
    if (start == list.starts.end() || start->block != block) continue;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(list.differences.data());
    const auto next = start + 1;
    const auto* const end = bytes + (next == list.starts.end() ? list.differences.size() : next->offset);
    Text text = 0;
    for (const auto* at = bytes + start->offset; at != end;) {
      text += TakeNumber(at);
      counts[text] += counts[text] != UINT8_MAX;
    }
  }
}

}  // namespace firstfloor::text
