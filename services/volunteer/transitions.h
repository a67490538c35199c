// What a table of moves (common/resource/transitions.h) says in errors.
#ifndef FIRSTFLOOR_SERVICES_VOLUNTEER_TRANSITIONS_H_
#define FIRSTFLOOR_SERVICES_VOLUNTEER_TRANSITIONS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"
#include "common/resource/transitions.h"
#include "services/volunteer/enum_text.h"

namespace firstfloor::volunteer {

using resource::Transition;

// The names of the states that can be reached from `from`.
template <typename State, typename Move, size_t N>
std::vector<std::string> Reachable(const Transition<State, Move> (&table)[N], State from) {
  std::vector<std::string> names;
  for (const State state : resource::AllAfter(table, from)) names.push_back(Short(state));
  return names;
}

// Where `move` leads from `from`; FAILED_PRECONDITION with `reason`, `name` and what can be reached if it
// leads nowhere.
template <typename State, typename Move, size_t N>
absl::StatusOr<State> Next(const Transition<State, Move> (&table)[N], absl::string_view reason,
                           absl::string_view name, State from, Move move) {
  if (const auto to = resource::After(table, from, move)) return *to;
  return error::WrongState(reason, name, Short(from), Reachable(table, from));
}

}  // namespace firstfloor::volunteer

#endif  // FIRSTFLOOR_SERVICES_VOLUNTEER_TRANSITIONS_H_
