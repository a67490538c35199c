// The lexicon compiled in. Made from lexicon.csv by the build.
#ifndef FIRSTFLOOR_COMMON_TEXT_BUILT_IN_H_
#define FIRSTFLOOR_COMMON_TEXT_BUILT_IN_H_

#include "absl/strings/string_view.h"

namespace firstfloor::text {

extern const absl::string_view kBuiltInLexicon;

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_BUILT_IN_H_
