#include "services/opinion/finding_catalogue.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/area/registry.h"
#include "common/calendar/timestamp.h"
#include "common/resource/table.h"
#include "services/opinion/opinion_states.h"

namespace firstfloor::opinion {
namespace {

constexpr char kCollection[] = "opinions";
constexpr int kMostListed = 100;  // members and places of a topic
// So many candidates are looked at for each that is wanted: some are elsewhere, or in another state.
constexpr size_t kLookedAt = 4;
// Whatever is less likely is not worth reading.
constexpr double kLeastLikely = 0.1;

// Two replicas have seen the same opinions in another order, which changes the rest.
double Rounded(double score) { return std::round(score * 1000) / 1000; }

bool IsInCategory(const std::string& category, const std::string& wanted) {
  return category == wanted || absl::StartsWith(category, absl::StrCat(wanted, "."));
}

// The best first.
bool IsBefore(const Catalogue::Place& a, const Catalogue::Place& b) {
  return std::tie(b.held, b.micros, b.id) < std::tie(a.held, a.micros, a.id);
}

}  // namespace

text::MessageId MessageIdOf(absl::string_view name) {
  text::MessageId id = 0;
  const absl::StatusOr<std::string> bytes = resource::IdOf(kCollection, name);
  if (!bytes.ok()) return id;
  for (const char byte : *bytes) id = id << 8 | static_cast<unsigned char>(byte);
  return id;
}

std::string NameOf(text::MessageId id) {
  std::string bytes;
  for (int shift = 120; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(absl::Uint128Low64(id >> shift)));
  }
  return resource::NameOf(kCollection, bytes);
}

Catalogue::Catalogue(const Extractor& extractor, absl::Time topics_from)
    : extractor_(extractor), topics_from_(topics_from) {}

uint32_t Catalogue::Numbered::Add(absl::Span<const text::Term> terms, Slot slot, int64_t received) {
  const uint32_t number = index.Add(terms);
  slots.push_back(slot);
  micros.push_back(received);
  if (latest.size() < index.blocks()) latest.push_back(latest.empty() ? received : latest.back());
  latest.back() = std::max(latest.back(), received);
  return number;
}

void Catalogue::Numbered::Remove(uint32_t& number) {
  if (number != kNone) slots[number] = kNone;
  number = kNone;
}

uint32_t Catalogue::Shared::Number(const std::string& value) {
  const auto [number, is_new] = numbers.try_emplace(value, values.size());
  if (is_new) values.push_back(value);
  return number->second;
}

const Catalogue::Kept* Catalogue::KeptOf(text::MessageId id) const {
  const auto place = places_.find(id);
  return place == places_.end() ? nullptr : &kept_[place->second];
}

// ---- taking in ----

// The indexes know an opinion by where it is, when it was received, and what was said: only an erasure
// changes that.
void Catalogue::RemoveIfChanged(text::MessageId id, const Listing& listing) {
  const Kept* const kept = KeptOf(id);
  if (kept == nullptr) return;
  const bool same = areas_.values[kept->area] == listing.opinion.area() &&
                    kept->micros == absl::ToUnixMicros(calendar::FromProto(listing.opinion.receive_time())) &&
                    kept->text == absl::HashOf(listing.text.terms);
  if (!same) Remove(id);
}

Catalogue::Slot Catalogue::SlotOf(text::MessageId id) {
  const auto [place, is_new] = places_.try_emplace(id, kept_.size());
  if (!is_new) return place->second;
  if (free_.empty()) {
    kept_.emplace_back();
  } else {
    place->second = free_.back();
    free_.pop_back();
  }
  kept_[place->second].id = id;
  return place->second;
}

void Catalogue::Put(const Listing& listing) {
  const v1::Opinion& opinion = listing.opinion;
  const text::MessageId id = MessageIdOf(opinion.name());
  if (!rules::IsFindable(opinion)) return Remove(id);
  RemoveIfChanged(id, listing);
  const Slot slot = SlotOf(id);
  Kept& kept = kept_[slot];
  kept.micros = absl::ToUnixMicros(calendar::FromProto(opinion.receive_time()));
  kept.area = areas_.Number(opinion.area());
  kept.category = categories_.Number(opinion.category());
  kept.state = static_cast<uint8_t>(opinion.state());
  kept.supports = static_cast<uint32_t>(opinion.supports());
  kept.text = absl::HashOf(listing.text.terms);
  if (kept.text_number == kNone && !listing.text.empty()) {
    kept.text_number = said_.Add(listing.text.terms, slot, kept.micros);
  }
  PutComparable(listing, slot);
  PutSummary(listing, slot);
}

void Catalogue::PutComparable(const Listing& listing, Slot slot) {
  Kept& kept = kept_[slot];
  const bool comparable = rules::IsComparable(listing.opinion) && !listing.text.empty();
  if (comparable == kept.comparable) return;
  kept.comparable = comparable;
  if (!comparable) {
    by_text_.Remove(kept.id);
    topics_.Remove(kept.id);
    by_time_.erase({kept.micros, slot});
    return;
  }
  const text::Message message = MessageOf(listing, listing.text.print);
  if (message.time >= topics_from_) {
    topics_.Add(kept.id, by_text_.Top(message, text::Topics::kMostMatches, text::kSameTopic));
    by_time_.insert({kept.micros, slot});
  }
  by_text_.Add(kept.id, message);
}

void Catalogue::PutSummary(const Listing& listing, Slot slot) {
  Kept& kept = kept_[slot];
  const v1::Opinion& opinion = listing.opinion;
  const bool is_public = rules::IsPubliclyFindable(opinion);
  const bool compared = is_public && rules::IsComparable(opinion);
  const bool same = kept.summary == opinion.public_summary() && kept.is_public == is_public &&
                    kept.compared_publicly == compared;
  if (same) return;
  RemoveSummary(kept);
  kept.summary = opinion.public_summary();
  kept.is_public = is_public;
  kept.compared_publicly = compared;
  if (kept.summary.empty()) return;
  const Extract summary = extractor_.OfSummary(kept.summary);
  kept.summary_number = said_.Add(summary.terms, slot, kept.micros);
  if (is_public) kept.public_number = shown_.Add(summary.terms, slot, kept.micros);
  if (compared) by_summary_.Add(kept.id, MessageOf(listing, summary.print));
}

void Catalogue::RemoveSummary(Kept& kept) {
  said_.Remove(kept.summary_number);
  shown_.Remove(kept.public_number);
  if (kept.compared_publicly) by_summary_.Remove(kept.id);
}

text::Message Catalogue::MessageOf(const Listing& listing, text::Fingerprint print) const {
  return {std::move(print), std::string(rules::CommunityOf(listing.opinion.area())),
          calendar::FromProto(listing.opinion.receive_time()), listing.reporter};
}

void Catalogue::Remove(text::MessageId id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return;
  const Slot slot = place->second;
  Kept& kept = kept_[slot];
  said_.Remove(kept.text_number);
  RemoveSummary(kept);
  if (kept.comparable) {
    by_text_.Remove(id);
    topics_.Remove(id);
    by_time_.erase({kept.micros, slot});
  }
  kept = Kept();
  free_.push_back(slot);
  places_.erase(place);
}

// ---- others about the same matter ----

v1::SimilarOpinion Catalogue::SimilarOf(const Kept& kept, double score, v1::SimilarityBasis basis) const {
  v1::SimilarOpinion similar;
  similar.set_opinion(NameOf(kept.id));
  similar.set_score(Rounded(score));
  similar.set_basis(basis);
  similar.set_public_summary(kept.summary);
  similar.set_area(areas_.values[kept.area]);
  similar.set_state(static_cast<v1::OpinionState>(kept.state));
  similar.set_category(categories_.values[kept.category]);
  similar.set_supports(kept.supports);
  *similar.mutable_receive_time() = calendar::ToProto(absl::FromUnixMicros(kept.micros));
  return similar;
}

std::vector<v1::SimilarOpinion> Catalogue::SimilarTo(const Likeness& wanted, size_t most,
                                                     const InArea& by_text, const InState& in_state) const {
  const std::string community(rules::CommunityOf(wanted.area));
  std::vector<v1::SimilarOpinion> found;
  if (community.empty() || wanted.text.empty()) return found;
  const text::Message message{wanted.text.print, community, wanted.time, wanted.reporter};
  const auto add = [&](const text::SimilarIndex& index, v1::SimilarityBasis basis) {
    for (const text::Match& match : index.Top(message, most * kLookedAt, kLeastLikely, wanted.itself)) {
      const Kept* kept = KeptOf(match.id);
      const bool handled = by_text && by_text(areas_.values[kept->area]);
      if (handled != (basis == v1::SIMILARITY_BASIS_TEXT)) continue;
      if (in_state && !in_state(static_cast<v1::OpinionState>(kept->state))) continue;
      found.push_back(SimilarOf(*kept, match.score, basis));
    }
  };
  if (by_text) add(by_text_, v1::SIMILARITY_BASIS_TEXT);
  add(by_summary_, v1::SIMILARITY_BASIS_PUBLIC_SUMMARY);
  std::sort(found.begin(), found.end(), [](const v1::SimilarOpinion& a, const v1::SimilarOpinion& b) {
    return a.score() != b.score() ? a.score() > b.score() : a.opinion() < b.opinion();
  });
  if (found.size() > most) found.resize(most);
  return found;
}

// ---- searching ----

// The best hits so far, each opinion once.
class Catalogue::Best {
 public:
  explicit Best(size_t most) : most_(most) {}

  bool full() const { return places_.size() == most_; }
  const Place& worst() const { return places_.front(); }

  void Take(const Place& place) {
    const auto [held, is_new] = held_.try_emplace(place.id, place.held);
    if (!is_new) {
      if (held->second >= place.held) return;
      // By its text and by its summary: the better of the two counts.
      held->second = place.held;
      std::find_if(places_.begin(), places_.end(), [&](const Place& p) { return p.id == place.id; })->held =
          place.held;
      std::make_heap(places_.begin(), places_.end(), IsBefore);
      return;
    }
    if (full()) {
      std::pop_heap(places_.begin(), places_.end(), IsBefore);
      held_.erase(places_.back().id);
      places_.pop_back();
    }
    places_.push_back(place);
    std::push_heap(places_.begin(), places_.end(), IsBefore);
  }

  std::vector<Place> Sorted() && {
    std::sort(places_.begin(), places_.end(), IsBefore);
    return std::move(places_);
  }

 private:
  const size_t most_;
  std::vector<Place> places_;  // a heap, the worst on top
  absl::flat_hash_map<text::MessageId, int> held_;
};

std::vector<Catalogue::Place> Catalogue::Find(const Search& search, size_t most) const {
  if (most == 0 || search.terms.empty()) return {};
  std::vector<char> covers(areas_.values.size());
  for (size_t i = 0; i < covers.size(); ++i) covers[i] = area::Covers(search.area, areas_.values[i]);
  std::vector<char> of_category(categories_.values.size());
  for (size_t i = 0; i < of_category.size(); ++i) {
    of_category[i] = search.category.empty() || IsInCategory(categories_.values[i], search.category);
  }
  const int64_t from = absl::ToUnixMicros(search.span.from), to = absl::ToUnixMicros(search.span.to);
  const int all = static_cast<int>(std::min<size_t>(search.terms.size(), UINT8_MAX));
  const int least = (all + 1) / 2;
  const Numbered& looked_at = search.by_text ? said_ : shown_;

  // From the newest block on, as long as there may be something better than what was found.
  Best best(most);
  text::TermIndex::Counts counts;
  for (size_t block = looked_at.index.blocks(); block-- > 0;) {
    if (looked_at.latest[block] < from) break;
    // Of those that are older than all that was found, none is better that holds no more.
    const bool older = best.full() && looked_at.latest[block] < best.worst().micros;
    const int enough = best.full() ? std::max(least, best.worst().held + (older ? 1 : 0)) : least;
    if (enough > all) break;
    if (!looked_at.index.Count(search.terms, block, static_cast<size_t>(enough), counts)) continue;
    const size_t begin = block * text::TermIndex::kBlock;
    const size_t end = std::min(begin + text::TermIndex::kBlock, looked_at.slots.size());
    for (size_t number = end; number-- > begin;) {
      const int held = counts[number - begin];
      if (held < enough || looked_at.slots[number] == kNone) continue;
      const int64_t micros = looked_at.micros[number];
      if (micros < from || micros >= to) continue;
      if (best.full() && std::tie(held, micros) < std::tie(best.worst().held, best.worst().micros)) continue;
      const Kept& kept = kept_[looked_at.slots[number]];
      if (!covers[kept.area] || !of_category[kept.category]) continue;
      if (!search.states.empty() && search.states.count(kept.state) == 0) continue;
      const Place place{held, micros, kept.id};
      if (search.after.has_value() && !IsBefore(*search.after, place)) continue;
      if (best.full() && !IsBefore(place, best.worst())) continue;
      best.Take(place);
    }
  }
  return std::move(best).Sorted();
}

// ---- topics ----

v1::HotTopic Catalogue::TopicOf(absl::Span<const text::MessageId> members, absl::Time until) const {
  std::vector<const Kept*> kept;
  for (const text::MessageId id : members) kept.push_back(KeptOf(id));
  // The first one has the most links.
  const auto titled =
      std::find_if(kept.begin(), kept.end(), [](const Kept* member) { return member->is_public; });
  const Kept* const representative = titled == kept.end() ? kept.front() : *titled;
  v1::HotTopic topic;
  topic.set_title(representative->summary);
  topic.set_representative(NameOf(representative->id));
  topic.set_category(categories_.values[representative->category]);
  topic.set_count(static_cast<int64_t>(kept.size()));

  std::sort(kept.begin(), kept.end(), [](const Kept* a, const Kept* b) {
    return std::tie(b->micros, b->id) < std::tie(a->micros, a->id);
  });
  std::set<std::string> places;
  double heat = 0;
  int64_t supports = 0;
  for (const Kept* member : kept) {
    if (topic.members_size() < kMostListed) topic.add_members(NameOf(member->id));
    places.insert(areas_.values[member->area]);
    supports += member->supports;
    heat += rules::HeatOf(member->supports, until - absl::FromUnixMicros(member->micros));
  }
  for (const std::string& place : places) {
    if (topic.places_size() < kMostListed) topic.add_places(place);
  }
  topic.set_supports(supports);
  topic.set_heat(Rounded(heat));
  *topic.mutable_last_time() = calendar::ToProto(absl::FromUnixMicros(kept.front()->micros));
  *topic.mutable_first_time() = calendar::ToProto(absl::FromUnixMicros(kept.back()->micros));
  return topic;
}

std::vector<v1::HotTopic> Catalogue::Topics(absl::string_view area, const rules::Span& span, bool publicly,
                                            size_t most) const {
  std::vector<text::MessageId> inside;
  const auto end = by_time_.lower_bound({absl::ToUnixMicros(span.to), 0});
  for (auto at = by_time_.lower_bound({absl::ToUnixMicros(span.from), 0}); at != end; ++at) {
    const Kept& kept = kept_[at->second];
    if (publicly && !kept.is_public) continue;
    if (area::Covers(area, areas_.values[kept.area])) inside.push_back(kept.id);
  }
  std::vector<v1::HotTopic> topics;
  for (const auto& members : topics_.Among(inside)) topics.push_back(TopicOf(members, span.to));
  std::sort(topics.begin(), topics.end(), [](const v1::HotTopic& a, const v1::HotTopic& b) {
    if (a.heat() != b.heat()) return a.heat() > b.heat();
    const absl::Time last_of_a = calendar::FromProto(a.last_time());
    const absl::Time last_of_b = calendar::FromProto(b.last_time());
    return last_of_a != last_of_b ? last_of_a > last_of_b : a.representative() < b.representative();
  });
  if (topics.size() > most) topics.resize(most);
  return topics;
}

}  // namespace firstfloor::opinion
