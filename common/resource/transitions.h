// State machines as tables: from which state which move leads where; everything else is refused.
#ifndef FIRSTFLOOR_COMMON_RESOURCE_TRANSITIONS_H_
#define FIRSTFLOOR_COMMON_RESOURCE_TRANSITIONS_H_

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace firstfloor::resource {

template <typename State, typename Move>
struct Transition {
  State from;
  Move move;
  State to;
};

// Where `move` leads from `from`; nullopt if nowhere.
template <typename State, typename Move, size_t N>
std::optional<State> After(const Transition<State, Move> (&table)[N], State from, Move move) {
  for (const Transition<State, Move>& row : table) {
    if (row.from == from && row.move == move) return row.to;
  }
  return std::nullopt;
}

// The states that moves lead to from `from`, each once, in the order of the table; `from` itself if a move
// leaves the state as it is.
template <typename State, typename Move, size_t N>
std::vector<State> AllAfter(const Transition<State, Move> (&table)[N], State from) {
  std::vector<State> states;
  for (const Transition<State, Move>& row : table) {
    if (row.from != from || std::find(states.begin(), states.end(), row.to) != states.end()) continue;
    states.push_back(row.to);
  }
  return states;
}

}  // namespace firstfloor::resource

#endif  // FIRSTFLOOR_COMMON_RESOURCE_TRANSITIONS_H_
