// Who gets which place at which time: the core of planning, on numbers alone.
#ifndef FIRSTFLOOR_SERVICES_OUTREACH_PLAN_MATCHING_H_
#define FIRSTFLOOR_SERVICES_OUTREACH_PLAN_MATCHING_H_

#include <vector>

namespace firstfloor::outreach::rules {

struct Offer {
  // Of each group the venues that it may go to, the best first.
  std::vector<std::vector<int>> venues_of_group;
  // open[venue][slot]: the venue can be had then.
  std::vector<std::vector<bool>> open;
  // Of each slot how many lecturers can be had.
  std::vector<int> lecturers;
};

// Where a group is; -1 if it is nowhere.
struct Seat {
  int venue = -1;
  int slot = -1;
};

// A seat for as many groups as possible: no venue twice in a slot, no more groups in a slot than lecturers.
//
// It is a flow: source → group → venue → slot → sink, one unit a group. group → venue and venue → slot carry
// one unit, slot → sink as many as there are lecturers. Groups are taken in their order, each by a shortest
// augmenting path (Ford–Fulkerson): it gets a place at once if there is one, else others are moved. A group
// that was placed stays placed, and one that finds no path would not find one later. So the number is the
// greatest possible, and of all sets of groups of that size the one chosen is the first in the order of the
// groups (placeable sets form a matroid; this is its greedy algorithm).
//
// Cost: one search a group, each O(groups × venues + venues × slots) at worst; what a search that failed has
// seen is never searched again. Deterministic.
std::vector<Seat> Match(const Offer& offer);

}  // namespace firstfloor::outreach::rules

#endif  // FIRSTFLOOR_SERVICES_OUTREACH_PLAN_MATCHING_H_
