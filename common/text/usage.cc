#include "common/text/usage.h"

#include <algorithm>
#include <cmath>

namespace firstfloor::text {

void Usage::Add(const Fingerprint& print) {
  ++messages_;
  for (const Feature feature : print.features()) ++counts_[feature.key()];
}

void Usage::Remove(const Fingerprint& print) {
  --messages_;
  for (const Feature feature : print.features()) {
    if (const auto count = counts_.find(feature.key()); --count->second == 0) counts_.erase(count);
  }
}

uint32_t Usage::MessagesWith(Feature::Key key) const {
  const auto count = counts_.find(key);
  return count == counts_.end() ? 0 : count->second;
}

double Usage::Rarity(Feature::Key key) const {
  return std::max(0.1, std::log((static_cast<double>(messages_) + 1) / (MessagesWith(key) + 0.5)));
}

}  // namespace firstfloor::text
