#include "common/text/usage.h"

#include <algorithm>
#include <cmath>

namespace firstfloor::text {
namespace {

// As if so many messages more had said nothing of all this: where there are but a few, what two of them share
// is not what everybody says.
constexpr double kOthers = 20;

}  // namespace

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
  return std::max(0.1, std::log((static_cast<double>(messages_) + kOthers) / (MessagesWith(key) + 0.5)));
}

}  // namespace firstfloor::text
