// In how many messages each thing is spoken of: what everybody writes says little.
#ifndef FIRSTFLOOR_COMMON_TEXT_USAGE_H_
#define FIRSTFLOOR_COMMON_TEXT_USAGE_H_

#include <cstddef>
#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "common/text/fingerprint.h"

namespace firstfloor::text {

// Not thread-safe. 12 bytes or so for each thing ever spoken of.
class Usage {
 public:
  void Add(const Fingerprint& print);
  // Only what was added.
  void Remove(const Fingerprint& print);

  size_t messages() const { return messages_; }
  // How many messages speak of it.
  uint32_t MessagesWith(Feature::Key key) const;
  // The logarithm of one message in how many speaks of it, careful where there are but a few; never below
  // 0.1, so that nothing is without weight.
  double Rarity(Feature::Key key) const;

 private:
  size_t messages_ = 0;
  absl::flat_hash_map<Feature::Key, uint32_t> counts_;
};

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_USAGE_H_
