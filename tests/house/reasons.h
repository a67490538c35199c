// The reasons of errors: those that the code gives and those that protos/REASONS.md tells of.
#ifndef FIRSTFLOOR_TESTS_HOUSE_REASONS_H_
#define FIRSTFLOOR_TESTS_HOUSE_REASONS_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/house/rules.h"

namespace firstfloor::house {

// By giver ("common/", "services/opinion/") and name, the codes: INVALID_ARGUMENT. "*" for a code that is
// known only when it is given.
using Reasons = std::map<std::pair<std::string, std::string>, std::set<std::string>>;

// Those that errors are made with, by error::Make and its like, or by a function of the code's own that
// hands its parameter `reason` on to one of these.
Reasons GivenReasons(const std::vector<File>& files);

// Where the giver is "", the reason may come from anywhere.
struct ReasonList {
  Reasons reasons;
  Complaints out_of_order;
};
ReasonList ListedReasons(const std::string& markdown);

// What is given and not listed, listed and not given, or listed with other codes than it is given with.
Complaints CompareReasons(const Reasons& given, const Reasons& listed);

}  // namespace firstfloor::house

#endif  // FIRSTFLOOR_TESTS_HOUSE_REASONS_H_
