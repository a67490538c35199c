// The programs behind a test's database: MariaDB's, or MySQL's where FIRSTFLOOR_TEST_MYSQL says so.
#ifndef FIRSTFLOOR_COMMON_TESTING_SERVER_PROGRAM_H_
#define FIRSTFLOOR_COMMON_TESTING_SERVER_PROGRAM_H_

#include <string>
#include <vector>

namespace firstfloor::testing {

// Whether the environment variable FIRSTFLOOR_TEST_MYSQL is set: to a folder with Debian's MySQL for amd64 in
// it, as `tests/mysql/root.sh` makes one.
bool OnMySql();

// How one of the two is installed and started; all as arguments of a process.
struct ServerProgram {
  std::string name;                  // "mariadb", "mysql"
  std::vector<std::string> version;  // prints it, after the word "Ver"
  std::vector<std::string> install;  // makes what a data folder holds; "--datadir=…" is to be added
  std::vector<std::string> serve;    // with the settings that are this one's own; others are to be added
};

// That of the tests of this process.
const ServerProgram& TheServerProgram();

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_COMMON_TESTING_SERVER_PROGRAM_H_
