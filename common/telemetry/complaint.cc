#include "common/telemetry/complaint.h"

#include <chrono>
#include <utility>

#include "common/error/error.h"
#include "common/telemetry/log.h"

namespace firstfloor::telemetry {

Complaint::Complaint(std::string what) : what_(std::move(what)), seldom_(std::chrono::seconds(5)) {}

void Complaint::About(const absl::Status& status) {
  if (seldom_.Due() == 0) return;
  Log(Severity::kWarning, what_,
      {{"code", absl::StatusCodeToString(status.code())}, {"reason", error::ReasonOf(status)}});
}

}  // namespace firstfloor::telemetry
