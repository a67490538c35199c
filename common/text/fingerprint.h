// What a message speaks of, as keyed hashes: enough to tell how alike two messages are, without a word of
// either.
#ifndef FIRSTFLOOR_COMMON_TEXT_FINGERPRINT_H_
#define FIRSTFLOOR_COMMON_TEXT_FINGERPRINT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/text/lexicon.h"

namespace firstfloor::text {

// One thing that a message speaks of, in 32 bits: its kind, 27 bits of a keyed hash, and how much the message
// makes of it. Two messages speak of the same if their keys are equal.
class Feature {
 public:
  // A character or a pair of neighbours outside of the lexicon's words: pieces of what is only this place's,
  // this firm's, this case's. A matter: a line of the lexicon.
  enum Kind : uint32_t { kCharacter = 0, kPair = 1, kMatter = 2 };
  using Key = uint32_t;

  explicit Feature(uint32_t bits) : bits_(bits) {}
  Feature(Kind kind, uint64_t hash, bool in_headline, int times_in_body);

  uint32_t bits() const { return bits_; }
  Key key() const { return bits_ >> 3; }
  Kind kind() const { return static_cast<Kind>(key() & 3); }
  bool in_headline() const { return (bits_ & 4) != 0; }
  // How much the message makes of it: more in the headline and with every mention, 1 for one mention in the
  // body.
  double weight() const;

 private:
  uint32_t bits_;
};

// At most kMostFeatures features, ordered by key, no key twice.
class Fingerprint {
 public:
  // The first so many characters and pairs, in the order of the text: who complains says first where and
  // about whom. More of a long text makes comparing worse, not better.
  static constexpr size_t kMostNames = 128;
  static constexpr size_t kMostMatters = 24;
  static constexpr size_t kMostFeatures = kMostNames + kMostMatters;
  static constexpr size_t kMostBytes = 1 + 4 * kMostFeatures;

  Fingerprint() = default;
  // What Serialize gave. DATA_LOSS, reason FINGERPRINT_BROKEN, if it is nothing that Serialize gives.
  static absl::StatusOr<Fingerprint> Parse(absl::string_view bytes);
  // A version byte, then 4 bytes a feature, at most kMostBytes. Keyed hashes hide words, not how often each
  // stands in many messages: keep them sealed where others' disks hold them.
  std::string Serialize() const;

  absl::Span<const Feature> features() const { return features_; }

 private:
  friend class Fingerprinter;
  std::vector<Feature> features_;
};

// Makes fingerprints with one key. Immutable; thread-safe.
class Fingerprinter {
 public:
  // `key`: 16 secret bytes that never change, for example privacy::Keyring::BlindIndex("text",
  // "fingerprint"): fingerprints made with different keys have nothing in common. `lexicon` lives longer.
  explicit Fingerprinter(absl::string_view key, const Lexicon& lexicon = Lexicon::BuiltIn());

  // `headline`: a title or a summary; where there is none (nothing but signs), the first 20 characters of
  // `body` stand for it. Costs some 50 µs and no more than text::kLongestText of each.
  Fingerprint Of(absl::string_view headline, absl::string_view body) const;
  // The same of texts that are normalised already.
  Fingerprint Of(std::vector<Run> headline, std::vector<Run> body) const;

 private:
  std::string key_;
  const Lexicon& lexicon_;
};

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_FINGERPRINT_H_
