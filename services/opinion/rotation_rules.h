// Planning the rotation of stalls, and who waits how long: decisions only, no I/O, no clock, no chance.
//
// The problem. The buildings of an area take turns; teams sit at stalls in their lobbies when they are free.
//
// Hard, always:
//  1. a team is at one place at a time, with time to change places in between, in its free windows only (days
//     by the official calendar, 调休 included), never in the past, and nobody of it sits at another booked
//     stall then;
//  2. a building has one stall a day at most, booked ones included;
//  3. no more stalls a day than asked for.
// Preferred, in this order:
//  a. the longest wait of any building is as short as possible: a wait runs from one stall to the next, from
//     the last stall before the period, and to the end of the period;
//  b. visits are spread: buildings that wait alike take turns, and every building has the visits that it is
//     to have at least;
//  c. teams have equal shares.
//
// The method. Waits are counted in days, and any team may serve any building, so that for a. and b. only the
// number of stalls that a day can have matters: rotation_turns gives them to those who have waited longest,
// which is optimal where no stalls are booked before, and a rule of thumb where some are. How the stalls of a
// day are shared is then free for c., which is solved exactly.
//
// Cost: O(days × buildings × log buildings + exchanges × teams² × days); 278 buildings, 10 teams and 90 days
// take well under a second.
#ifndef FIRSTFLOOR_SERVICES_OPINION_ROTATION_RULES_H_
#define FIRSTFLOOR_SERVICES_OPINION_ROTATION_RULES_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/calendar/calendar.h"
#include "firstfloor/opinion/v1/rotation.pb.h"
#include "firstfloor/opinion/v1/rotation_service.pb.h"
#include "firstfloor/opinion/v1/stall.pb.h"
#include "services/opinion/rotation_slots.h"

namespace firstfloor::opinion::rotation_rules {

inline constexpr int kLongestPeriod = 366;  // days
inline constexpr int kMostStalls = 2000;    // of a plan
inline constexpr size_t kMostBuildings = 2000;

// A day on which a building has a stall, held or planned.
struct Visit {
  std::string building;
  absl::Time start;
  std::string stall;
};
// A stall that keeps somebody busy.
struct Engagement {
  Slot slot;
  std::string stall;
};
using Engagements = std::map<std::string, std::vector<Engagement>>;  // by subject

struct RotationProblem {
  absl::CivilDay first_day;
  absl::CivilDay end_day;  // exclusive
  absl::Time not_before = absl::InfinitePast();
  absl::Duration length;
  int least_visits = 0;
  int most_a_day = 0;  // 0: no limit
  std::vector<v1::RotationOffer> offers;
  std::vector<std::string> buildings;
  // By building when it had its last stall before the period; without those that never had one.
  std::map<std::string, absl::Time> last;
  // Those that are in the period already, or planned before it.
  std::vector<Visit> visits;
  Engagements busy;
};

// FAILED_PRECONDITION, reason ROTATION_TOO_LARGE, if there would be more than kMostStalls.
absl::StatusOr<v1::RotationPlan> MakeRotation(const RotationProblem& problem,
                                              const calendar::Calendar& calendar);

// What the request asks for, without what only the registry and the database know. INVALID_ARGUMENT with
// every violation: days, windows, teams and members named twice.
absl::StatusOr<RotationProblem> ProblemOf(const v1::PlanRotationRequest& request, absl::Time now);

// The days that the stalls of a request span.
struct Span {
  absl::Time from;
  absl::Time to;
};
Span SpanOf(const v1::CommitRotationRequest& request);
// The stalls of the request, planned, without names. INVALID_ARGUMENT with every violation: outside the area,
// of no team, over at `now`, in conflict with each other, further apart than a period can be long.
absl::StatusOr<std::vector<v1::Stall>> StallsOf(const v1::CommitRotationRequest& request, absl::Time now);
// FAILED_PRECONDITION, reason ROTATION_OUTDATED, naming the stalls that are in conflict with `planned`.
absl::Status CheckUpToDate(const std::vector<v1::Stall>& planned, const std::vector<Visit>& visits,
                           const Engagements& busy);

// Everybody who is named in one of the teams.
std::set<std::string> SubjectsIn(const v1::PlanRotationRequest& request);
std::set<std::string> SubjectsIn(const v1::CommitRotationRequest& request);

// FAILED_PRECONDITION, reason ROTATION_TOO_LARGE: `what` there is too much of.
absl::Status TooLarge(absl::string_view what);

// How each building is covered on `today`, given its last and next stall and the opinions since, each by
// building where there are any; overdue after more than `most_days` (30 if 0). Those without a stall first,
// then those that have waited longest, then by area.
v1::Coverage CoverageOf(const std::vector<std::string>& buildings, const std::map<std::string, Visit>& last,
                        const std::map<std::string, Visit>& next,
                        const std::map<std::string, int64_t>& opinions, int most_days, absl::CivilDay today);

}  // namespace firstfloor::opinion::rotation_rules

#endif  // FIRSTFLOOR_SERVICES_OPINION_ROTATION_RULES_H_
