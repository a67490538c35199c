// From what a call did to the database to a script that does the same.
#ifndef FIRSTFLOOR_TESTS_BENCH_COMPARE_CAPTURE_H_
#define FIRSTFLOOR_TESTS_BENCH_COMPARE_CAPTURE_H_

#include <string>
#include <vector>

#include "common/db/connection.h"
#include "tests/bench/bare/script.h"

namespace firstfloor::bench {

// A call that was carried out: the name of what it made, and its request_id.
struct Done {
  std::string name;
  std::string request_id;
};

// Fills the statements of `last` with the values that its rows have now. Ids that the call before by the
// same caller did not have are fresh. Ends the program with the statement if one cannot be imitated.
Script Fill(const std::vector<std::string>& statements, db::Connection& connection, const Done& last,
            const Done& before);

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_COMPARE_CAPTURE_H_
