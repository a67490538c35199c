// The files of the tree.
#ifndef FIRSTFLOOR_TESTS_HOUSE_TREE_H_
#define FIRSTFLOOR_TESTS_HOUSE_TREE_H_

#include <string>
#include <vector>

#include "tests/house/rules.h"

namespace firstfloor::house {

// Every text of the tree's own.
std::vector<File> Tree();

// One of them.
std::string TextOf(const std::string& path);

}  // namespace firstfloor::house

#endif  // FIRSTFLOOR_TESTS_HOUSE_TREE_H_
