// Calls that the tests of operations make while they operate.
#ifndef FIRSTFLOOR_TESTS_OPERATIONS_CALLS_H_
#define FIRSTFLOOR_TESTS_OPERATIONS_CALLS_H_

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "firstfloor/opinion/v1/opinion.pb.h"
#include "tests/support/programs.h"

namespace firstfloor::testing {

inline constexpr char kCommunity[] = "340111400";
inline constexpr char kBuilding[] = "340111400001-CJ-07";

// Of a member of the community's staff.
std::string StaffToken(Programs& programs);

// Options of a call as whoever has the token, which may take so long.
rpc::CallOptions As(const std::string& token, absl::Duration patience = absl::Seconds(15));

// Hands an opinion in. Dies if it is refused.
opinion::v1::Opinion Submit(rpc::Client& client, const std::string& token);
absl::StatusOr<opinion::v1::Opinion> Get(rpc::Client& client, const std::string& name,
                                         const std::string& token);

// Calls `attempt` again and again on a thread of its own, and counts.
class Prober {
 public:
  explicit Prober(std::function<absl::Status()> attempt);
  ~Prober();
  // Ends the thread.
  void Stop();
  int calls() const { return calls_; }
  // Those that were not OK, and what the first of them said.
  int failures() const { return failures_; }
  std::string first_failure() const { return first_failure_; }

 private:
  std::function<absl::Status()> attempt_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> calls_{0};
  std::atomic<int> failures_{0};
  std::string first_failure_;  // to be read after Stop
  std::thread thread_;
};

// `text` becomes the file at once, as a mounted Secret changes.
void Replace(const std::string& file, absl::string_view text);
std::string Content(const std::string& file);

}  // namespace firstfloor::testing

#endif  // FIRSTFLOOR_TESTS_OPERATIONS_CALLS_H_
