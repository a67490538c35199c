// Finds, among the messages of a community, those that are about the same matter as another.
#ifndef FIRSTFLOOR_COMMON_TEXT_SIMILAR_INDEX_H_
#define FIRSTFLOOR_COMMON_TEXT_SIMILAR_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/text/fingerprint.h"

namespace firstfloor::text {

// Names a message to its owner, for example the 16 bytes of an opinion's id.
using MessageId = absl::uint128;

struct Message {
  Fingerprint print;
  // Only messages of the same scope are ever compared, for example one community's code.
  std::string scope;
  absl::Time time;
  // A keyed hash of who wrote it; 0: not known. Equal hashes count as one person.
  uint64_t reporter = 0;
};

struct Match {
  MessageId id;
  double score;  // SameMatter; from kSameMatter on the two are taken for one matter
};

// In memory, made again at a start by adding what is stored, in the order of creation. Thread-safe: one
// thread adds or removes at a time, any number look. The same calls in the same order give the same answers.
//
// A message costs less than a kilobyte, and one more costs much the same at a million as at ten thousand: of
// each message the kListed pairs that say the most are listed, a list keeps its kListLength newest, and a
// look-up reads kRead entries of the lists of its own kListed pairs, those that say the most first, and
// compares kCompared messages in full. A message that newer ones have pushed off every list that it stood on
// is not found any more; where a matter lives on, its newer messages are.
class SimilarIndex {
 public:
  static constexpr size_t kListed = 32;
  static constexpr size_t kListLength = 256;
  static constexpr size_t kRead = 1000;
  static constexpr size_t kCompared = 64;

  SimilarIndex();
  ~SimilarIndex();

  // Replaces what was there under `id`.
  void Add(MessageId id, const Message& message);
  // False if there is none.
  bool Remove(MessageId id);

  // The messages of `message.scope` most likely to be about the same matter as `message`, best first, equal
  // ones by id; at most `k` of at most kCompared, none below `least`. `itself` is left out.
  std::vector<Match> Top(const Message& message, size_t k, double least = 0,
                         std::optional<MessageId> itself = std::nullopt) const;

  size_t size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_SIMILAR_INDEX_H_
