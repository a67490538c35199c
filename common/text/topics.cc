#include "common/text/topics.h"

#include <algorithm>
#include <utility>

namespace firstfloor::text {
namespace {

void Erase(std::vector<MessageId>& ids, MessageId id) {
  ids.erase(std::remove(ids.begin(), ids.end(), id), ids.end());
}

}  // namespace

void Topics::Add(MessageId id, absl::Span<const Match> matches) {
  Remove(id);
  const Number own = next_++;
  nodes_[id].topic = own;
  members_[own] = {id};
  for (const Match& match : matches.subspan(0, kMostMatches)) {
    const auto other = nodes_.find(match.id);
    if (other == nodes_.end() || match.id == id) continue;
    other->second.links.push_back(id);
    nodes_[id].links.push_back(match.id);
    Join(nodes_[id].topic, other->second.topic);
  }
}

void Topics::Join(Number a, Number b) {
  if (a == b) return;
  if (members_[a].size() > members_[b].size()) std::swap(a, b);
  const std::vector<MessageId> moving = std::move(members_[a]);
  members_.erase(a);
  std::vector<MessageId>& there = members_[b];
  for (const MessageId id : moving) nodes_[id].topic = b;
  there.insert(there.end(), moving.begin(), moving.end());
}

bool Topics::Remove(MessageId id) {
  const auto found = nodes_.find(id);
  if (found == nodes_.end()) return false;
  const Node gone = std::move(found->second);
  nodes_.erase(found);
  for (const MessageId linked : gone.links) Erase(nodes_[linked].links, id);

  // What is left of the topic is put together again along its links.
  std::vector<MessageId> rest = std::move(members_[gone.topic]);
  members_.erase(gone.topic);
  Erase(rest, id);
  for (const MessageId first : rest) {
    if (nodes_[first].topic != gone.topic) continue;
    const Number topic = next_++;
    std::vector<MessageId>& reached = members_[topic];
    reached.push_back(first);
    nodes_[first].topic = topic;
    for (size_t i = 0; i < reached.size(); ++i) {
      for (const MessageId linked : nodes_[reached[i]].links) {
        if (nodes_[linked].topic == topic) continue;
        nodes_[linked].topic = topic;
        reached.push_back(linked);
      }
    }
  }
  return true;
}

Topic Topics::Described(const std::vector<MessageId>& members) const {
  Topic topic{members.front(), members};
  std::sort(topic.members.begin(), topic.members.end());
  size_t most = 0;
  for (const MessageId id : topic.members) {
    const size_t links = nodes_.at(id).links.size();
    if (links > most || id == topic.members.front()) {
      most = links;
      topic.representative = id;
    }
  }
  return topic;
}

std::optional<Topic> Topics::Of(MessageId id) const {
  const auto node = nodes_.find(id);
  if (node == nodes_.end()) return std::nullopt;
  return Described(members_.at(node->second.topic));
}

std::vector<std::vector<MessageId>> Topics::Among(absl::Span<const MessageId> ids, size_t members) const {
  absl::flat_hash_map<Number, std::vector<MessageId>> shared;
  for (const MessageId id : ids) {
    if (const auto node = nodes_.find(id); node != nodes_.end()) shared[node->second.topic].push_back(id);
  }
  std::vector<std::vector<MessageId>> topics;
  for (auto& [number, among] : shared) {
    if (among.size() < members) continue;
    std::sort(among.begin(), among.end(), [this](MessageId a, MessageId b) {
      const size_t links_of_a = nodes_.at(a).links.size(), links_of_b = nodes_.at(b).links.size();
      return links_of_a != links_of_b ? links_of_a > links_of_b : a < b;
    });
    topics.push_back(std::move(among));
  }
  return topics;
}

std::vector<Topic> Topics::All(size_t members) const {
  std::vector<Topic> all;
  for (const auto& [number, ids] : members_) {
    if (ids.size() >= members) all.push_back(Described(ids));
  }
  std::sort(all.begin(), all.end(), [](const Topic& a, const Topic& b) {
    if (a.members.size() != b.members.size()) return a.members.size() > b.members.size();
    return a.representative < b.representative;
  });
  return all;
}

}  // namespace firstfloor::text
