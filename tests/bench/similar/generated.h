// Messages that nobody wrote, with the statistics of those that people write: few words stand in most of
// them, most words in few, and places get their share each.
#ifndef FIRSTFLOOR_TESTS_BENCH_SIMILAR_GENERATED_H_
#define FIRSTFLOOR_TESTS_BENCH_SIMILAR_GENERATED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace firstfloor::bench {

struct GeneratedMessage {
  std::string headline, body;
  absl::Time time;
  uint64_t reporter;
};

// Deterministic: the same messages on every machine.
class Generator {
 public:
  Generator();

  // Message `number`: of one of places that grow more as messages do (one for twenty), of one of some hundred
  // matters, about 130 characters long, one an hour.
  GeneratedMessage Make(uint64_t number) const;

 private:
  std::vector<std::string> matters_;
};

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_SIMILAR_GENERATED_H_
