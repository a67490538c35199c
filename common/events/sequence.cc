#include "common/events/sequence.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "common/db/transaction.h"
#include "common/error/macros.h"
#include "common/events/chain.h"
#include "common/events/event_store.h"

namespace firstfloor::events {
namespace {

constexpr int kBatch = 256;
constexpr absl::Duration kPatience = absl::Seconds(5);

// The places that a subject's events hold in the order of id stay its places; within them they are put in
// order of their versions.
void OrderWithinSubjects(std::vector<store::Unsequenced>& events) {
  std::map<std::string, std::vector<size_t>> places;
  for (size_t i = 0; i < events.size(); ++i) places[events[i].subject].push_back(i);
  for (const auto& [subject, indexes] : places) {
    if (indexes.size() == 1) continue;
    std::vector<store::Unsequenced> own;
    for (const size_t i : indexes) own.push_back(std::move(events[i]));
    std::sort(own.begin(), own.end(), [](const store::Unsequenced& a, const store::Unsequenced& b) {
      return std::tie(a.version, a.ordinal) < std::tie(b.version, b.ordinal);
    });
    for (size_t i = 0; i < own.size(); ++i) events[indexes[i]] = std::move(own[i]);
  }
}

std::vector<store::Given> Chain(const std::vector<store::Unsequenced>& events, const db::Position& head) {
  std::vector<store::Given> given;
  given.reserve(events.size());
  int64_t seq = head.seq;
  std::string hash = head.hash;
  for (const store::Unsequenced& event : events) {
    ++seq;
    hash = ChainHash(hash, seq, event.body);
    given.push_back({event.id, seq, hash});
  }
  return given;
}

}  // namespace

absl::StatusOr<Sequenced> SequenceBatch(db::Connection& connection, const db::Position& head) {
  ASSIGN_OR_RETURN(std::vector<store::Unsequenced> events, store::ReadUnsequenced(connection, kBatch));
  if (events.empty()) return Sequenced{head.seq, head.hash, {}};
  OrderWithinSubjects(events);
  const std::vector<store::Given> given = Chain(events, head);
  const store::Given& last = given.back();
  RETURN_IF_ERROR(db::RunInTransaction(connection, absl::Now() + kPatience, [&](db::Transaction& tx) {
    RETURN_IF_ERROR(db::AdvancePosition(tx, kLogHead, head, last.seq, last.hash));
    return store::GiveSeqs(tx, given);
  }));
  Sequenced sequenced{last.seq, last.hash, {}};
  for (const store::Unsequenced& event : events) sequenced.record_times.push_back(event.record_time);
  return sequenced;
}

}  // namespace firstfloor::events
