// How long an event takes to a subscriber.
#ifndef FIRSTFLOOR_TESTS_BENCH_COMPARE_EVENT_DELAY_H_
#define FIRSTFLOOR_TESTS_BENCH_COMPARE_EVENT_DELAY_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/rpc/client.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "tests/bench/load/histogram.h"

namespace firstfloor::bench {

struct EventDelay {
  Histogram after_answer;   // from the answer to SubmitOpinion, which follows the commit; 0 if before it
  Histogram after_request;  // from its request
  int64_t missing = 0;      // never came
};

// Submits at `rate` a second for `time` through `submitter` and follows the log through `subscriber`, which
// must have the certificate of a service.
EventDelay MeasureEventDelay(rpc::Client& submitter, rpc::Client& subscriber,
                             const std::function<opinion::v1::SubmitOpinionRequest()>& request,
                             const std::vector<std::string>& tokens, double rate, absl::Duration time);

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_COMPARE_EVENT_DELAY_H_
