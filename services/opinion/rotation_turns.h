// Which building has its turn on which day, and who of the teams free that day goes: the core of a rotation,
// on numbers alone.
#ifndef FIRSTFLOOR_SERVICES_OPINION_ROTATION_TURNS_H_
#define FIRSTFLOOR_SERVICES_OPINION_ROTATION_TURNS_H_

#include <vector>

namespace firstfloor::opinion::rotation_rules {

// Days are counted from the first day of the period.
struct TurnsProblem {
  // Of each day how many stalls can be held.
  std::vector<int> capacity;
  // Of each building the day of its last stall before the period; negative.
  std::vector<int> last;
  // Of each building the days of the period on which it has a stall already, ascending.
  std::vector<std::vector<int>> booked;
  // Days with a stall that each building is to have.
  int least_visits = 0;
};

// Of each day the buildings that have a turn, those that have waited longest first.
using TurnsByDay = std::vector<std::vector<int>>;

// Every day takes as many buildings as it can, those that have waited longest, of equals whoever had fewer
// turns: a building once a day, and not on a day on which it has a stall anyway.
//
// If nothing is booked in the period, the longest wait (LongestWait) is the shortest possible. For take any
// plan, and its first day on which it serves a building b and leaves out a, which has waited longer. Let a
// have that turn and from then on all turns of b, and b those of a: a's wait that ends is no longer than it
// was, as a's turn came later before; b waited less than a, and takes over a's turns, so that no wait of b is
// longer than the one that a had. Nor does a wait get longer when a day that has room takes one more. So step
// by step any plan becomes this one. Buildings then differ by one visit at most, so that `least_visits` is
// reached if any plan reaches it.
//
// What is booked belongs to one building and cannot be exchanged, so that this is a rule of thumb then: a
// building whose booked stall comes before it would have its turn gives way (of some guesses of when that
// would be, the one with the shortest longest wait), and buildings short of `least_visits` go first once the
// room that is left is needed for them.
//
// Cost: O(days × buildings × log buildings). Deterministic.
TurnsByDay Turns(const TurnsProblem& problem);

// The longest time in days between two stalls of a building, from the last one before the period to the end
// of the period; 0 if there are no buildings.
int LongestWait(const TurnsProblem& problem, const TurnsByDay& turns);
// Of each building the days with a stall, booked ones included.
std::vector<int> VisitsOf(const TurnsProblem& problem, const TurnsByDay& turns);

// offered[day][team]: how many stalls the team can hold. wanted[day]: how many are held; no more than are
// offered. Answers how many each team holds on each day, so that the teams' sums are as equal as the offers
// allow: no other shares have a smaller sum of squares. (Stalls are given to whoever has least; then, as long
// as a chain of exchanges from one team to another that has at least two less exists, it is carried out.
// Where there is none, the shares are optimal.) Deterministic.
std::vector<std::vector<int>> Shares(const std::vector<std::vector<int>>& offered,
                                     const std::vector<int>& wanted);

}  // namespace firstfloor::opinion::rotation_rules

#endif  // FIRSTFLOOR_SERVICES_OPINION_ROTATION_TURNS_H_
