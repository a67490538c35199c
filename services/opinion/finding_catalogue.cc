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

uint32_t Catalogue::Numbered::Add(absl::Span<const text::Term> terms, Slot slot) {
  slots.push_back(slot);
  return index.Add(terms);
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
  if (kept.text_number == kNone && !listing.text.empty())
    kept.text_number = texts_.Add(listing.text.terms, slot);
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
  kept.is_public = rules::IsPubliclyFindable(opinion);
  const bool changed = kept.summary != opinion.public_summary();
  const bool compared = kept.is_public && rules::IsComparable(opinion);
  if (!changed && compared == kept.compared_publicly &&
      kept.summary.empty() == (kept.summary_number == kNone)) {
    return;
  }
  kept.summary = opinion.public_summary();
  summaries_.Remove(kept.summary_number);
  if (kept.compared_publicly) by_summary_.Remove(kept.id);
  kept.compared_publicly = compared;
  if (kept.summary.empty()) return;
  const Extract summary = extractor_.OfSummary(kept.summary);
  kept.summary_number = summaries_.Add(summary.terms, slot);
  if (compared) by_summary_.Add(kept.id, MessageOf(listing, summary.print));
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
  texts_.Remove(kept.text_number);
  summaries_.Remove(kept.summary_number);
  if (kept.comparable) {
    by_text_.Remove(id);
    topics_.Remove(id);
    by_time_.erase({kept.micros, slot});
  }
  if (kept.compared_publicly) by_summary_.Remove(id);
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

std::vector<Catalogue::Place> Catalogue::Find(const Search& search, size_t most) const {
  std::vector<char> covers(areas_.values.size());
  for (size_t i = 0; i < covers.size(); ++i) covers[i] = area::Covers(search.area, areas_.values[i]);
  std::vector<char> of_category(categories_.values.size(), search.category.empty());
  for (size_t i = 0; i < of_category.size() && !search.category.empty(); ++i) {
    of_category[i] = IsInCategory(categories_.values[i], search.category);
  }
  const int64_t from = absl::ToUnixMicros(search.span.from), to = absl::ToUnixMicros(search.span.to);
  const auto least = static_cast<uint8_t>((search.terms.size() + 1) / 2);

  std::vector<Place> hits;
  const auto consider = [&](Slot slot, int held) {
    const Kept& kept = kept_[slot];
    const bool wanted = covers[kept.area] && of_category[kept.category] && kept.micros >= from &&
                        kept.micros < to && (search.by_text || kept.is_public) &&
                        (search.states.empty() || search.states.count(kept.state) > 0);
    const Place place{held, kept.micros, kept.id};
    if (wanted && (!search.after.has_value() || IsBefore(*search.after, place))) hits.push_back(place);
  };
  const std::vector<uint8_t> of_summaries = summaries_.index.Count(search.terms);
  const std::vector<uint8_t> of_texts =
      search.by_text ? texts_.index.Count(search.terms) : std::vector<uint8_t>();
  for (uint32_t number = 0; number < of_summaries.size(); ++number) {
    if (of_summaries[number] < least || summaries_.slots[number] == kNone) continue;
    const Slot slot = summaries_.slots[number];
    const uint32_t text_number = kept_[slot].text_number;
    const uint8_t in_text = search.by_text && text_number != kNone ? of_texts[text_number] : 0;
    consider(slot, std::max(of_summaries[number], in_text));
  }
  for (uint32_t number = 0; number < of_texts.size(); ++number) {
    if (of_texts[number] < least || texts_.slots[number] == kNone) continue;
    const uint32_t summary_number = kept_[texts_.slots[number]].summary_number;
    const bool considered = summary_number != kNone && of_summaries[summary_number] >= least;
    if (!considered) consider(texts_.slots[number], of_texts[number]);
  }
  const size_t kept = std::min(most, hits.size());
  std::partial_sort(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(kept), hits.end(), IsBefore);
  hits.resize(kept);
  return hits;
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
