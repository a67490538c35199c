#include "common/testing/server_program.h"

#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace firstfloor::testing {
namespace {

std::string MySqlRoot() {
  const char* root = std::getenv("FIRSTFLOOR_TEST_MYSQL");
  return root == nullptr ? "" : root;
}

std::vector<std::string> Joined(std::vector<std::string> first, const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

ServerProgram MariaDbProgram() {
  const std::vector<std::string> server = {"mariadbd", "--no-defaults"};
  return {.name = "mariadb",
          .version = Joined(server, {"--version"}),
          .install = {"mariadb-install-db", "--no-defaults", "--skip-test-db", "--skip-name-resolve",
                      "--force",  // also where the machine's own name cannot be looked up
                      "--auth-root-authentication-method=normal", "--innodb-log-file-size=8M"},
          .serve = Joined(server, {"--innodb-log-file-size=8M"})};
}

// The root's own loader and libraries run it: files and sockets of the test are where they are for everybody,
// and nobody needs the right to change the root.
ServerProgram MySqlProgram(const std::string& root) {
  const std::vector<std::string> server = {root + "/usr/lib64/ld-linux-x86-64.so.2",
                                           "--library-path",
                                           root + "/usr/lib/x86_64-linux-gnu",
                                           root + "/usr/sbin/mysqld",
                                           "--no-defaults",
                                           absl::StrCat("--basedir=", root, "/usr"),
                                           "--secure-file-priv=NULL",
                                           "--innodb-redo-log-capacity=16M"};
  return {.name = "mysql",
          .version = Joined(server, {"--version"}),
          .install = Joined(server, {"--initialize-insecure"}),
          .serve = Joined(server, {"--mysqlx=OFF"})};
}

}  // namespace

bool OnMySql() { return !MySqlRoot().empty(); }

const ServerProgram& TheServerProgram() {
  static const auto* const program =
      new ServerProgram(OnMySql() ? MySqlProgram(MySqlRoot()) : MariaDbProgram());
  return *program;
}

}  // namespace firstfloor::testing
