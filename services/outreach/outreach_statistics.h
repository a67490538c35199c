// Figures about outreach, by day: what the log adds to them, and what they add up to.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_OUTREACH_STATISTICS_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_OUTREACH_STATISTICS_H_

#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "common/db/connection.h"
#include "common/events/reader.h"

namespace firstfloor::outreach {
class VenueStore;
}

namespace firstfloor::outreach::statistics {

// Name of the reader of this service's own log that keeps the figures. Earlier releases kept others, under
// "outreach/statistics" and in series "outreach.…": while one release takes the place of another, each has
// its own. What they left may be removed by a migration once none of them runs.
inline constexpr char kReader[] = "outreach/figures";
// `venues` says where a venue is: it lives as long.
events::Effect Projection(const VenueStore& venues);

struct Period {
  std::string area;
  absl::CivilDay from;
  absl::CivilDay to;  // exclusive
};

// What completed sessions amount to.
struct Classes {
  std::set<std::string> rounds;
  int64_t sessions = 0;
  int64_t attendances = 0;
};
// Of a whole period, and told apart by one dimension: "series", "form".
struct ClassFigures {
  Classes all;
  std::map<std::string, Classes> by;
};
// `dimension` may be empty. Blocks.
absl::StatusOr<ClassFigures> ClassesOf(db::Connection& connection, const Period& period,
                                       absl::string_view dimension);
// Told apart by calendar month, "2023-05". Blocks.
absl::StatusOr<std::map<std::string, Classes>> ClassesByMonth(db::Connection& connection,
                                                              const Period& period);
// Attendances by identity, "PARTY_MEMBER"; "" where nobody noted it. Blocks.
absl::StatusOr<std::map<std::string, int64_t>> AttendancesByIdentity(db::Connection& connection,
                                                                     const Period& period);

// Of the venues of the area that are in use on the last day.
struct Venues {
  int64_t active = 0;
  int64_t used = 0;  // with a completed session in the period, whomever it was for
};
absl::StatusOr<Venues> VenuesOf(db::Connection& connection, const Period& period);

struct VenueUse {
  int64_t sessions = 0;               // completed in the period
  std::optional<int64_t> days_since;  // from its last completed session to the last day of the period
};
// Of each of those venues, by name. Blocks.
absl::StatusOr<std::map<std::string, VenueUse>> VenueUses(db::Connection& connection, const Period& period);

// Codes of the areas that classes of the period were for: those in the area, and those around it up to its
// compound. Blocks.
absl::StatusOr<std::set<std::string>> Reached(db::Connection& connection, const Period& period);
// A class was for the building, for a part of it, or for its compound.
bool IsReached(const std::set<std::string>& reached, const std::string& building);

}  // namespace firstfloor::outreach::statistics

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_OUTREACH_STATISTICS_H_
