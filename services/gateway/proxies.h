// Who is behind the proxies in front of the gateway (RFC 7239).
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_PROXIES_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_PROXIES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firstfloor::gateway {

class Proxies {
 public:
  // Networks whose word is believed: "10.0.0.0/8,127.0.0.1,fd00::/8"; "" for none.
  static absl::StatusOr<Proxies> Parse(absl::string_view networks);

  // The address of the client of a connection from `peer` whose requests carry the header `forwarded`: the
  // last address that is not a trusted proxy's. The header counts only as far as trusted proxies wrote it.
  std::string ClientOf(const std::string& peer, absl::string_view forwarded) const;

 private:
  struct Networks;
  bool Trusts(const std::string& address) const;
  std::shared_ptr<const Networks> networks_;
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_PROXIES_H_
