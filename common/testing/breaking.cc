#include "common/testing/breaking.h"

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace firstfloor::testing {

// SHOW, because MySQL's table of processes cannot be read while a statement has bytes that are no text.
int KillConnections(db::Connection& root, const std::string& user) {
  const absl::StatusOr<db::Rows> connections = root.Query("SHOW PROCESSLIST");
  if (!connections.ok()) return 0;
  int killed = 0;
  for (const db::Row& connection : *connections) {
    if (connection.Text(1) != user) continue;
    killed += root.ExecuteText(absl::StrCat("KILL CONNECTION ", connection.Int(0))).ok() ? 1 : 0;
  }
  return killed;
}

int WhileConnectionsAreKilled(Suite& suite, const std::string& program, const std::function<void()>& body) {
  std::atomic<bool> over{false};
  int killed = 0;
  std::thread killer([&] {
    const std::string user = suite.database(program).user;
    db::Connection root(suite.mariadb().Root());
    while (!over) {
      killed += KillConnections(root, user);
      absl::SleepFor(absl::Milliseconds(3));
    }
  });
  absl::SleepFor(absl::Milliseconds(20));
  body();
  over = true;
  killer.join();
  return killed;
}

}  // namespace firstfloor::testing
