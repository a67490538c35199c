// Planning the sessions of a round: decisions only, no I/O, no clock, no chance.
//
// The problem. A round's groups (a building and the heads expected) are to be taught in sessions that are
// small and near to where people live ("小群体、多频率、分批分次"). A group that does not fit one session is
// taught in parts: as few as the largest session that can be held allows, of equal size. Each session takes a
// venue and a lecturer at a time.
//
// Hard, always:
//  1. a part has one session at most, and fits: heads ≤ most_heads and heads ≤ capacity of the venue;
//  2. a venue and a lecturer are in one place at a time, the travel buffer and what is booked already
//  included;
//  3. sessions lie within the free-time windows of their day (working days and days off by the official
//     calendar, 调休 included), outside quiet hours, within the venue's open hours, and not in the past;
//  4. venues are in use.
// Preferred, in this order:
//  a. as many parts as possible;
//  b. of the ways to place that many, those that reach the most people;
//  c. a near venue (by steps in the area tree), of equally near ones the smallest that fits, and an early
//     time;
//  d. lecturers with equal loads.
//
// The method. Time is cut into slots that do not conflict with each other (plan_slots), so that a venue or
// lecturer that is free in two slots can serve in both. Lecturers are alike then, but for when they are
// booked, and a slot has as many sessions at most as it has lecturers free. What remains is a flow
// (plan_matching), solved exactly: with the parts in the order of their heads, a. and b. are optimal over
// these slots. c. decides the order in which a part tries venues and times, and is a preference only: a
// part gives way to make room for another. For d. each session takes, by time, the free lecturer with the
// least to do: loads differ by one at most if nobody is booked.
//
// Cost: O(parts × venues + venues × slots) memory, and time of that for every part that finds no place at
// once; 1,000 parts, 100 venues and 30 lecturers over a month take well under a second.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_PLAN_RULES_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_PLAN_RULES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/calendar/calendar.h"
#include "firstfloor/outreach/v1/plan.pb.h"
#include "firstfloor/outreach/v1/plan_service.pb.h"
#include "firstfloor/outreach/v1/series.pb.h"
#include "firstfloor/outreach/v1/session.pb.h"
#include "firstfloor/outreach/v1/venue.pb.h"
#include "services/outreach/plan_slots.h"
#include "services/outreach/session_rules.h"

namespace firstfloor::outreach::rules {

inline constexpr int kLongestPlan = 366;   // days
inline constexpr int kLargestPlan = 1000;  // sessions, and venues that it may use

struct PlanProblem {
  std::vector<v1::PlanGroup> groups;
  std::vector<v1::Venue> venues;  // in the same area tree as the groups
  std::vector<std::string> lecturers;
  SlotWishes wishes;
  int most_heads = 0;
  // Of venues and lecturers, by name: when they are booked, without travel.
  std::map<std::string, std::vector<Occupation>> booked;
};

// INVALID_ARGUMENT, reason PLAN_TOO_LARGE, if the groups make too many parts.
absl::StatusOr<v1::Plan> MakePlan(const PlanProblem& problem, const calendar::Calendar& calendar);
// That error.
absl::Status PlanTooLarge(absl::string_view why);

// What the request asks for, without what only the database knows (venues, bookings). INVALID_ARGUMENT with
// every violation: days, windows, groups outside the area of the round, names listed twice.
absl::StatusOr<PlanProblem> ProblemOf(const v1::PlanSessionsRequest& request, const v1::Round& round,
                                      const LocalHours& hours, absl::Time now);

// INVALID_ARGUMENT if sessions of a plan are not within the round's area, or are in conflict with each other.
absl::Status CheckPlan(const v1::CommitPlanRequest& request, const v1::Round& round, const LocalHours& hours);

// The session that `planned` becomes, drafted.
v1::Session DraftOf(const v1::PlannedSession& planned, const v1::Round& round, v1::SessionForm form);

}  // namespace firstfloor::outreach::rules

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_PLAN_RULES_H_
