// The annual report: each figure of the article beside the services' own statistics.
#ifndef FIRSTFLOOR_DEPLOY_DEMO_REPORT_H_
#define FIRSTFLOOR_DEPLOY_DEMO_REPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "deploy/demo/stage.h"

namespace firstfloor::demo {

// Prints the report, with what came of the survey. True if every figure is met.
absl::StatusOr<bool> PrintReport(Stage& stage, const std::string& stall_of_four_things,
                                 const std::string& survey);

// Moves the timers of all four services on to the end of that day: what waits for a deadline comes to its
// end.
absl::Status AdvanceTo(Stage& stage, absl::CivilDay day);

}  // namespace firstfloor::demo

#endif  // FIRSTFLOOR_DEPLOY_DEMO_REPORT_H_
