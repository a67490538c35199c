#include "services/outreach/plan_rules.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/area/registry.h"
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
  return std::none_of(booked->second.begin(), booked->second.end(), [&](const Occupation& other) {
    return other.from < slot.end + kTravelBuffer && other.to > slot.start - kTravelBuffer;
  });
}

// Indices of the groups, the largest first.
std::vector<size_t> ByHeads(const std::vector<v1::PlanGroup>& groups) {
  std::vector<size_t> order(groups.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return groups[a].heads() > groups[b].heads(); });
  return order;
}

class Planner {
 public:
  Planner(const PlanProblem& problem, const calendar::Calendar& calendar)
      : problem_(problem),
        slots_(SlotsOf(problem.wishes, calendar)),
        order_(ByHeads(problem.groups)),
        offer_(MakeOffer()) {}

  v1::Plan Make() {
    const std::vector<Seat> seats = Match(offer_);
    std::vector<size_t> placed;  // positions in order_
    v1::Plan plan;
    int64_t heads = 0;
    for (size_t i = 0; i < seats.size(); ++i) {
      const v1::PlanGroup& group = problem_.groups[order_[i]];
      if (seats[i].slot >= 0) {
        placed.push_back(i);
        heads += group.heads();
        continue;
      }
      v1::UnplacedGroup* unplaced = plan.add_unplaced();
      *unplaced->mutable_group() = group;
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
  Offer MakeOffer() {
    Offer offer;
    for (const Slot& slot : slots_) {
      lecturers_free_.emplace_back();
      int free = 0;
      for (const std::string& lecturer : problem_.lecturers) {
        lecturers_free_.back().push_back(IsFree(problem_, lecturer, slot));
        free += lecturers_free_.back().back();
      }
      offer.lecturers.push_back(free);
    }
    for (const v1::Venue& venue : problem_.venues) {
      offer.open.emplace_back();
      for (const Slot& slot : slots_) {
        offer.open.back().push_back(venue.state() == v1::VENUE_STATE_ACTIVE &&
                                    IsOpen(venue, slot.start, slot.end) &&
                                    IsFree(problem_, venue.name(), slot));
      }
    }
    for (const size_t group : order_) offer.venues_of_group.push_back(VenuesOf(problem_.groups[group]));
    return offer;
  }

  // The venues that hold a group, the best first.
  std::vector<int> VenuesOf(const v1::PlanGroup& group) {
    if (group.heads() > problem_.most_heads) return {};
    std::vector<std::tuple<int, int, int>> fitting;  // distance, capacity, venue
    const std::vector<int>& distances = DistancesFrom(group.area());
    for (size_t i = 0; i < problem_.venues.size(); ++i) {
      const int capacity = problem_.venues[i].capacity();
      if (capacity < group.heads() || distances[i] >= area::kUnrelated) continue;
      fitting.emplace_back(distances[i], capacity, static_cast<int>(i));
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
    if (problem_.groups[order_[position]].heads() > problem_.most_heads) {
      return v1::UNPLACED_REASON_ABOVE_MOST_HEADS;
    }
    if (venues.empty()) return v1::UNPLACED_REASON_NO_VENUE_HOLDS_IT;
    if (slots_.empty()) return v1::UNPLACED_REASON_NO_TIME;
    bool open = false;
    for (const int venue : venues) {
      for (size_t slot = 0; slot < slots_.size(); ++slot) {
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
      *session->mutable_group() = problem_.groups[order_[position]];
      session->set_area(AreaFor(session->group().area(), venue.area()));
      session->set_venue(venue.name());
      session->set_lecturer(problem_.lecturers[TakeLecturer(slot)]);
      *session->mutable_window()->mutable_start_time() = ToProto(slots_[slot].start);
      *session->mutable_window()->mutable_end_time() = ToProto(slots_[slot].end);
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
  const std::vector<Slot> slots_;
  const std::vector<size_t> order_;
  std::map<std::string, std::vector<int>> distances_;
  std::vector<std::vector<bool>> lecturers_free_;  // [slot][lecturer]
  std::vector<int> loads_;
  const Offer offer_;
};

template <typename Names>
bool HasTwice(const Names& names) {
  return std::set<std::string>(names.begin(), names.end()).size() < static_cast<size_t>(names.size());
}

}  // namespace

v1::Plan MakePlan(const PlanProblem& problem, const calendar::Calendar& calendar) {
  return Planner(problem, calendar).Make();
}

absl::StatusOr<PlanProblem> ProblemOf(const v1::PlanSessionsRequest& request, const v1::Round& round,
                                      absl::Time now) {
  PlanProblem problem;
  error::Violations violations;
  SlotWishes& wishes = problem.wishes;
  const bool starts = absl::ParseCivilTime(request.start_day(), &wishes.first_day);
  if (!starts) violations.Add("start_day", "must be a day, \"2023-01-01\"");
  if (!absl::ParseCivilTime(request.end_day(), &wishes.end_day)) {
    violations.Add("end_day", "must be a day, \"2023-01-01\"");
  } else if (starts && wishes.end_day <= wishes.first_day) {
    violations.Add("end_day", "must be after start_day");
  } else if (starts && wishes.end_day - wishes.first_day > kLongestPlan) {
    violations.Add("end_day", "must be at most 366 days after start_day");
  }
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
  problem.most_heads = request.most_heads();
  return problem;
}

absl::Status CheckPlan(const v1::CommitPlanRequest& request, const v1::Round& round) {
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
    const Occupation time = OccupationOf(session);
    for (const std::string& place : {planned.venue(), planned.lecturer()}) {
      for (const auto& [other, number] : taken[place]) {
        if (other.from + kTravelBuffer >= time.to || other.to - kTravelBuffer <= time.from) continue;
        violations.Add(field, absl::StrCat("is in conflict with sessions[", number, "]"));
      }
      taken[place].emplace_back(time, i);
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
