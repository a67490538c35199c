// The taxonomy compiled in. Made from taxonomy.csv by the build.
#ifndef FIRSTFLOOR_SERVICES_OPINION_BUILT_IN_TAXONOMY_H_
#define FIRSTFLOOR_SERVICES_OPINION_BUILT_IN_TAXONOMY_H_

#include "absl/strings/string_view.h"

namespace firstfloor::opinion {

extern const absl::string_view kBuiltInTaxonomy;

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_BUILT_IN_TAXONOMY_H_
