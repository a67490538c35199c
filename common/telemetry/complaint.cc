#include "common/telemetry/complaint.h"

#include <utility>

#include "common/error/error.h"
#include "common/telemetry/log.h"

namespace firstfloor::telemetry {

Complaint::Complaint(std::string what) : what_(std::move(what)) {}

void Complaint::About(const absl::Status& status) {
  const auto now = std::chrono::steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    if (now < next_) return;
    next_ = now + std::chrono::seconds(5);
  }
  Log(Severity::kWarning, what_,
      {{"code", absl::StatusCodeToString(status.code())}, {"reason", error::ReasonOf(status)}});
}

}  // namespace firstfloor::telemetry
