// What becomes of a server that is asked for three times what it can do.
#ifndef FIRSTFLOOR_TESTS_BENCH_COMPARE_OVERLOAD_H_
#define FIRSTFLOOR_TESTS_BENCH_COMPARE_OVERLOAD_H_

#include <functional>
#include <set>
#include <string>

#include "tests/bench/load/load.h"

namespace firstfloor::bench {

struct Overloaded {
  std::string what;
  // Calls at `rate` a second; 0: closed loop, which finds the peak.
  std::function<Result(double rate)> run;
  // The same calls without a token, in a closed loop: each is refused as cheaply as can be. Tells what
  // refusing costs, generator included.
  std::function<Result()> refused;
  // The codes by which the server says that it is busy; any other error ends the program.
  std::set<int> refusals;
};

void PrintOverloadHead();
// Prints a row: the peak, then what is accepted and refused at three times the peak, and how late. What could
// be accepted is the peak less what the refusals take from it.
void MeasureOverload(const Overloaded& overloaded);

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_COMPARE_OVERLOAD_H_
