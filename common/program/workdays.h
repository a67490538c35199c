// Which days work: the data compiled in ends with a year, and the operators add the next one's in time.
#ifndef FIRSTFLOOR_COMMON_PROGRAM_WORKDAYS_H_
#define FIRSTFLOOR_COMMON_PROGRAM_WORKDAYS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace firstfloor::program {

// Adds the days of the file to those in force in this process. INVALID_ARGUMENT in one clear line. For the
// start of a program, before there are other threads.
absl::Status TakeWorkdaysFrom(const std::string& file);

// Says while there is time left that the next year's days are missing: deadlines would then count a holiday
// as a day that works. Used by one thread.
class WorkdaysWatch {
 public:
  // Sets firstfloor_workdays_known_seconds and, when it is few, warns in the log: once a day, the first time
  // at once. Returns whether it warned.
  bool Look(absl::Time now);

 private:
  std::optional<absl::CivilDay> looked_;
};

}  // namespace firstfloor::program

#endif  // FIRSTFLOOR_COMMON_PROGRAM_WORKDAYS_H_
