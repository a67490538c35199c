// Citizens' messages, pairs of them that somebody has judged and categories that somebody has given them, as
// files of JSON lines.
#ifndef FIRSTFLOOR_TESTS_BENCH_SIMILAR_JUDGED_H_
#define FIRSTFLOOR_TESTS_BENCH_SIMILAR_JUDGED_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace firstfloor::bench {

struct Citizen {
  std::string id, user, title, body;
  absl::Time time;
};

struct Corpus {
  std::vector<Citizen> messages;
  absl::flat_hash_map<std::string, size_t> places;  // id → index into messages
};

// Lines {"id", "user", "title", "time" (RFC 3339), "body"}; other keys are left out.
absl::StatusOr<Corpus> ReadMessages(const std::string& file);

struct JudgedPair {
  size_t a, b;    // indices into Corpus::messages
  bool same;      // an officer would merge the two
  double weight;  // how many pairs like it this one stands for
};

// Lines {"a", "b" (ids), "same" (0 or 1), "weight"}.
absl::StatusOr<std::vector<JudgedPair>> ReadPairs(const std::string& file, const Corpus& corpus);

struct Categorised {
  std::string title, body, category;
};

// Lines {"title", "body", `category_key`}.
absl::StatusOr<std::vector<Categorised>> ReadCategorised(const std::string& file,
                                                         const std::string& category_key);

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_SIMILAR_JUDGED_H_
