// All opinions that can be found, in memory: compared, searched and gathered into topics.
#ifndef FIRSTFLOOR_SERVICES_OPINION_FINDING_CATALOGUE_H_
#define FIRSTFLOOR_SERVICES_OPINION_FINDING_CATALOGUE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/text/similar_index.h"
#include "common/text/term_index.h"
#include "common/text/topics.h"
#include "firstfloor/opinion/v1/finding.pb.h"
#include "services/opinion/finding_extract.h"
#include "services/opinion/finding_rules.h"

namespace firstfloor::opinion {

// Names of opinions and the ids that common/text knows them by.
text::MessageId MessageIdOf(absl::string_view name);
std::string NameOf(text::MessageId id);

// One opinion as the catalogue takes it in.
struct Listing {
  v1::Opinion opinion;    // personal fields are not looked at
  uint64_t reporter = 0;  // a keyed hash; 0: not known
  Extract text;           // empty if there is none, or no more
};

// Not thread-safe, but any number may look while nobody changes it. The same opinions taken in in the same
// order give the same answers. One more costs the same whatever is there.
class Catalogue {
 public:
  // What was received before `topics_from` is in no topic.
  Catalogue(const Extractor& extractor, absl::Time topics_from);

  // Takes an opinion in, or what has changed of it; removes it if it may not be found (any more).
  void Put(const Listing& listing);
  void Remove(text::MessageId id);
  size_t size() const { return places_.size(); }

  // ---- others about the same matter ----
  struct Likeness {
    Extract text;
    std::string area;
    absl::Time time;
    uint64_t reporter = 0;
    std::optional<text::MessageId> itself = std::nullopt;
  };
  using InArea = std::function<bool(const std::string& area)>;
  using InState = std::function<bool(v1::OpinionState state)>;
  // The likeliest first, at most `most`: by text where `by_text` says so, by public summary elsewhere; null:
  // by public summaries alone.
  std::vector<v1::SimilarOpinion> SimilarTo(const Likeness& wanted, size_t most, const InArea& by_text,
                                            const InState& in_state = nullptr) const;

  // ---- searching ----
  struct Place {  // of a hit among all hits, the best first
    int held = 0;
    int64_t micros = 0;
    text::MessageId id = 0;
  };
  struct Search {
    std::vector<text::Term> terms;
    bool by_text = false;  // or by public summaries alone
    std::string area;
    std::set<int> states;  // empty: all
    std::string category;  // empty: all; a first level with all below
    rules::Span span;
    std::optional<Place> after = std::nullopt;
  };
  // At most `most` of those that hold at least half of the terms.
  std::vector<Place> Find(const Search& search, size_t most) const;

  // ---- topics ----
  // The hottest first, at most `most`; `publicly`: of what is public alone.
  std::vector<v1::HotTopic> Topics(absl::string_view area, const rules::Span& span, bool publicly,
                                   size_t most) const;

 private:
  class Best;
  using Slot = uint32_t;
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Kept {
    text::MessageId id = 0;
    int64_t micros = 0;  // when it was received
    size_t text = 0;     // hash of its terms
    std::string summary;
    uint32_t area = 0;
    uint32_t category = 0;
    uint32_t supports = 0;
    uint32_t text_number = kNone;     // in said_
    uint32_t summary_number = kNone;  // in said_
    uint32_t public_number = kNone;   // in shown_
    uint8_t state = 0;
    bool comparable = false;  // in by_text_ and topics_
    bool is_public = false;
    bool compared_publicly = false;  // in by_summary_
  };
  // An index of terms, and what its numbers stand for.
  struct Numbered {
    text::TermIndex index;
    std::vector<Slot> slots;
    std::vector<int64_t> micros;  // when each was received
    std::vector<int64_t> latest;  // of each block and all before it: when the last one was received
    uint32_t Add(absl::Span<const text::Term> terms, Slot slot, int64_t received);
    void Remove(uint32_t& number);
  };
  // Strings that many opinions share.
  struct Shared {
    std::vector<std::string> values;
    absl::flat_hash_map<std::string, uint32_t> numbers;
    uint32_t Number(const std::string& value);
  };

  Slot SlotOf(text::MessageId id);
  void RemoveIfChanged(text::MessageId id, const Listing& listing);
  void PutComparable(const Listing& listing, Slot slot);
  void PutSummary(const Listing& listing, Slot slot);
  void RemoveSummary(Kept& kept);
  text::Message MessageOf(const Listing& listing, text::Fingerprint print) const;
  v1::SimilarOpinion SimilarOf(const Kept& kept, double score, v1::SimilarityBasis basis) const;
  v1::HotTopic TopicOf(absl::Span<const text::MessageId> members, absl::Time until) const;
  const Kept* KeptOf(text::MessageId id) const;

  const Extractor& extractor_;
  const absl::Time topics_from_;
  std::vector<Kept> kept_;
  std::vector<Slot> free_;
  absl::flat_hash_map<text::MessageId, Slot> places_;
  Shared areas_;
  Shared categories_;
  absl::btree_set<std::pair<int64_t, Slot>> by_time_;  // of those in topics_
  text::SimilarIndex by_text_;
  text::SimilarIndex by_summary_;
  text::Topics topics_;
  Numbered said_;   // texts and summaries, each with a number of its own: for those who handle them
  Numbered shown_;  // summaries that are public
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_FINDING_CATALOGUE_H_
