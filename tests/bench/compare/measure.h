// One thing done by two servers in turns, and a line of the table about it.
#ifndef FIRSTFLOOR_TESTS_BENCH_COMPARE_MEASURE_H_
#define FIRSTFLOOR_TESTS_BENCH_COMPARE_MEASURE_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/db/connection.h"
#include "common/testing/servers.h"
#include "tests/bench/load/load.h"

namespace firstfloor::bench {

struct Side {
  std::string name;
  std::vector<pid_t> pids;  // whose processor time counts
  std::function<Result()> run;
};

// A row of the table: one thing, done by the suite and by what it is measured against.
struct Row {
  std::string what;
  double target;  // 0: only reported
  Side ours;
  Side bare;
};

// What the database has done so far.
struct DatabaseWork {
  absl::Duration cpu;
  double statements = 0;
  double flushes = 0;
};

class Database {
 public:
  explicit Database(const testing::MariaDb& mariadb);
  DatabaseWork Done();

 private:
  db::Connection root_;
  const pid_t pid_;
};

double Median(std::vector<double> values);
std::string Fixed(double value, int digits);

// Prints the row: medians over `rounds`. The sides take turns, and turns at being first, so that what else
// the machine does meets both. Ends the program if a call fails.
void Compare(const Row& row, int rounds, Database& database);

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_COMPARE_MEASURE_H_
