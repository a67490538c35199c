// The taxonomy of opinions: two-level category codes with the working days in which each is to be answered.
// Local default, to be replaced by a community's own.
#ifndef FIRSTFLOOR_SERVICES_OPINION_TAXONOMY_H_
#define FIRSTFLOOR_SERVICES_OPINION_TAXONOMY_H_

#include "absl/strings/string_view.h"

namespace firstfloor::opinion::taxonomy {

// The code stands in the taxonomy: a first level ("SAFETY") or both ("SAFETY.FIRE").
bool Knows(absl::string_view category);

// Working days to answer an opinion of `category`; the default for an empty or unknown one.
int WorkdaysToAnswer(absl::string_view category);

}  // namespace firstfloor::opinion::taxonomy

#endif  // FIRSTFLOOR_SERVICES_OPINION_TAXONOMY_H_
