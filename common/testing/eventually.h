// What a test waits for.
#ifndef FIRSTFLOOR_COMMON_TESTING_EVENTUALLY_H_
#define FIRSTFLOOR_COMMON_TESTING_EVENTUALLY_H_

#include <functional>

#include "absl/time/time.h"

namespace firstfloor::testing {

// True as soon as the condition holds; false if it does not within `patience`, which a busy machine may need
// and which says nothing of how fast anything is.
bool Eventually(const std::function<bool()>& condition, absl::Duration patience = absl::Seconds(20));

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_COMMON_TESTING_EVENTUALLY_H_
