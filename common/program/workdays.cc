#include "common/program/workdays.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/calendar/calendar.h"
#include "common/error/macros.h"
#include "common/program/flags.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::program {
namespace {

// The notice comes in November; the longest deadline in working days ends well within two months.
constexpr int kEnoughDays = 60;

}  // namespace

absl::Status TakeWorkdaysFrom(const std::string& file) {
  RETURN_IF_ERROR(MustBeReadable("workdays_file", file));
  std::stringstream content;
  content << std::ifstream(file).rdbuf();
  absl::StatusOr<calendar::Calendar> calendar = calendar::Calendar::InForce().With(content.str());
  if (!calendar.ok()) {
    return WrongFlag("workdays_file", absl::StrCat(file, ": ", calendar.status().message()));
  }
  calendar::Calendar::SetInForce(*std::move(calendar));
  return absl::OkStatus();
}

bool WorkdaysWatch::Look(absl::Time now) {
  const absl::CivilDay today = calendar::DayOf(now);
  if (looked_ == today) return false;
  looked_ = today;
  const int known = calendar::Calendar::InForce().DaysKnown(today);
  telemetry::GetGauge("firstfloor_workdays_known_seconds",
                      "For how long from today on it is known which days work")
      .Set(absl::ToDoubleSeconds(known * absl::Hours(24)));
  if (known >= kEnoughDays) return false;
  telemetry::Log(telemetry::Severity::kWarning,
                 "the next working days are not known; give the year's notice by --workdays_file",
                 {{"known_days", int64_t{known}}});
  return true;
}

}  // namespace firstfloor::program
