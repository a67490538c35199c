// Generates load over HTTP/1.1, without TLS: one request at a time on each of many connections, as fast as
// the answers come (closed loop) or at a fixed rate (open loop).
#ifndef FIRSTFLOOR_TESTS_BENCH_LOAD_HTTP_LOAD_H_
#define FIRSTFLOOR_TESTS_BENCH_LOAD_HTTP_LOAD_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/time/time.h"
#include "tests/bench/load/load.h"

namespace firstfloor::bench {

struct HttpPlan {
  int port = 0;  // on 127.0.0.1
  // The n-th request, head and body; called by several threads.
  std::function<std::string(uint64_t n)> request;
  int connections = 32;
  // Requests a second; 0: closed loop. One that is due while every connection is taken waits, which counts.
  double rate = 0;
  absl::Duration warm_up = absl::Seconds(1);
  absl::Duration measured = absl::Seconds(5);
};

// Blocks until every request that was sent has been answered. Errors are by HTTP status, 0 for a connection
// that ended.
Result RunHttp(const HttpPlan& plan);

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_LOAD_HTTP_LOAD_H_
