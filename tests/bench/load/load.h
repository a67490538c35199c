// Generates load: unary gRPC calls at a fixed rate (open loop) or with a fixed number in flight (closed
// loop), over several connections.
#ifndef FIRSTFLOOR_TESTS_BENCH_LOAD_LOAD_H_
#define FIRSTFLOOR_TESTS_BENCH_LOAD_LOAD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/rpc/server.h"
#include "tests/bench/load/histogram.h"

namespace firstfloor::bench {

struct Plan {
  std::string address;
  rpc::TlsFiles tls;
  std::string method;  // "/package.Service/Method"
  // The serialized request of the n-th call; called by several threads.
  std::function<std::string(uint64_t n)> request;
  std::vector<std::string> tokens;  // taken in turn, so that calls come from as many callers; may be empty
  std::vector<std::pair<std::string, std::string>> metadata;
  int connections = 2;
  // Calls in flight, of all connections together; unused with a rate.
  int in_flight = 32;
  // Calls a second; 0: closed loop.
  double rate = 0;
  absl::Duration warm_up = absl::Seconds(1);
  absl::Duration measured = absl::Seconds(5);
  absl::Duration call_timeout = absl::Seconds(15);
};

// All but `all_calls` are about the calls meant to be sent in the measured time.
struct Result {
  // From the time at which the call was meant to be sent: in an open loop a call that is sent late because
  // the server (or this program) was slow counts as slow.
  Histogram latency;              // of the calls answered with OK
  Histogram refused;              // of the others
  std::map<int, int64_t> errors;  // by status code
  absl::Duration measured;
  int64_t all_calls = 0;  // with those of the warm-up

  double per_second() const;
  int64_t failed() const;
};

// Blocks until every call has been answered.
Result Run(const Plan& plan);

// One line of JSON.
std::string AsJson(const Plan& plan, const Result& result);

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_LOAD_LOAD_H_
