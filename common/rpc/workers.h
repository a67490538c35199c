// The threads on which calls wait for the database, and the bounded queue before them: the admission
// control of a program.
#ifndef FIRSTFLOOR_COMMON_RPC_WORKERS_H_
#define FIRSTFLOOR_COMMON_RPC_WORKERS_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/db/connection.h"
#include "common/redis/client.h"

namespace firstfloor::rpc {

// What a worker thread owns: nothing to lend, to leak or to fight over.
struct Worker {
  Worker(const db::Config& database, const redis::Config& shared) : db(database), redis(shared) {}
  db::Connection db;
  redis::Client redis;
};

class Workers {
 public:
  struct Config {
    int threads = 8;
    int queue = 256;
    db::Config database;
    redis::Config redis;
  };
  explicit Workers(const Config& config);
  // Runs what is queued, then joins.
  ~Workers();

  // Queues `job`; it runs once on some worker. At once RESOURCE_EXHAUSTED with RetryInfo (reason OVERLOADED)
  // when the queue is full, the wait that is to be expected would outlast `deadline`, or the queue has been
  // standing for half a second, four calls a worker wait, and the wait would be longer than 40 ms: a burst
  // may fill the queue, lasting overload keeps it short. The job is dropped then.
  absl::Status Post(absl::Time deadline, absl::AnyInvocable<void(Worker&)> job);
  // The same decision without a job: for refusing a call before any work has gone into it.
  absl::Status Admit(absl::Time deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_WORKERS_H_
