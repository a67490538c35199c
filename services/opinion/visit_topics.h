// What home visits may be about: a flag of the program, since each drive asks about its own things.
#ifndef FIRSTFLOOR_SERVICES_OPINION_VISIT_TOPICS_H_
#define FIRSTFLOOR_SERVICES_OPINION_VISIT_TOPICS_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace firstfloor::opinion {

// Names of the flags: --visit_topics.
std::vector<const char*> VisitFlags();
// The codes as they were set; INVALID_ARGUMENT in one clear line if one is none.
absl::StatusOr<std::set<std::string>> VisitTopicsFromFlags();

}  // namespace firstfloor::opinion

#endif  // FIRSTFLOOR_SERVICES_OPINION_VISIT_TOPICS_H_
