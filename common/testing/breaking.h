// Breaks what a running service holds on to, in a test.
#ifndef FIRSTFLOOR_COMMON_TESTING_BREAKING_H_
#define FIRSTFLOOR_COMMON_TESTING_BREAKING_H_

#include <functional>
#include <string>

#include "common/testing/suite.h"

namespace firstfloor::testing {

// Kills every connection of the account, by one of another. Answers how many were killed.
int KillConnections(db::Connection& root, const std::string& user);

// Kills every connection of the program to its database, again and again, while `body` runs. Answers how many
// were killed.
int WhileConnectionsAreKilled(Suite& suite, const std::string& program, const std::function<void()>& body);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_COMMON_TESTING_BREAKING_H_
