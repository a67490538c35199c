// State machines as tables: from which state which move leads where; everything else is refused.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_TRANSITIONS_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_TRANSITIONS_H_

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"
#include "services/volunteer/enum_text.h"

namespace firstfloor::volunteer {

template <typename State, typename Move>
struct Transition {
  State from;
  Move move;
  State to;
};

// The states that can be reached from `from`, each once, in the order of the table.
template <typename State, typename Move, size_t N>
std::vector<std::string> Reachable(const Transition<State, Move> (&table)[N], State from) {
  std::vector<std::string> states;
  for (const Transition<State, Move>& row : table) {
    std::string state = Short(row.to);
    if (row.from != from || std::find(states.begin(), states.end(), state) != states.end()) continue;
    states.push_back(std::move(state));
  }
  return states;
}

// Where `move` leads from `from`; FAILED_PRECONDITION with `reason`, `name` and what can be reached if it
// leads nowhere.
template <typename State, typename Move, size_t N>
absl::StatusOr<State> Next(const Transition<State, Move> (&table)[N], absl::string_view reason,
                           absl::string_view name, State from, Move move) {
  for (const Transition<State, Move>& row : table) {
    if (row.from == from && row.move == move) return row.to;
  }
  return error::WrongState(reason, name, Short(from), Reachable(table, from));
}

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_TRANSITIONS_H_
