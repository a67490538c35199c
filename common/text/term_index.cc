#include "common/text/term_index.h"

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
  for (const Term term : terms) {
    List& list = lists_[term];
    // A term that stands twice among `terms` is counted once.
    if (!list.differences.empty() && list.last == next_) continue;
    AppendNumber(next_ - list.last, list.differences);
    list.last = next_;
  }
  return next_++;
}

std::vector<uint8_t> TermIndex::Count(absl::Span<const Term> terms) const {
  std::vector<uint8_t> counts(next_);
  for (const Term term : terms) {
    const auto list = lists_.find(term);
    if (list == lists_.end()) continue;
    const std::string& differences = list->second.differences;
    const auto* at = reinterpret_cast<const unsigned char*>(differences.data());
    const auto* const end = at + differences.size();
    for (Text text = 0; at != end;) {
      text += TakeNumber(at);
      counts[text] += counts[text] != UINT8_MAX;
    }
  }
  return counts;
}

}  // namespace firstfloor::text
