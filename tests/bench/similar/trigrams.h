// The measure to beat: what PostgreSQL's pg_trgm calls similarity.
#ifndef FIRSTFLOOR_TESTS_BENCH_SIMILAR_TRIGRAMS_H_
#define FIRSTFLOOR_TESTS_BENCH_SIMILAR_TRIGRAMS_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace firstfloor::bench {

// The set of trigrams of a text, sorted: of each row of letters and digits, lower case, with two blanks
// before it and one behind.
using Trigrams = std::vector<uint64_t>;

Trigrams TrigramsOf(absl::string_view text);

// What both have of what either has, from 0 to 1.
double TrigramSimilarity(const Trigrams& a, const Trigrams& b);

}  // namespace firstfloor::bench

#endif  // FIRSTFLOOR_TESTS_BENCH_SIMILAR_TRIGRAMS_H_
