// How many of a route's calls are worth passing on while its service is overloaded.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_THROTTLE_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_THROTTLE_H_

#include <mutex>

#include "absl/time/time.h"

namespace firstfloor::gateway {

// Of the answers of the last second or so it knows how many were refusals of an overloaded service, and
// passes on a little more than the service has taken: a refusal here costs less than one there. A service
// that takes everything is never kept from anything, however many calls are in flight. Thread-safe.
class Throttle {
 public:
  // What is passed on, of what is taken: the excess finds out that the service can do more again.
  static constexpr double kExcess = 1.25;
  // However little is taken, one call in so many is passed on.
  static constexpr double kTrial = 10;

  // False: refuse the call here. It counts as answered.
  bool Admits(absl::Time now);
  // A call that was passed on has been answered; `taken`: by anything but a refusal for overload.
  void Answered(absl::Time now, bool taken);

 private:
  void Fade(absl::Time now);

  std::mutex mutex_;
  absl::Time at_ = absl::InfinitePast();
  double answered_ = 0;
  double taken_ = 0;
  double owed_ = 0;  // refusals that are due, below 1
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_THROTTLE_H_
