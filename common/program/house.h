// What every program of the suite is made of, put together once: the rooms of common/ wired to each
// other, and the places where a service adds what is its own.
#ifndef FIRSTFLOOR_COMMON_PROGRAM_HOUSE_H_
#define FIRSTFLOOR_COMMON_PROGRAM_HOUSE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/cache/rows.h"
#include "common/db/migrate.h"
#include "common/erasure/plan.h"
#include "common/events/follower.h"
#include "common/events/reader.h"
#include "common/events/resync.h"
#include "common/program/settings.h"
#include "common/rpc/environment.h"
#include "common/rpc/service.h"
#include "common/timers/timers.h"

namespace firstfloor::erasure {
class Erasures;
}

namespace firstfloor::program {

class House;

struct Program {
  std::string name;  // "opinion"
  absl::Span<const db::Migration> migrations;
  // Adds services, readers and timers to the house; what it returns owns the handlers and lives as long.
  std::function<std::shared_ptr<void>(House&)> furnish;
  // Names of flags that only this program has; as every flag they can be given in the environment.
  std::vector<const char*> flags = {};
  // Checks what they were set to, once, before `furnish`; INVALID_ARGUMENT in one clear line (WrongFlag).
  std::function<absl::Status()> check_flags = nullptr;
  // Commands that only this program has, which need neither keys nor the database: what they answer is
  // printed.
  std::map<std::string, std::function<absl::StatusOr<std::string>(const Settings&)>> commands = {};
};

class House {
 public:
  // Checks the program's own flags, loads keys, areas and certificates; INVALID_ARGUMENT with one clear line
  // if one is no good. Connects to nothing yet.
  static absl::StatusOr<std::unique_ptr<House>> Build(const Settings& settings, const Program& program);
  ~House();

  const rpc::Environment& environment() const;
  const db::Config& database() const;

  // ---- for furnish ----
  // A gRPC service to which handlers are added; its methods all pass the wrapper.
  rpc::Service& AddService(absl::string_view full_name);
  // A reader of `peer`'s log (this program's own name: of its own log).
  void AddReader(const std::string& name, const std::string& peer, events::Effect effect);
  // What this process keeps in memory of its own log; loaded while the program serves already.
  void AddFollower(events::Memory memory);
  // What happens when a deadline passes.
  void SetTimers(timers::Fire fire);
  const timers::Fire& timers() const;
  // What the service has of people; needed for EraseSubject.
  void SetErasure(erasure::Plan plan);
  erasure::Erasures& erasures();
  // Rows kept in the process under their names, dropped here and at other replicas by DropRow.
  cache::Rows& rows();
  // To be called in a transaction that changes `name`: after the commit every replica forgets the row.
  void DropRow(db::Transaction& tx, absl::string_view name);

  // ---- for main ----
  // Serves until an ending signal comes, which must be blocked already (process.h), then drains.
  absl::Status Serve();
  // The same in two steps, for tests. Start returns when the program serves; the schema must be there.
  absl::Status Start();
  void Stop();
  int port() const;
  int admin_port() const;
  absl::StatusOr<int64_t> Unpark(const std::string& reader);
  // What was done, in one line. See events::Resync.
  absl::StatusOr<std::string> Resync(const std::string& reader, const events::ResyncOptions& options);
  // See Erasures::Export and Erasures::Replay.
  absl::StatusOr<std::string> ExportErasures();
  // What was done, in one line. The program does not need to serve.
  absl::StatusOr<std::string> ReplayErasures(absl::string_view exported);

 private:
  struct Impl;
  explicit House(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::program

#endif  // FIRSTFLOOR_COMMON_PROGRAM_HOUSE_H_
