#include "services/outreach/series_rules.h"

#include "common/area/registry.h"
#include "common/error/error.h"

namespace firstfloor::outreach::rules {
namespace {

absl::Status MustBeActive(const v1::Series& series) {
  if (series.state() == v1::SERIES_STATE_ACTIVE) return absl::OkStatus();
  return error::WrongState("SERIES_WRONG_STATE", series.name(), v1::SeriesState_Name(series.state()), {});
}

}  // namespace

absl::StatusOr<v1::Series> End(v1::Series series) {
  if (absl::Status status = MustBeActive(series); !status.ok()) return status;
  series.set_state(v1::SERIES_STATE_ENDED);
  return series;
}

absl::Status MayJoin(const v1::Series& series, absl::string_view area) {
  if (!area::Covers(series.area(), area)) return error::InvalidField("series", "is held elsewhere");
  return MustBeActive(series);
}

absl::Status MayJoin(const v1::Round& round, absl::string_view area) {
  if (area::Covers(round.area(), area)) return absl::OkStatus();
  return error::InvalidField("round", "is taught elsewhere");
}

}  // namespace firstfloor::outreach::rules
