#include "services/opinion/rotation_turns.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <tuple>
#include <utility>

namespace firstfloor::opinion::rotation_rules {
namespace {

// Days more or less than the rhythm, which is a guess where stalls are booked.
constexpr int kTries[] = {1, 2, 3, 4, 6, 8, -1, -2, -3, -4, -6, -8};

// A building while the days go by.
struct Waiting {
  int last = 0;         // day of its last stall
  size_t next = 0;      // of its booked stalls the first that is still to come
  int turns = 0;        // that it had; of those that wait alike whoever had fewer goes first
  int visits_left = 0;  // that it needs yet, booked ones not counted
};

class Walk {
 public:
  // `more`: days more than the rhythm within which a booked stall makes a building give way.
  Walk(const TurnsProblem& problem, int more) : problem_(problem) {
    for (size_t day = 0; day < problem.capacity.size(); ++day) {
      room_ += RoomOn(day);
      days_ += RoomOn(day) > 0 ? 1 : 0;
    }
    int64_t booked = 0;
    for (size_t i = 0; i < problem.last.size(); ++i) {
      const int has = static_cast<int>(problem.booked[i].size());
      waiting_.push_back({problem.last[i], 0, 0, std::max(0, problem.least_visits - has)});
      needed_ += waiting_.back().visits_left;
      booked += has;
    }
    const int64_t turns = std::max<int64_t>(1, room_ + booked);
    rhythm_ = static_cast<int64_t>(problem.last.size() * problem.capacity.size()) / turns + more;
  }

  TurnsByDay Go() {
    TurnsByDay turns;
    for (size_t day = 0; day < problem_.capacity.size(); ++day) {
      turns.push_back(TurnsOn(static_cast<int>(day)));
    }
    return turns;
  }

 private:
  int RoomOn(size_t day) const {
    return std::min(problem_.capacity[day], static_cast<int>(problem_.last.size()));
  }

  std::vector<int> TurnsOn(int day) {
    const int room = RoomOn(static_cast<size_t>(day));
    std::vector<int> order;
    for (size_t i = 0; i < waiting_.size(); ++i) {
      if (!HasBooked(i, day)) order.push_back(static_cast<int>(i));
    }
    const size_t count = std::min(order.size(), static_cast<size_t>(room));
    const auto rank = [&](int i) {
      const Waiting& building = waiting_[static_cast<size_t>(i)];
      const bool needed = building.visits_left > 0;
      const bool must = needed && (building.visits_left >= days_ || needed_ >= room_);
      return std::make_tuple(!must, GivesWay(static_cast<size_t>(i)), building.last, building.turns, i);
    };
    std::sort(order.begin(), order.end(), [&](int a, int b) { return rank(a) < rank(b); });
    order.resize(count);
    for (const int i : order) {
      Waiting& building = waiting_[static_cast<size_t>(i)];
      building.last = day;
      ++building.turns;
      if (building.visits_left > 0) {
        --building.visits_left;
        --needed_;
      }
    }
    room_ -= room;
    days_ -= room > 0 ? 1 : 0;
    return order;
  }

  // The building has a stall on that day anyway.
  bool HasBooked(size_t i, int day) {
    Waiting& building = waiting_[i];
    const std::vector<int>& booked = problem_.booked[i];
    if (building.next == booked.size() || booked[building.next] != day) return false;
    building.last = day;
    ++building.next;
    return true;
  }

  // Its booked stall comes within the time that everybody waits.
  bool GivesWay(size_t i) const {
    const std::vector<int>& booked = problem_.booked[i];
    const Waiting& building = waiting_[i];
    return building.next < booked.size() && booked[building.next] - building.last <= rhythm_;
  }

  const TurnsProblem& problem_;
  std::vector<Waiting> waiting_;
  int64_t room_ = 0;    // stalls that can be held from the day on
  int64_t days_ = 0;    // days on which there is room
  int64_t needed_ = 0;  // stalls without which buildings fall short
  int64_t rhythm_ = 0;  // days in which everybody has a turn
};

// One step of a chain: `to` takes a stall over from `from` on that day.
struct Exchange {
  size_t from = 0;
  size_t to = 0;
  size_t day = 0;
};

class Balance {
 public:
  Balance(const std::vector<std::vector<int>>& offered, const std::vector<int>& wanted)
      : offered_(offered), teams_(offered.empty() ? 0 : offered.front().size()), loads_(teams_, 0) {
    for (size_t day = 0; day < offered.size(); ++day) {
      taken_.emplace_back(teams_, 0);
      for (int i = 0; i < wanted[day]; ++i) GiveToWhoHasLeast(day);
    }
  }

  std::vector<std::vector<int>> Made() {
    while (Improve()) {
    }
    return std::move(taken_);
  }

 private:
  bool CanTake(size_t team, size_t day) const { return taken_[day][team] < offered_[day][team]; }

  void GiveToWhoHasLeast(size_t day) {
    size_t best = teams_;
    for (size_t team = 0; team < teams_; ++team) {
      if (CanTake(team, day) && (best == teams_ || loads_[team] < loads_[best])) best = team;
    }
    if (best == teams_) return;
    ++taken_[day][best];
    ++loads_[best];
  }

  bool Improve() {
    std::vector<size_t> order(teams_);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return loads_[a] > loads_[b]; });
    return std::any_of(order.begin(), order.end(), [&](size_t team) { return Relieve(team); });
  }

  // Looks for the shortest chain from `team` to one that has at least two less, and carries it out.
  bool Relieve(size_t team) {
    std::vector<Exchange> steps(teams_);
    std::vector<bool> seen(teams_, false);
    std::vector<size_t> queue = {team};
    seen[team] = true;
    for (size_t head = 0; head < queue.size(); ++head) {
      const size_t from = queue[head];
      if (loads_[from] + 2 <= loads_[team]) {
        CarryOut(team, from, steps);
        return true;
      }
      for (size_t day = 0; day < taken_.size(); ++day) {
        if (taken_[day][from] == 0) continue;
        for (size_t to = 0; to < teams_; ++to) {
          if (seen[to] || !CanTake(to, day)) continue;
          seen[to] = true;
          steps[to] = {from, to, day};
          queue.push_back(to);
        }
      }
    }
    return false;
  }

  void CarryOut(size_t first, size_t last, const std::vector<Exchange>& steps) {
    --loads_[first];
    ++loads_[last];
    for (size_t team = last; team != first; team = steps[team].from) {
      const Exchange& step = steps[team];
      --taken_[step.day][step.from];
      ++taken_[step.day][step.to];
    }
  }

  const std::vector<std::vector<int>>& offered_;
  const size_t teams_;
  std::vector<int> loads_;
  std::vector<std::vector<int>> taken_;
};

// Of each building the days of its stalls in the period, ascending.
std::vector<std::vector<int>> DaysOf(const TurnsProblem& problem, const TurnsByDay& turns) {
  std::vector<std::vector<int>> days = problem.booked;
  for (size_t day = 0; day < turns.size(); ++day) {
    for (const int building : turns[day]) {
      days[static_cast<size_t>(building)].push_back(static_cast<int>(day));
    }
  }
  for (std::vector<int>& of_one : days) std::sort(of_one.begin(), of_one.end());
  return days;
}

}  // namespace

TurnsByDay Turns(const TurnsProblem& problem) {
  TurnsByDay best = Walk(problem, 0).Go();
  const bool booked = std::any_of(problem.booked.begin(), problem.booked.end(),
                                  [](const std::vector<int>& days) { return !days.empty(); });
  if (!booked) return best;
  int longest = LongestWait(problem, best);
  for (const int more : kTries) {
    TurnsByDay turns = Walk(problem, more).Go();
    const int wait = LongestWait(problem, turns);
    if (wait >= longest) continue;
    longest = wait;
    best = std::move(turns);
  }
  return best;
}

int LongestWait(const TurnsProblem& problem, const TurnsByDay& turns) {
  int longest = 0;
  const std::vector<std::vector<int>> days = DaysOf(problem, turns);
  for (size_t i = 0; i < days.size(); ++i) {
    int last = problem.last[i];
    for (const int day : days[i]) {
      longest = std::max(longest, day - last);
      last = day;
    }
    longest = std::max(longest, static_cast<int>(problem.capacity.size()) - last);
  }
  return longest;
}

std::vector<int> VisitsOf(const TurnsProblem& problem, const TurnsByDay& turns) {
  std::vector<int> visits;
  for (const std::vector<int>& days : DaysOf(problem, turns)) visits.push_back(static_cast<int>(days.size()));
  return visits;
}

std::vector<std::vector<int>> Shares(const std::vector<std::vector<int>>& offered,
                                     const std::vector<int>& wanted) {
  return Balance(offered, wanted).Made();
}

}  // namespace firstfloor::opinion::rotation_rules
