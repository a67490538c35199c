#include "services/outreach/plan_rules.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/area/registry.h"
#include "common/calendar/days.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/outreach/plan_matching.h"
#include "services/outreach/venue_rules.h"

namespace firstfloor::outreach::rules {
namespace {

using calendar::ToProto;

constexpr int kUsualMinutes = 60;

bool IsFree(const PlanProblem& problem, const std::string& place, const Slot& slot) {
  const auto booked = problem.booked.find(place);
  if (booked == problem.booked.end()) return true;
  const absl::Duration travel = problem.wishes.hours.travel_buffer;
  return std::none_of(booked->second.begin(), booked->second.end(), [&](const Occupation& other) {
    return other.from < slot.end + travel && other.to > slot.start - travel;
  });
}

// What is to be had when: of venues and lecturers, by slot.
struct Times {
  std::vector<Slot> slots;
  std::vector<std::vector<bool>> open;            // [venue][slot]
  std::vector<std::vector<bool>> lecturers_free;  // [slot][lecturer]
  std::vector<int> lecturers;                     // of each slot how many are free
};

Times TimesOf(const PlanProblem& problem, const calendar::Calendar& calendar) {
  Times times;
  times.slots = SlotsOf(problem.wishes, calendar);
  for (const Slot& slot : times.slots) {
    std::vector<bool>& free = times.lecturers_free.emplace_back();
    for (const std::string& lecturer : problem.lecturers) free.push_back(IsFree(problem, lecturer, slot));
    times.lecturers.push_back(static_cast<int>(std::count(free.begin(), free.end(), true)));
  }
  for (const v1::Venue& venue : problem.venues) {
    std::vector<bool>& open = times.open.emplace_back();
    for (const Slot& slot : times.slots) {
      open.push_back(venue.state() == v1::VENUE_STATE_ACTIVE && IsOpen(venue, slot.start, slot.end) &&
                     IsFree(problem, venue.name(), slot));
    }
  }
  return times;
}

// A group, or one of the parts in which it is taught.
struct Part {
  v1::PlanGroup group;  // with the heads of this part
  int number = 0;       // of the group, from 1
  int part = 1;
  int parts = 1;
};

// Most people that a session can have: the largest venue that can be had at all decides, and if there is none
// the largest in use. 0 if none is in use.
int LargestSession(const PlanProblem& problem, const Times& times) {
  int largest = 0;
  int largest_open = 0;
  for (size_t venue = 0; venue < problem.venues.size(); ++venue) {
    if (problem.venues[venue].state() != v1::VENUE_STATE_ACTIVE) continue;
    const int capacity = problem.venues[venue].capacity();
    largest = std::max(largest, capacity);
    const std::vector<bool>& open = times.open[venue];
    const bool can_be_had = std::find(open.begin(), open.end(), true) != open.end();
    if (can_be_had) largest_open = std::max(largest_open, capacity);
  }
  return std::min(problem.most_heads, largest_open > 0 ? largest_open : largest);
}

// The groups in as few parts of equal size as `most` heads a session allow, the largest parts first.
absl::StatusOr<std::vector<Part>> PartsOf(const std::vector<v1::PlanGroup>& groups, int most) {
  std::vector<Part> all;
  for (size_t i = 0; i < groups.size(); ++i) {
    const int heads = groups[i].heads();
    const int parts = most == 0 ? 1 : (heads - 1) / most + 1;
    if (all.size() + static_cast<size_t>(parts) > kLargestPlan) {
      return PlanTooLarge("the groups make more than 1,000 sessions");
    }
    for (int part = 0; part < parts; ++part) {
      Part& one = all.emplace_back(Part{groups[i], static_cast<int>(i) + 1, part + 1, parts});
      one.group.set_heads(heads / parts + (part < heads % parts ? 1 : 0));
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Part& a, const Part& b) { return a.group.heads() > b.group.heads(); });
  return all;
}

// Writes who it is into a session, or into what has none.
template <typename Place>
void SetPart(const Part& part, Place& place) {
  *place.mutable_group() = part.group;
  place.set_group_number(part.number);
  place.set_part(part.part);
  place.set_parts(part.parts);
}

class Planner {
 public:
  Planner(const PlanProblem& problem, const Times& times, const std::vector<Part>& parts)
      : problem_(problem), times_(times), parts_(parts), lecturers_free_(times.lecturers_free) {
    offer_ = {.venues_of_group = {}, .open = times.open, .lecturers = times.lecturers};
    for (const Part& part : parts) offer_.venues_of_group.push_back(VenuesOf(part.group));
  }

  v1::Plan Make() {
    const std::vector<Seat> seats = Match(offer_);
    std::vector<size_t> placed;  // positions in parts_
    v1::Plan plan;
    int64_t heads = 0;
    for (size_t i = 0; i < seats.size(); ++i) {
      if (seats[i].slot >= 0) {
        placed.push_back(i);
        heads += parts_[i].group.heads();
        continue;
      }
      v1::UnplacedGroup* unplaced = plan.add_unplaced();
      SetPart(parts_[i], *unplaced);
      unplaced->set_reason(WhyNot(i));
    }
    std::sort(placed.begin(), placed.end(), [&](size_t a, size_t b) {
      return std::tie(seats[a].slot, seats[a].venue) < std::tie(seats[b].slot, seats[b].venue);
    });
    AddSessions(placed, seats, plan);
    plan.set_placed_heads(heads);
    return plan;
  }

 private:
  // The venues that hold a group, the best first.
  std::vector<int> VenuesOf(const v1::PlanGroup& group) {
    std::vector<std::tuple<int, int, int>> fitting;  // distance, capacity, venue
    const std::vector<int>& distances = DistancesFrom(group.area());
    for (size_t i = 0; i < problem_.venues.size(); ++i) {
      const v1::Venue& venue = problem_.venues[i];
      if (venue.state() != v1::VENUE_STATE_ACTIVE || venue.capacity() < group.heads()) continue;
      fitting.emplace_back(distances[i], venue.capacity(), static_cast<int>(i));
    }
    std::sort(fitting.begin(), fitting.end());
    std::vector<int> venues;
    for (const auto& [distance, capacity, venue] : fitting) venues.push_back(venue);
    return venues;
  }

  const std::vector<int>& DistancesFrom(const std::string& area) {
    const auto [known, added] = distances_.try_emplace(area);
    if (added) {
      for (const v1::Venue& venue : problem_.venues) {
        known->second.push_back(area::Distance(area, venue.area()));
      }
    }
    return known->second;
  }

  v1::UnplacedReason WhyNot(size_t position) const {
    const std::vector<int>& venues = offer_.venues_of_group[position];
    if (venues.empty()) return v1::UNPLACED_REASON_NO_VENUE;
    if (times_.slots.empty()) return v1::UNPLACED_REASON_NO_TIME;
    bool open = false;
    for (const int venue : venues) {
      for (size_t slot = 0; slot < times_.slots.size(); ++slot) {
        if (!offer_.open[static_cast<size_t>(venue)][slot]) continue;
        if (offer_.lecturers[slot] > 0) return v1::UNPLACED_REASON_NOTHING_LEFT;
        open = true;
      }
    }
    return open ? v1::UNPLACED_REASON_LECTURERS_TAKEN : v1::UNPLACED_REASON_VENUES_TAKEN;
  }

  // The free lecturer with the least to do. There is one: a slot has no more sessions than lecturers.
  size_t TakeLecturer(size_t slot) {
    std::vector<bool>& free = lecturers_free_[slot];
    size_t best = free.size();
    for (size_t i = 0; i < free.size(); ++i) {
      if (free[i] && (best == free.size() || loads_[i] < loads_[best])) best = i;
    }
    free[best] = false;
    ++loads_[best];
    return best;
  }

  void AddSessions(const std::vector<size_t>& placed, const std::vector<Seat>& seats, v1::Plan& plan) {
    loads_.assign(problem_.lecturers.size(), 0);
    for (const size_t position : placed) {
      const auto slot = static_cast<size_t>(seats[position].slot);
      const v1::Venue& venue = problem_.venues[static_cast<size_t>(seats[position].venue)];
      v1::PlannedSession* session = plan.add_sessions();
      SetPart(parts_[position], *session);
      session->set_area(AreaFor(session->group().area(), venue.area()));
      session->set_venue(venue.name());
      session->set_lecturer(problem_.lecturers[TakeLecturer(slot)]);
      *session->mutable_window()->mutable_start_time() = ToProto(times_.slots[slot].start);
      *session->mutable_window()->mutable_end_time() = ToProto(times_.slots[slot].end);
      session->set_capacity(std::min(venue.capacity(), problem_.most_heads));
    }
  }

  // The group's own area if the venue lies on its way up, else the nearest that covers both.
  static std::string AreaFor(const std::string& group, const std::string& venue) {
    if (area::Covers(venue, group)) return group;
    for (std::string& area : area::SelfAndAncestors(group)) {
      if (area::Covers(area, venue)) return std::move(area);
    }
    return group;
  }

  const PlanProblem& problem_;
  const Times& times_;
  const std::vector<Part>& parts_;
  std::map<std::string, std::vector<int>> distances_;
  std::vector<std::vector<bool>> lecturers_free_;  // [slot][lecturer]
  std::vector<int> loads_;
  Offer offer_;
};

template <typename Names>
bool HasTwice(const Names& names) {
  return std::set<std::string>(names.begin(), names.end()).size() < static_cast<size_t>(names.size());
}

}  // namespace

absl::Status PlanTooLarge(absl::string_view why) {
  return error::Make(absl::StatusCode::kInvalidArgument, "PLAN_TOO_LARGE", why,
                     {{"most", absl::StrCat(kLargestPlan)}});
}

absl::StatusOr<v1::Plan> MakePlan(const PlanProblem& problem, const calendar::Calendar& calendar) {
  const Times times = TimesOf(problem, calendar);
  ASSIGN_OR_RETURN(const std::vector<Part> parts, PartsOf(problem.groups, LargestSession(problem, times)));
  return Planner(problem, times, parts).Make();
}

absl::StatusOr<PlanProblem> ProblemOf(const v1::PlanSessionsRequest& request, const v1::Round& round,
                                      const LocalHours& hours, absl::Time now) {
  PlanProblem problem;
  error::Violations violations;
  SlotWishes& wishes = problem.wishes;
  const calendar::Days days =
      calendar::ParseDays({"start_day", request.start_day()}, {"end_day", request.end_day()}, violations);
  if (days.end - days.first > kLongestPlan) {
    violations.Add("end_day", "must be at most 366 days after start_day");
  }
  wishes.first_day = days.first;
  wishes.end_day = days.end;
  for (int i = 0; i < request.windows_size(); ++i) {
    if (request.windows(i).end_minute() > request.windows(i).start_minute()) continue;
    violations.Add(absl::StrCat("windows[", i, "].end_minute"), "must be after start_minute");
  }
  for (int i = 0; i < request.groups_size(); ++i) {
    if (area::Covers(round.area(), request.groups(i).area())) continue;
    violations.Add(absl::StrCat("groups[", i, "].area"), "must be in the area of the round");
  }
  if (HasTwice(request.venues())) violations.Add("venues", "lists one twice");
  if (HasTwice(request.lecturers())) violations.Add("lecturers", "lists one twice");
  RETURN_IF_ERROR(violations.ToStatus());
  problem.groups.assign(request.groups().begin(), request.groups().end());
  problem.lecturers.assign(request.lecturers().begin(), request.lecturers().end());
  wishes.windows.assign(request.windows().begin(), request.windows().end());
  const int minutes = request.session_minutes() == 0 ? kUsualMinutes : request.session_minutes();
  wishes.length = absl::Minutes(minutes);
  wishes.not_before = now + absl::Seconds(1);
  wishes.hours = hours;
  problem.most_heads = request.most_heads();
  return problem;
}

absl::Status CheckPlan(const v1::CommitPlanRequest& request, const v1::Round& round,
                       const LocalHours& hours) {
  error::Violations violations;
  std::map<std::string, std::vector<std::pair<Occupation, int>>> taken;
  for (int i = 0; i < request.sessions_size(); ++i) {
    const v1::PlannedSession& planned = request.sessions(i);
    const v1::Session session = DraftOf(planned, round, request.form());
    const std::string field = absl::StrCat("sessions[", i, "]");
    if (!area::Covers(round.area(), planned.area()) ||
        !area::Covers(planned.area(), planned.group().area())) {
      violations.Add(field + ".area", "must be in the area of the round and cover the group");
    }
    if (planned.group().heads() > planned.capacity())
      violations.Add(field + ".capacity", "is below the heads");
    if (!CheckSession(session).ok()) {
      violations.Add(field + ".window", "must end after it begins, within 12 hours");
      continue;
    }
    const Occupation time = OccupationOf(session, hours);
    for (const std::string& place : {planned.venue(), planned.lecturer()}) {
      for (const auto& [other, number] : taken[place]) {
        if (other.from >= time.to || other.to <= time.from) continue;
        violations.Add(field, absl::StrCat("is in conflict with sessions[", number, "]"));
      }
      taken[place].push_back({{StartOf(session), EndOf(session)}, i});
    }
  }
  return violations.ToStatus();
}

v1::Session DraftOf(const v1::PlannedSession& planned, const v1::Round& round, v1::SessionForm form) {
  v1::Session session;
  session.set_area(planned.area());
  session.set_series(round.series());
  session.set_round(round.name());
  session.set_form(form);
  session.set_topic(round.topic());
  session.add_lecturers(planned.lecturer());
  session.set_venue(planned.venue());
  *session.mutable_window() = planned.window();
  session.set_capacity(planned.capacity());
  if (planned.group().area() != planned.area()) session.add_audience_areas(planned.group().area());
  session.set_state(v1::SESSION_STATE_DRAFT);
  return session;
}

}  // namespace firstfloor::outreach::rules
