// Statistics by day, kept up to date from the event log, so that a figure costs days, not rows.
#ifndef FIRSTFLOOR_COMMON_STATISTICS_PROJECTION_H_
#define FIRSTFLOOR_COMMON_STATISTICS_PROJECTION_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/db/connection.h"
#include "common/db/transaction.h"

namespace firstfloor::statistics {

// Figures are sums of deltas, kept per series, day (Asia/Shanghai) and area, for the area itself and each of
// its ancestors. A series is a key and dimension values: Series("opinions.received", {{"channel", "APP"}}) =
// "opinions.received|channel=APP". What would not be readable there ("|", "=", "%", spaces, anything but
// ASCII) is written as %XX; the whole may have 160 bytes.
std::string Series(absl::string_view key,
                   const std::vector<std::pair<std::string, std::string>>& dimensions = {});

// How long a reader that keeps figures rests between batches: events of a community have most rows in common.
inline constexpr absl::Duration kGather = absl::Milliseconds(150);

// Collects deltas of one transaction and writes them at once. What is of no area ("" or a malformed code)
// counts nowhere.
class Deltas {
 public:
  void Add(absl::string_view area, absl::Time time, const std::string& series, int64_t delta = 1);
  // A duration into its logarithmic bucket (≤ 5 % error): series gets "/b<bucket>" appended.
  void AddDuration(absl::string_view area, absl::Time time, const std::string& series, absl::Duration value);
  // INSERT … ON DUPLICATE KEY UPDATE value = value + …, in key order (no deadlocks among writers).
  absl::Status Write(db::Transaction& tx) const;
  bool empty() const { return sums_.empty(); }

 private:
  std::map<std::string, int64_t> sums_;  // key: series \0 area \0 day
};

// Sums of every series that starts with `key` (exactly `key`, or key + "|…"), days from ≤ d < to, in `area`.
// Blocks.
absl::StatusOr<std::map<std::string, int64_t>> Sums(db::Connection& connection, absl::string_view key,
                                                    absl::string_view area, absl::CivilDay from,
                                                    absl::CivilDay to);
// Of every such series the last day from ≤ d < to with a figure above 0; a series without one is left out.
// Costs series, whatever the days. Blocks.
absl::StatusOr<std::map<std::string, absl::CivilDay>> LastDays(db::Connection& connection,
                                                               absl::string_view key, absl::string_view area,
                                                               absl::CivilDay from, absl::CivilDay to);
// Of each of `areas` the sum of exactly `series` from its day on; an area without a figure is left out. Costs
// the days of those areas. Blocks.
absl::StatusOr<std::map<std::string, int64_t>> SumsSince(db::Connection& connection, absl::string_view series,
                                                         const std::map<std::string, absl::CivilDay>& areas);
// Of each of `areas` the sum of exactly `series`, days from ≤ d < to; an area without a figure is left out.
// Costs the days of those areas. Blocks.
absl::StatusOr<std::map<std::string, int64_t>> SumsOfAreas(db::Connection& connection,
                                                           absl::string_view series,
                                                           const std::vector<std::string>& areas,
                                                           absl::CivilDay from, absl::CivilDay to);
// By civil day "2023-05-01" within it: sums of exactly `series`; days without a figure are left out. Blocks.
absl::StatusOr<std::map<std::string, int64_t>> SumsByDay(db::Connection& connection, absl::string_view series,
                                                         absl::string_view area, absl::CivilDay from,
                                                         absl::CivilDay to);
// By calendar month "2023-05" within it.
absl::StatusOr<std::map<std::string, std::map<std::string, int64_t>>> SumsByMonth(db::Connection& connection,
                                                                                  absl::string_view key,
                                                                                  absl::string_view area,
                                                                                  absl::CivilDay from,
                                                                                  absl::CivilDay to);

// The q-quantile (0–1) of the durations of `series`, by nearest rank, at most 5 % off; 0 if there are none.
// Durations below a millisecond count as 0, those above 100 years as 100 years. Blocks.
absl::StatusOr<absl::Duration> Quantile(db::Connection& connection, const std::string& series,
                                        absl::string_view area, absl::CivilDay from, absl::CivilDay to,
                                        double q);

// Adds `member` to the set `series` of `area` and its ancestors, once; true if it was new in `area`. For
// distinct persons. `member` is a blind index or a resource name, nothing personal; INVALID_ARGUMENT if it
// has more than 64 bytes or the area is malformed.
absl::StatusOr<bool> AddToSet(db::Transaction& tx, absl::string_view area, absl::string_view series,
                              absl::string_view member);
absl::StatusOr<int64_t> SetSize(db::Connection& connection, absl::string_view area, absl::string_view series);

}  // namespace firstfloor::statistics

#endif  // FIRSTFLOOR_COMMON_STATISTICS_PROJECTION_H_
