#include "common/text/fingerprint.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/text/keyed_hash.h"
#include "common/text/normalise.h"

namespace firstfloor::text {
namespace {

constexpr char kVersion = 1;
constexpr size_t kLead = 20;  // elements of the body that stand for a missing headline
constexpr uint32_t kHashMask = (1u << 27) - 1;

// Mentions in the body, in two bits: none, one, two or three, more.
uint32_t Level(int times) { return times >= 4 ? 3 : times >= 2 ? 2 : times; }

struct Mentions {
  bool in_headline = false;
  int in_body = 0;
};

// Counts what one message speaks of, in the order of its text, as far as there is room.
class Reader {
 public:
  Reader(const Lexicon& lexicon, size_t most_names) : lexicon_(lexicon), most_names_(most_names) {}

  void Read(const std::vector<Run>& runs, bool headline) {
    for (const Run& run : runs) Read(run, headline);
  }

  const std::vector<std::pair<std::string, Mentions>>& names() const { return names_; }
  const std::vector<std::pair<int, Mentions>>& matters() const { return matters_; }

 private:
  void Read(const Run& run, bool headline) {
    const std::string* before = nullptr;  // the element before, if no word of the lexicon stood between
    for (size_t at = 0; at < run.size();) {
      const Lexicon::Word word = lexicon_.LongestAt(run, at);
      if (word.length > 0) {
        if (word.matter != Lexicon::kFormula) Mention(word.matter, headline);
        at += word.length;
        before = nullptr;
        continue;
      }
      Mention(run[at], headline);
      // A sign that stands in no element keeps pairs apart from longer elements.
      if (before != nullptr) Mention(absl::StrCat(*before, " ", run[at]), headline);
      before = &run[at++];
    }
  }

  void Mention(const std::string& name, bool headline) {
    const auto [place, is_new] = places_.try_emplace(name, names_.size());
    if (is_new) {
      if (names_.size() == most_names_) return places_.erase(place);
      names_.emplace_back(name, Mentions{});
    }
    Count(headline, names_[place->second].second);
  }

  void Mention(int matter, bool headline) {
    auto mentioned = std::find_if(matters_.begin(), matters_.end(),
                                  [matter](const auto& known) { return known.first == matter; });
    if (mentioned == matters_.end()) mentioned = matters_.insert(mentioned, {matter, Mentions{}});
    Count(headline, mentioned->second);
  }

  static void Count(bool headline, Mentions& mentions) {
    if (headline) {
      mentions.in_headline = true;
    } else {
      ++mentions.in_body;
    }
  }

  const Lexicon& lexicon_;
  const size_t most_names_;
  absl::flat_hash_map<std::string, size_t> places_;  // in names_
  std::vector<std::pair<std::string, Mentions>> names_;
  std::vector<std::pair<int, Mentions>> matters_;
};

// Takes the first kLead elements off `runs`.
std::vector<Run> TakeLead(std::vector<Run>& runs) {
  std::vector<Run> lead;
  size_t wanted = kLead;
  auto run = runs.begin();
  for (; run != runs.end() && run->size() <= wanted; ++run) {
    wanted -= run->size();
    lead.push_back(std::move(*run));
  }
  runs.erase(runs.begin(), run);
  if (wanted > 0 && !runs.empty()) {
    Run& cut = runs.front();
    lead.emplace_back(cut.begin(), cut.begin() + wanted);
    cut.erase(cut.begin(), cut.begin() + wanted);
  }
  return lead;
}

absl::Status Broken() {
  return error::Make(absl::StatusCode::kDataLoss, "FINGERPRINT_BROKEN", "the fingerprint cannot be read");
}

}  // namespace

Feature::Feature(Kind kind, uint64_t hash, bool in_headline, int times_in_body)
    : bits_((static_cast<uint32_t>(hash) & kHashMask) << 5 | kind << 3 | (in_headline ? 4 : 0) |
            Level(times_in_body)) {}

double Feature::weight() const {
  constexpr double kOfMentions[] = {0, 1, 1.9, 2.6};
  return (in_headline() ? (kind() == kMatter ? 1 : 2) : 0) + kOfMentions[bits_ & 3];
}

absl::StatusOr<Fingerprint> Fingerprint::Parse(absl::string_view bytes) {
  if (bytes.empty() || bytes.size() > kMostBytes || bytes.size() % 4 != 1 || bytes[0] != kVersion) {
    return Broken();
  }
  Fingerprint parsed;
  parsed.features_.reserve(bytes.size() / 4);
  for (bytes.remove_prefix(1); !bytes.empty(); bytes.remove_prefix(4)) {
    uint32_t bits = 0;
    for (int i = 0; i < 4; ++i) bits |= uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    const Feature feature(bits);
    const bool in_order = parsed.features_.empty() || parsed.features_.back().key() < feature.key();
    if (!in_order || feature.kind() > Feature::kMatter || feature.weight() == 0) return Broken();
    parsed.features_.push_back(feature);
  }
  return parsed;
}

std::string Fingerprint::Serialize() const {
  std::string bytes(1, kVersion);
  bytes.reserve(1 + 4 * features_.size());
  for (const Feature feature : features_) {
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(feature.bits() >> (8 * i)));
  }
  return bytes;
}

Fingerprinter::Fingerprinter(absl::string_view key, const Lexicon& lexicon) : key_(key), lexicon_(lexicon) {}

Fingerprint Fingerprinter::Of(absl::string_view headline, absl::string_view body) const {
  return Of(Normalise(headline), Normalise(body));
}

Fingerprint Fingerprinter::Of(std::vector<Run> headline, std::vector<Run> body) const {
  if (headline.empty()) headline = TakeLead(body);
  Reader reader(lexicon_, Fingerprint::kMostNames);
  reader.Read(headline, true);
  reader.Read(body, false);

  KeyedHash hash(key_);
  Fingerprint print;
  for (const auto& [name, mentions] : reader.names()) {
    const bool pair = name.find(' ') != std::string::npos;
    print.features_.emplace_back(pair ? Feature::kPair : Feature::kCharacter, hash(pair ? 'p' : 'c', name),
                                 mentions.in_headline, mentions.in_body);
  }
  for (size_t i = 0; i < std::min(reader.matters().size(), Fingerprint::kMostMatters); ++i) {
    const auto& [matter, mentions] = reader.matters()[i];
    print.features_.emplace_back(Feature::kMatter, hash('m', lexicon_.matters()[matter]),
                                 mentions.in_headline, mentions.in_body);
  }
  // Where two hashes are equal, the one that the message makes more of stays.
  std::sort(print.features_.begin(), print.features_.end(), [](Feature a, Feature b) {
    return a.key() != b.key() ? a.key() < b.key() : a.weight() > b.weight();
  });
  print.features_.erase(std::unique(print.features_.begin(), print.features_.end(),
                                    [](Feature a, Feature b) { return a.key() == b.key(); }),
                        print.features_.end());
  return print;
}

}  // namespace firstfloor::text
