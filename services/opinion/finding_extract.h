// What is kept of what people say, so that it can be compared and searched: keyed hashes, no word of it.
#ifndef FIRSTFLOOR_SERVICES_OPINION_FINDING_EXTRACT_H_
#define FIRSTFLOOR_SERVICES_OPINION_FINDING_EXTRACT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/text/fingerprint.h"
#include "common/text/terms.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::opinion {

// Of one text.
struct Extract {
  text::Fingerprint print;
  std::vector<text::Term> terms;

  bool empty() const { return print.features().empty() && terms.empty(); }
  // At most 5 kB. Keyed hashes hide words, not how often each stands in many texts: to be sealed.
  std::string Serialize() const;
  // DATA_LOSS, reason EXTRACT_BROKEN, if it is nothing that Serialize gives.
  static absl::StatusOr<Extract> Parse(absl::string_view bytes);
};

// Makes them with keys that the keyring's index key gives. Immutable; thread-safe.
class Extractor {
 public:
  explicit Extractor(const privacy::Keyring& keyring);

  Extract OfText(absl::string_view text) const;
  // A summary is all headline.
  Extract OfSummary(absl::string_view summary) const;
  std::vector<text::Term> TermsOf(absl::string_view query) const { return terms_.Of(query); }
  // By which two opinions of the same person are known to be so: of their subject, or of the blind index of
  // it; 0 of nobody.
  uint64_t ReporterOf(absl::string_view subject) const;
  static uint64_t ReporterOfIndex(absl::string_view subject_index);

 private:
  const privacy::Keyring& keyring_;
  const text::Fingerprinter fingerprints_;
  const text::TermReader terms_;
};

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_FINDING_EXTRACT_H_
