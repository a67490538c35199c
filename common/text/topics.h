// Groups messages that are about the same matter: hot topics, message by message.
#ifndef FIRSTFLOOR_COMMON_TEXT_TOPICS_H_
#define FIRSTFLOOR_COMMON_TEXT_TOPICS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "common/text/similar_index.h"

namespace firstfloor::text {

// Matches to link from this score on. Stricter than text::kSameMatter: one wrong link joins two topics whole.
inline constexpr double kSameTopic = 0.6;

struct Topic {
  // The member with the most links to others, the one with the smallest id of those: its title stands for
  // all.
  MessageId representative;
  std::vector<MessageId> members;  // by id
};

// A topic is whatever links join, over any number of messages; a message that nothing is linked to is a topic
// of its own. Not thread-safe. What a topic's heat is, its owner knows: how many members, their supports, how
// recent.
//
// One more message costs the same whatever is there (the smaller topics take the largest one's number, which
// happens to a message no more often than a topic can double). Removing one costs as much as its topic has
// members.
class Topics {
 public:
  // More matches than that are not looked at.
  static constexpr size_t kMostMatches = 5;

  // Takes a message in and links it to `matches`, those of them that are there: what SimilarIndex::Top found
  // from kSameTopic on. Replaces what was there under `id`.
  void Add(MessageId id, absl::Span<const Match> matches);
  // Takes a message out, for example one that was withdrawn; what it alone held together falls apart. False
  // if there is none.
  bool Remove(MessageId id);

  // The topic that `id` is in; nullopt if there is no such message. Costs as much as the topic has members.
  std::optional<Topic> Of(MessageId id) const;
  // How those of `ids` that are there fall into topics: what at least `members` of them share, each ordered
  // by how many links they have to others, the most first, equal ones by id. Costs as much as there are
  // `ids`.
  std::vector<std::vector<MessageId>> Among(absl::Span<const MessageId> ids, size_t members = 2) const;
  // All topics with at least `members` members, the largest first, equal ones by representative.
  std::vector<Topic> All(size_t members = 2) const;

  size_t messages() const { return nodes_.size(); }

 private:
  using Number = uint64_t;
  struct Node {
    Number topic;
    std::vector<MessageId> links;
  };

  Topic Described(const std::vector<MessageId>& members) const;
  void Join(Number a, Number b);

  Number next_ = 0;
  absl::flat_hash_map<MessageId, Node> nodes_;
  absl::flat_hash_map<Number, std::vector<MessageId>> members_;
};

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_TOPICS_H_
