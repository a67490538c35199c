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

TermIndex::Bytes TermIndex::List::InBlock(size_t block) const {
  const auto start = std::lower_bound(starts.begin(), starts.end(), block,
                                      [](const Start& s, size_t wanted) { return s.block < wanted; });
  if (start == starts.end() || start->block != block) return {};
  const auto* const bytes = reinterpret_cast<const unsigned char*>(differences.data());
  const size_t end = start + 1 == starts.end() ? differences.size() : (start + 1)->offset;
  return {bytes + start->offset, end - start->offset};
}

std::vector<TermIndex::Bytes> TermIndex::RarestFirst(absl::Span<const Term> terms, size_t block) const {
  std::vector<Bytes> lists;
  for (const Term term : terms) {
    const auto found = lists_.find(term);
    if (found == lists_.end()) continue;
    if (const Bytes bytes = found->second.InBlock(block); !bytes.empty()) lists.push_back(bytes);
  }
  std::sort(lists.begin(), lists.end(), [](Bytes a, Bytes b) { return a.size() < b.size(); });
  return lists;
}

bool TermIndex::Count(absl::Span<const Term> terms, size_t block, size_t least, Counts& counts) const {
  const std::vector<Bytes> lists = RarestFirst(terms, block);
  counts.fill(0);
  size_t most = 0;  // that a text is known to hold
  for (size_t i = 0; i < lists.size(); ++i) {
    if (most + (lists.size() - i) < least) return false;
    uint8_t most_now = 0;
    Text text = 0;
    for (const unsigned char *at = lists[i].begin(), *const end = lists[i].end(); at != end;) {
      text += TakeNumber(at);
      counts[text] += counts[text] != UINT8_MAX;
      most_now = std::max(most_now, counts[text]);
    }
    most = std::max<size_t>(most, most_now);
  }
  return most >= least;
}

}  // namespace firstfloor::text
