// A log of its own for each test, all on one server.
#ifndef FIRSTFLOOR_COMMON_EVENTS_TESTDATA_TRIAL_H_
#define FIRSTFLOOR_COMMON_EVENTS_TESTDATA_TRIAL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/connection.h"
#include "common/events/log.h"
#include "common/events/reader.h"
#include "common/testing/eventually.h"
#include "common/testing/servers.h"
#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events::trial {

// The server of this test program; there until its last test has ended.
testing::MariaDb& Server();
// A new schema with the tables of a log and of trial_store.
db::Config NewSchema(const std::string& hint);
const privacy::Keyring& Keys();

Origin ByPerson(const std::string& subject);
Origin ByService(const std::string& name);
// An opinion's event, as yet of no log.
v1::Event Received(const std::string& subject, int64_t version, int32_t ordinal = 0);

using testing::Eventually;

// A log whose sequencing is done by hand, so that a test knows what stands where.
class Trial {
 public:
  explicit Trial(const std::string& hint);

  // In a transaction of its own.
  absl::Status Append(v1::Event event);
  // Several in one transaction.
  absl::Status Append(const std::vector<v1::Event>& events);
  // A new version of `subject` with its event, as a service does it.
  absl::Status Change(db::Connection& with, const std::string& subject);
  // Gives all events their places. Dies if that fails.
  void Sequence();
  // Appends version 1 of "opinions/{i}" for each i in [from, to), and sequences them.
  void Fill(int from, int to);
  std::vector<v1::Event> All();

  const db::Config config;
  db::Connection connection;
  std::atomic<int> rung = 0;
  Log log;
};

// Takes each event of a reader down in `taken`.
Effect Taking(const std::string& reader);

}  // namespace firstfloor::events::trial

#endif  // FIRSTFLOOR_COMMON_EVENTS_TESTDATA_TRIAL_H_
