// Who tries tokens that do not hold: to find out costs a service a signature, and the gateway the whole body.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_TOKEN_TRIES_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_TOKEN_TRIES_H_

#include <mutex>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/gateway/allowance.h"

namespace firstfloor::gateway {

// Thread-safe. Neither tokens nor addresses leave the memory.
class TokenTries {
 public:
  // How many bad tokens one address may show, as in Allowance.
  TokenTries(double per_second, double burst) : bad_(per_second, burst) {}

  // OK, or RESOURCE_EXHAUSTED, reason RATE_LIMITED, if the address has shown too many bad tokens and this one
  // has not been seen to hold: whoever shares an address with such a caller and is known goes on.
  absl::Status Admit(const std::string& address, absl::string_view token, absl::Time now);
  // What a service said of the token.
  void Answered(const std::string& address, absl::string_view token, bool held, absl::Time now);

 private:
  Allowance bad_;
  std::mutex mutex_;
  // Hashes of tokens that held. When there are too many the older half is forgotten.
  absl::flat_hash_set<size_t> recent_;
  absl::flat_hash_set<size_t> older_;
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_TOKEN_TRIES_H_
