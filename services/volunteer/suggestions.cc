#include "services/volunteer/suggestions.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "common/area/registry.h"
#include "common/calendar/calendar.h"
#include "common/calendar/timestamp.h"
#include "common/error/macros.h"
#include "services/volunteer/task_store.h"
#include "services/volunteer/volunteer_store.h"

namespace firstfloor::volunteer {
namespace rules {
namespace {

using calendar::FromProto;

constexpr int kNear = 2;
constexpr int kFewTasks = 1;

bool HasSkillFor(const v1::Volunteer& volunteer, const v1::Task& task) {
  if (task.skill().empty()) return true;
  return std::any_of(volunteer.skills().begin(), volunteer.skills().end(),
                     [&](const v1::Skill& skill) { return skill.code() == task.skill(); });
}

int DistanceTo(const v1::Volunteer& volunteer, absl::string_view area) {
  if (volunteer.areas().empty()) return area::Distance(volunteer.area(), area);
  int nearest = area::kUnrelated;
  for (const std::string& theirs : volunteer.areas()) {
    // Who helps in a whole compound helps in each of its buildings.
    nearest = std::min(nearest, area::Covers(theirs, area) ? 0 : area::Distance(theirs, area));
  }
  return nearest;
}

void Explain(const v1::Task& task, v1::Suggestion& suggestion) {
  if (!task.skill().empty()) suggestion.add_reasons("SKILL");
  if (suggestion.distance() == 0) {
    suggestion.add_reasons("SAME_AREA");
  } else if (suggestion.distance() <= kNear) {
    suggestion.add_reasons("NEAR");
  }
  if (suggestion.free()) suggestion.add_reasons("FREE");
  if (suggestion.recent_tasks() <= kFewTasks) suggestion.add_reasons("FEW_TASKS");
}

}  // namespace

bool IsFree(const v1::Volunteer& volunteer, const type::v1::TimeWindow& window) {
  const absl::Time start = FromProto(window.start_time());
  const absl::CivilDay day = calendar::DayOf(start);
  const absl::Time midnight = calendar::StartOf(day);
  const int weekday = static_cast<int>(absl::GetWeekday(day)) + 1;
  return std::any_of(
      volunteer.free_windows().begin(), volunteer.free_windows().end(), [&](const v1::FreeWindow& free) {
        return free.weekday() == weekday && midnight + absl::Minutes(free.start_minute()) <= start &&
               FromProto(window.end_time()) <= midnight + absl::Minutes(free.end_minute());
      });
}

std::vector<v1::Suggestion> RankCandidates(const v1::Task& task, absl::Span<const v1::Volunteer> candidates,
                                           const std::map<std::string, int>& recent, int limit) {
  const std::set<std::string> declined(task.declined().begin(), task.declined().end());
  std::vector<v1::Suggestion> ranked;
  for (const v1::Volunteer& volunteer : candidates) {
    if (volunteer.state() != v1::VOLUNTEER_STATE_ACTIVE || !HasSkillFor(volunteer, task)) continue;
    if (declined.contains(volunteer.name())) continue;
    v1::Suggestion& suggestion = ranked.emplace_back();
    suggestion.set_volunteer(volunteer.name());
    suggestion.set_distance(DistanceTo(volunteer, task.area()));
    suggestion.set_free(task.has_window() && IsFree(volunteer, task.window()));
    const auto tasks = recent.find(volunteer.name());
    suggestion.set_recent_tasks(tasks == recent.end() ? 0 : tasks->second);
  }
  const auto better = [](const v1::Suggestion& a, const v1::Suggestion& b) {
    return std::tuple(a.distance(), !a.free(), a.recent_tasks(), a.volunteer()) <
           std::tuple(b.distance(), !b.free(), b.recent_tasks(), b.volunteer());
  };
  const size_t kept = std::min(ranked.size(), static_cast<size_t>(limit));
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(kept), ranked.end(), better);
  ranked.resize(kept);
  for (v1::Suggestion& suggestion : ranked) Explain(task, suggestion);
  return ranked;
}

}  // namespace rules

namespace {

constexpr absl::Duration kRecent = absl::Hours(30 * 24);
constexpr int kMostCandidates = 20'000;

// The committee that `area` belongs to; `area` itself where it is wider than that.
std::string Neighbourhood(absl::string_view area) {
  for (const std::string& code : area::SelfAndAncestors(area)) {
    const auto level = area::LevelOf(code);
    if (level && *level <= area::Level::kCommittee) return code;
  }
  return std::string(area);
}

}  // namespace

absl::StatusOr<std::vector<v1::Suggestion>> SuggestVolunteers(db::Connection& connection,
                                                              const v1::Task& task, absl::Time now,
                                                              int limit) {
  ASSIGN_OR_RETURN(
      const std::vector<v1::Volunteer> candidates,
      ActiveVolunteersFor(connection, Neighbourhood(task.area()), task.skill(), kMostCandidates));
  ASSIGN_OR_RETURN(const auto recent, TasksAcceptedSince(connection, now - kRecent));
  return rules::RankCandidates(task, candidates, recent, limit);
}

}  // namespace firstfloor::volunteer
