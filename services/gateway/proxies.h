// Who is behind the proxies in front of the gateway.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_PROXIES_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_PROXIES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/gateway/http.h"

namespace firstfloor::gateway {

class Proxies {
 public:
  // Networks whose word is believed: "10.0.0.0/8,127.0.0.1,fd00::/8"; "" for none. `header`, in lower case:
  // the one in which they say it, "forwarded" (RFC 7239) or "x-forwarded-for".
  static absl::StatusOr<Proxies> Parse(absl::string_view networks, absl::string_view header = "forwarded");

  // The address of the client: the last one that is not a trusted proxy's, of the connection's other end and
  // those in the header. The header counts only as far as trusted proxies wrote it, which is from its end.
  std::string ClientOf(const HttpRequest& request) const;

 private:
  struct Networks;
  bool Trusts(const std::string& address) const;
  std::shared_ptr<const Networks> networks_;
  std::string header_;
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_PROXIES_H_
