// The demonstration's client as a process beside the suite's.
#ifndef FIRSTFLOOR_TESTS_SCENARIO_DEMO_H_
#define FIRSTFLOOR_TESTS_SCENARIO_DEMO_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/programs.h"

namespace firstfloor::testing {

// What starts it against `programs`.
std::vector<std::string> DemoCommand(Programs& programs);

// The head of each event log: how many events it holds. -1 if that could not be read.
std::map<std::string, int64_t> Heads(Programs& programs);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_SCENARIO_DEMO_H_
