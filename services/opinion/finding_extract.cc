#include "services/opinion/finding_extract.h"

#include <utility>

#include "absl/status/status.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/text/normalise.h"

namespace firstfloor::opinion {
namespace {

constexpr size_t kTermBytes = 4;

absl::Status Broken() {
  return error::Make(absl::StatusCode::kDataLoss, "EXTRACT_BROKEN",
                     "what an opinion is found by cannot be read");
}

void Append(uint32_t number, size_t size, std::string& bytes) {
  for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(number >> (8 * i)));
}

uint32_t Take(size_t size, absl::string_view& bytes) {
  uint32_t number = 0;
  for (size_t i = 0; i < size; ++i) number |= uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  bytes.remove_prefix(size);
  return number;
}

}  // namespace

// Two bytes for the fingerprint's length, the fingerprint, the terms.
std::string Extract::Serialize() const {
  const std::string serialized = print.Serialize();
  std::string bytes;
  bytes.reserve(2 + serialized.size() + kTermBytes * terms.size());
  Append(static_cast<uint32_t>(serialized.size()), 2, bytes);
  bytes += serialized;
  for (const text::Term term : terms) Append(term, kTermBytes, bytes);
  return bytes;
}

absl::StatusOr<Extract> Extract::Parse(absl::string_view bytes) {
  if (bytes.size() < 2) return Broken();
  const size_t size = Take(2, bytes);
  if (bytes.size() < size || (bytes.size() - size) % kTermBytes != 0) return Broken();
  Extract parsed;
  ASSIGN_OR_RETURN(parsed.print, text::Fingerprint::Parse(bytes.substr(0, size)));
  bytes.remove_prefix(size);
  parsed.terms.reserve(bytes.size() / kTermBytes);
  while (!bytes.empty()) parsed.terms.push_back(Take(kTermBytes, bytes));
  return parsed;
}

Extractor::Extractor(const privacy::Keyring& keyring)
    : keyring_(keyring),
      fingerprints_(keyring.BlindIndex("text", "fingerprint")),
      terms_(keyring.BlindIndex("text", "terms")) {}

Extract Extractor::OfText(absl::string_view text) const {
  std::vector<text::Run> runs = text::Normalise(text);
  std::vector<text::Term> terms = terms_.Of(runs);
  return {fingerprints_.Of({}, std::move(runs)), std::move(terms)};
}

Extract Extractor::OfSummary(absl::string_view summary) const {
  std::vector<text::Run> runs = text::Normalise(summary);
  std::vector<text::Term> terms = terms_.Of(runs);
  return {fingerprints_.Of(std::move(runs), {}), std::move(terms)};
}

uint64_t Extractor::ReporterOf(absl::string_view subject) const {
  return subject.empty() ? 0 : ReporterOfIndex(keyring_.BlindIndex("subject", subject));
}

uint64_t Extractor::ReporterOfIndex(absl::string_view subject_index) {
  uint64_t hash = 0;
  for (const char byte : subject_index.substr(0, sizeof(hash))) {
    hash = hash << 8 | static_cast<unsigned char>(byte);
  }
  return hash;
}

}  // namespace firstfloor::opinion
