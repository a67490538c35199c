// Whether two messages are about the same matter: the same place, firm or person, and the same trouble with
// it.
#ifndef FIRSTFLOOR_COMMON_TEXT_SIMILARITY_H_
#define FIRSTFLOOR_COMMON_TEXT_SIMILARITY_H_

#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/text/fingerprint.h"
#include "common/text/usage.h"

namespace firstfloor::text {

// How alike two messages are, each from 0 (nothing in common) to 1 (the same): in what they name, and in what
// the matter is.
struct Likeness {
  double names = 0;
  double matters = 0;
};

// How long a message's names and matters are as vectors, each feature as long as what the message makes of it
// times how rare it is.
struct Lengths {
  float names = 0;
  float matters = 0;
};
Lengths LengthsOf(const Fingerprint& print, const Usage& usage);

// A message made ready to be compared with many: what it looks up in `usage`, it looks up once.
class Weighed {
 public:
  Weighed(const Fingerprint& print, const Usage& usage);

  absl::Span<const Feature> features() const { return features_; }
  // In the order of features().
  absl::Span<const double> weights() const { return weights_; }

 private:
  friend Likeness Compare(const Weighed& a, const Fingerprint& b, const Lengths& lengths_of_b);

  std::vector<Feature> features_;
  std::vector<double> weights_;
  std::vector<double> pulls_;  // what a shared feature adds to the product, for each weight that b gives it
  Lengths lengths_;
};

// The cosines of the two messages' names and matters, by the usage that `a` was weighed with. Symmetric.
Likeness Compare(const Weighed& a, const Fingerprint& b, const Lengths& lengths_of_b);

// What else is known of two messages.
struct Circumstances {
  absl::Duration apart;        // between their times; the sign does not matter
  bool same_reporter = false;  // false where either is not known
};

// 1 at the same time, and less the more time lies between: what is broken is soon reported by others too.
double Closeness(absl::Duration apart);

// How much speaks for an officer merging the two, from 0 to 1: a logistic function of four plain values
// (roots of names and matters in common, closeness in time, same reporter). Its coefficients were fitted on
// pairs that were judged by reading; tests/bench/similar fits them.
double SameMatter(const Likeness& likeness, const Circumstances& circumstances);

// From here on two messages are taken for the same matter: where precision and recall balance on those pairs.
inline constexpr double kSameMatter = 0.5;

}  // namespace firstfloor::text

#endif  // FIRSTFLOOR_COMMON_TEXT_SIMILARITY_H_
