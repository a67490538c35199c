#include "services/opinion/rotation_rules.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/area/registry.h"
#include "common/calendar/days.h"
#include "common/calendar/timestamp.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "services/opinion/rotation_slots.h"
#include "services/opinion/rotation_turns.h"
#include "services/opinion/stall_rules.h"

namespace firstfloor::opinion::rotation_rules {
namespace {

using calendar::DayOf;
using calendar::FromProto;
using calendar::ToProto;

constexpr int kUsualMinutes = 120;
constexpr int kUsualWait = 30;  // days
constexpr int kNeverHad = 366;  // days that a building without a stall counts as waiting before the period
constexpr size_t kMostNamed = 10;

// The building in which a place is; "" if it is none.
std::string BuildingOf(const std::string& area) {
  for (const std::string& place : area::SelfAndAncestors(area)) {
    if (area::LevelOf(place) == area::Level::kBuilding) return place;
  }
  return "";
}

Slot SlotOf(const type::v1::TimeWindow& window) {
  return {FromProto(window.start_time()), FromProto(window.end_time())};
}

void AddSubjects(const v1::RotationTeam& team, std::set<std::string>& subjects) {
  for (const v1::TeamMember& member : team.members()) {
    if (!member.person().subject().empty()) subjects.insert(member.person().subject());
  }
}

class Planner {
 public:
  Planner(const RotationProblem& problem, const calendar::Calendar& calendar)
      : problem_(problem), calendar_(calendar), days_(problem.end_day - problem.first_day) {
    FindSlots();
    DescribeTurns();
  }

  absl::StatusOr<v1::RotationPlan> Make() {
    const TurnsByDay turns = Turns(turns_);
    std::vector<int> wanted;
    size_t stalls = 0;
    for (const std::vector<int>& of_day : turns) {
      wanted.push_back(static_cast<int>(of_day.size()));
      stalls += of_day.size();
    }
    if (stalls > static_cast<size_t>(kMostStalls)) return TooLarge("stalls of the plan");
    v1::RotationPlan plan;
    for (const v1::RotationOffer& offer : problem_.offers) plan.add_loads()->set_team(offer.team().code());
    const std::vector<std::vector<int>> shares = Shares(offered_, wanted);
    for (size_t day = 0; day < turns.size(); ++day) AddStalls(day, turns[day], shares[day], plan);
    AddShortfalls(VisitsOf(turns_, turns), plan);
    plan.set_longest_wait_days(LongestWait(turns_, turns));
    return plan;
  }

 private:
  // When people of a team sit at other stalls, by day.
  std::map<absl::CivilDay, std::vector<Slot>> BusyDaysOf(const v1::RotationTeam& team) const {
    std::map<absl::CivilDay, std::vector<Slot>> days;
    std::set<std::string> subjects;
    AddSubjects(team, subjects);
    for (const std::string& subject : subjects) {
      const auto found = problem_.busy.find(subject);
      if (found == problem_.busy.end()) continue;
      for (const Engagement& engagement : found->second) {
        const absl::CivilDay last = DayOf(engagement.slot.end + kChangeOfPlace);
        for (absl::CivilDay day = DayOf(engagement.slot.start - kChangeOfPlace); day <= last; ++day) {
          days[day].push_back(engagement.slot);
        }
      }
    }
    return days;
  }

  void FindSlots() {
    std::vector<std::map<absl::CivilDay, std::vector<Slot>>> busy;
    for (const v1::RotationOffer& offer : problem_.offers) busy.push_back(BusyDaysOf(offer.team()));
    for (absl::CivilDay day = problem_.first_day; day < problem_.end_day; ++day) {
      slots_.emplace_back();
      offered_.emplace_back();
      for (size_t i = 0; i < problem_.offers.size(); ++i) {
        slots_.back().push_back(
            SlotsOn(day, problem_.offers[i], problem_.length, problem_.not_before, busy[i][day], calendar_));
        offered_.back().push_back(static_cast<int>(slots_.back().back().size()));
      }
    }
  }

  void DescribeTurns() {
    turns_.least_visits = problem_.least_visits;
    for (const std::vector<int>& of_day : offered_) {
      int capacity = 0;
      for (const int of_team : of_day) capacity += of_team;
      if (problem_.most_a_day > 0) capacity = std::min(capacity, problem_.most_a_day);
      turns_.capacity.push_back(capacity);
    }
    std::map<std::string, std::set<int>> booked;
    std::map<std::string, int> last;
    for (const Visit& visit : problem_.visits) {
      const int day = DayNumber(visit.start);
      if (day >= 0 && day < days_) booked[visit.building].insert(day);
      if (day < 0) last[visit.building] = std::max(last.try_emplace(visit.building, day).first->second, day);
    }
    for (const std::string& building : problem_.buildings) {
      int day = -kNeverHad;
      if (const auto had = problem_.last.find(building); had != problem_.last.end()) {
        day = std::max(day, DayNumber(had->second));
      }
      if (const auto will = last.find(building); will != last.end()) day = std::max(day, will->second);
      turns_.last.push_back(day);
      turns_.booked.emplace_back(booked[building].begin(), booked[building].end());
    }
  }

  int DayNumber(absl::Time time) const { return static_cast<int>(DayOf(time) - problem_.first_day); }

  // Each team takes its earliest times; who has waited longest is first in the day.
  void AddStalls(size_t day, const std::vector<int>& turns, const std::vector<int>& shares,
                 v1::RotationPlan& plan) const {
    std::vector<std::pair<absl::Time, size_t>> taken;  // start, team
    std::map<std::pair<absl::Time, size_t>, Slot> slots;
    for (size_t team = 0; team < shares.size(); ++team) {
      for (size_t i = 0; i < static_cast<size_t>(shares[team]); ++i) {
        const Slot& slot = slots_[day][team][i];
        taken.emplace_back(slot.start, team);
        slots[taken.back()] = slot;
      }
      v1::TeamLoad* load = plan.mutable_loads(static_cast<int>(team));
      load->set_stalls(load->stalls() + shares[team]);
    }
    std::sort(taken.begin(), taken.end());
    for (size_t i = 0; i < turns.size(); ++i) {
      const Slot& slot = slots[taken[i]];
      v1::RotationStall* stall = plan.add_stalls();
      stall->set_area(problem_.buildings[static_cast<size_t>(turns[i])]);
      stall->set_team(problem_.offers[taken[i].second].team().code());
      *stall->mutable_window()->mutable_start_time() = ToProto(slot.start);
      *stall->mutable_window()->mutable_end_time() = ToProto(slot.end);
    }
  }

  void AddShortfalls(const std::vector<int>& visits, v1::RotationPlan& plan) const {
    const auto days = std::count_if(turns_.capacity.begin(), turns_.capacity.end(),
                                    [](int capacity) { return capacity > 0; });
    for (size_t i = 0; i < visits.size(); ++i) {
      if (visits[i] >= problem_.least_visits) continue;
      v1::RotationShortfall* shortfall = plan.add_shortfalls();
      shortfall->set_area(problem_.buildings[i]);
      shortfall->set_visits(visits[i]);
      shortfall->set_reason(days == 0                      ? v1::SHORTFALL_REASON_NO_TEAM_FREE
                            : days < problem_.least_visits ? v1::SHORTFALL_REASON_TOO_FEW_DAYS
                                                           : v1::SHORTFALL_REASON_TOO_FEW_STALLS);
    }
  }

  const RotationProblem& problem_;
  const calendar::Calendar& calendar_;
  const int days_;
  std::vector<std::vector<std::vector<Slot>>> slots_;  // [day][team]
  std::vector<std::vector<int>> offered_;              // their numbers
  TurnsProblem turns_;
};

// Adds a violation for every team, and everybody, that is there twice.
class Roll {
 public:
  explicit Roll(error::Violations& violations) : violations_(violations) {}
  void Add(const v1::RotationTeam& team, const std::string& field) {
    if (!codes_.insert(team.code()).second) violations_.Add(field + ".code", "is the code of two teams");
    for (int i = 0; i < team.members_size(); ++i) {
      const std::string& subject = team.members(i).person().subject();
      if (subject.empty() || subjects_.insert(subject).second) continue;
      violations_.Add(absl::StrCat(field, ".members[", i, "]"), "is in a team already");
    }
  }

 private:
  error::Violations& violations_;
  std::set<std::string> codes_;
  std::set<std::string> subjects_;
};

}  // namespace

absl::StatusOr<v1::RotationPlan> MakeRotation(const RotationProblem& problem,
                                              const calendar::Calendar& calendar) {
  return Planner(problem, calendar).Make();
}

absl::StatusOr<RotationProblem> ProblemOf(const v1::PlanRotationRequest& request, absl::Time now) {
  RotationProblem problem;
  error::Violations violations;
  const calendar::Days days =
      calendar::ParseDays({"start_day", request.start_day()}, {"end_day", request.end_day()}, violations);
  if (days.end - days.first > kLongestPeriod) {
    violations.Add("end_day", "must be at most 366 days after start_day");
  }
  problem.first_day = days.first;
  problem.end_day = days.end;
  Roll roll(violations);
  for (int i = 0; i < request.offers_size(); ++i) {
    const v1::RotationOffer& offer = request.offers(i);
    roll.Add(offer.team(), absl::StrCat("offers[", i, "].team"));
    for (int j = 0; j < offer.windows_size(); ++j) {
      if (offer.windows(j).end_minute() > offer.windows(j).start_minute()) continue;
      violations.Add(absl::StrCat("offers[", i, "].windows[", j, "].end_minute"),
                     "must be after start_minute");
    }
  }
  RETURN_IF_ERROR(violations.ToStatus());
  problem.offers.assign(request.offers().begin(), request.offers().end());
  problem.length = absl::Minutes(request.stall_minutes() == 0 ? kUsualMinutes : request.stall_minutes());
  problem.least_visits = request.least_visits();
  problem.most_a_day = request.most_stalls_a_day();
  problem.not_before = now + absl::Seconds(1);
  return problem;
}

Span SpanOf(const v1::CommitRotationRequest& request) {
  Span span = {absl::InfiniteFuture(), absl::InfinitePast()};
  for (const v1::RotationStall& stall : request.stalls()) {
    const Slot slot = SlotOf(stall.window());
    span.from = std::min(span.from, calendar::StartOf(DayOf(slot.start)));
    span.to = std::max(span.to, calendar::StartOf(DayOf(slot.end) + 1));
  }
  return span;
}

absl::StatusOr<std::vector<v1::Stall>> StallsOf(const v1::CommitRotationRequest& request, absl::Time now) {
  error::Violations violations;
  Roll roll(violations);
  std::map<std::string, const v1::RotationTeam*> teams;
  for (int i = 0; i < request.teams_size(); ++i) {
    roll.Add(request.teams(i), absl::StrCat("teams[", i, "]"));
    teams[request.teams(i).code()] = &request.teams(i);
  }
  std::vector<v1::Stall> stalls;
  std::map<std::string, std::vector<std::pair<Slot, int>>> taken;  // by team
  std::map<std::pair<std::string, absl::CivilDay>, int> visited;   // by building
  for (int i = 0; i < request.stalls_size(); ++i) {
    const v1::RotationStall& planned = request.stalls(i);
    const std::string field = absl::StrCat("stalls[", i, "]");
    const auto team = teams.find(planned.team());
    if (team == teams.end()) violations.Add(field + ".team", "must be one of the teams");
    const std::string building = BuildingOf(planned.area());
    if (building.empty() || !area::Covers(request.area(), planned.area())) {
      violations.Add(field + ".area", "must be a building of the area");
    }
    v1::Stall draft;
    draft.set_area(planned.area());
    *draft.mutable_window() = planned.window();
    if (team != teams.end()) *draft.mutable_team() = team->second->members();
    draft.set_campaign(request.campaign());
    absl::StatusOr<v1::Stall> stall = stall_rules::Plan(draft);
    if (!stall.ok()) {
      violations.Add(field + ".window", "must end after it begins, within 24 hours");
      continue;
    }
    const Slot slot = SlotOf(planned.window());
    if (slot.end <= now) violations.Add(field + ".window", "is over");
    const auto [other, is_first] = visited.try_emplace({building, DayOf(slot.start)}, i);
    if (!is_first) violations.Add(field, absl::StrCat("is on the day of stalls[", other->second, "]"));
    for (const auto& [of_team, number] : taken[planned.team()]) {
      if (AreInConflict(slot, of_team)) {
        violations.Add(field, absl::StrCat("is in conflict with stalls[", number, "]"));
      }
    }
    taken[planned.team()].emplace_back(slot, i);
    stalls.push_back(*std::move(stall));
  }
  RETURN_IF_ERROR(violations.ToStatus());
  const Span span = SpanOf(request);
  if (span.to - span.from > absl::Hours(24) * (kLongestPeriod + 1)) {
    return error::InvalidField("stalls", "must be within 367 days");
  }
  return stalls;
}

absl::Status CheckUpToDate(const std::vector<v1::Stall>& planned, const std::vector<Visit>& visits,
                           const Engagements& busy) {
  std::map<std::pair<std::string, absl::CivilDay>, std::string> visited;
  for (const Visit& visit : visits) visited[{visit.building, DayOf(visit.start)}] = visit.stall;
  std::set<std::string> conflicts;
  for (const v1::Stall& stall : planned) {
    const Slot slot = SlotOf(stall.window());
    const auto visit = visited.find({BuildingOf(stall.area()), DayOf(slot.start)});
    if (visit != visited.end()) conflicts.insert(visit->second);
    for (const v1::TeamMember& member : stall.team()) {
      const auto engagements = busy.find(member.person().subject());
      if (engagements == busy.end()) continue;
      for (const Engagement& other : engagements->second) {
        if (AreInConflict(slot, other.slot)) conflicts.insert(other.stall);
      }
    }
  }
  if (conflicts.empty()) return absl::OkStatus();
  std::vector<std::string> named(conflicts.begin(), conflicts.end());
  if (named.size() > kMostNamed) named.resize(kMostNamed);
  return error::Precondition("ROTATION_OUTDATED", "stalls have been booked since the plan was made",
                             {{"stalls", absl::StrJoin(named, ",")}});
}

std::set<std::string> SubjectsIn(const v1::PlanRotationRequest& request) {
  std::set<std::string> subjects;
  for (const v1::RotationOffer& offer : request.offers()) AddSubjects(offer.team(), subjects);
  return subjects;
}

std::set<std::string> SubjectsIn(const v1::CommitRotationRequest& request) {
  std::set<std::string> subjects;
  for (const v1::RotationTeam& team : request.teams()) AddSubjects(team, subjects);
  return subjects;
}

absl::Status TooLarge(absl::string_view what) {
  return error::Precondition("ROTATION_TOO_LARGE", absl::StrCat("there are too many ", what));
}

v1::Coverage CoverageOf(const std::vector<std::string>& buildings, const std::map<std::string, Visit>& last,
                        const std::map<std::string, Visit>& next,
                        const std::map<std::string, int64_t>& opinions, int most_days, absl::CivilDay today) {
  const int most = most_days == 0 ? kUsualWait : most_days;
  v1::Coverage coverage;
  for (const std::string& area : buildings) {
    v1::BuildingCoverage& building = *coverage.add_buildings();
    building.set_area(area);
    building.set_waiting_days(-1);
    if (const auto had = last.find(area); had != last.end()) {
      building.set_last_stall(had->second.stall);
      *building.mutable_last_stall_time() = ToProto(had->second.start);
      building.set_waiting_days(static_cast<int>(today - DayOf(had->second.start)));
    }
    if (const auto will = next.find(area); will != next.end()) {
      building.set_next_stall(will->second.stall);
      *building.mutable_next_stall_time() = ToProto(will->second.start);
    }
    if (const auto since = opinions.find(area); since != opinions.end()) {
      building.set_opinions_since(since->second);
    }
    building.set_overdue(building.waiting_days() < 0 || building.waiting_days() > most);
    coverage.set_overdue(coverage.overdue() + (building.overdue() ? 1 : 0));
  }
  const auto rank = [](const v1::BuildingCoverage& building) {
    return std::make_tuple(building.waiting_days() >= 0, -building.waiting_days(),
                           absl::string_view(building.area()));
  };
  std::sort(coverage.mutable_buildings()->begin(), coverage.mutable_buildings()->end(),
            [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return coverage;
}

}  // namespace firstfloor::opinion::rotation_rules
