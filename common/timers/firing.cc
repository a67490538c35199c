#include "common/timers/firing.h"

#include <string>

#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/telemetry/log.h"
#include "common/telemetry/metrics.h"
#include "common/timers/timer_store.h"

namespace firstfloor::timers {
namespace {

bool MayPass(const absl::Status& status) {
  return absl::IsAborted(status) || absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

void LogPostponed(const Timer& timer, absl::Time due, const absl::Status& status) {
  telemetry::Log(telemetry::Severity::kError, "a timer failed and is postponed",
                 {{"subject", timer.subject},
                  {"kind", timer.kind},
                  {"due_time", absl::FormatTime(due, absl::UTCTimeZone())},
                  {"code", absl::StatusCodeToString(status.code())},
                  {"reason", error::ReasonOf(status)}});
}

void CountFired() {
  static telemetry::Counter& fired =
      telemetry::GetCounter("firstfloor_timers_fired_total", "Timers that took effect.");
  fired.Add();
}

}  // namespace

absl::StatusOr<Outcome> FireOne(db::Connection& connection, const Timer& timer, const events::Origin& origin,
                                const Fire& fire, absl::Time postponed_due, absl::Time deadline) {
  const absl::StatusOr<Outcome> outcome =
      db::Run(connection, deadline, [&](db::Transaction& tx) -> absl::StatusOr<Outcome> {
        ASSIGN_OR_RETURN(const bool ours, Take(tx, timer));
        if (!ours) return Outcome::kGone;
        RETURN_IF_ERROR(fire(tx, timer, origin));
        return Outcome::kFired;
      });
  if (outcome.ok()) {
    if (*outcome == Outcome::kFired) CountFired();
    return outcome;
  }
  if (MayPass(outcome.status())) return outcome.status();
  RETURN_IF_ERROR(
      db::Run(connection, deadline, [&](db::Transaction& tx) { return Postpone(tx, timer, postponed_due); }));
  LogPostponed(timer, postponed_due, outcome.status());
  return Outcome::kPostponed;
}

}  // namespace firstfloor::timers
