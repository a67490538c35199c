// A warning of a thread that tries again and again: not in the log each time.
#ifndef FIRSTFLOOR_COMMON_TELEMETRY_COMPLAINT_H_
#define FIRSTFLOOR_COMMON_TELEMETRY_COMPLAINT_H_

#include <string>

#include "absl/status/status.h"
#include "common/telemetry/seldom.h"

namespace firstfloor::telemetry {

// Thread-safe.
class Complaint {
 public:
  explicit Complaint(std::string what);
  // Logs code and reason of `status`, at most every five seconds.
  void About(const absl::Status& status);

 private:
  const std::string what_;
  Seldom seldom_;
};

}  // namespace firstfloor::telemetry

#endif  // FIRSTFLOOR_COMMON_TELEMETRY_COMPLAINT_H_
