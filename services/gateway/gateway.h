// The gateway itself: what a request gets.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_GATEWAY_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_GATEWAY_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/rpc/server.h"
#include "google/protobuf/descriptor.h"
#include "services/gateway/http.h"

namespace firstfloor::gateway {

struct GatewayConfig {
  std::map<std::string, std::string> peers;  // "opinion" → "localhost:7002"
  // The authority of the peers' certificates. The gateway shows none of its own: it acts for its callers
  // alone, and whoever sends no token is nobody to the services.
  rpc::TlsFiles peer_tls;
  std::set<std::string> cors_origins;
  std::string trusted_proxies;
  std::string proxy_header = "forwarded";
  double anonymous_per_second = 20;
  double anonymous_burst = 100;
  absl::Duration default_timeout = absl::Seconds(15);
  absl::Duration longest_timeout = absl::Seconds(60);
  std::string version;
};

class Gateway {
 public:
  // INVALID_ARGUMENT if an option of a method breaks the rules of google.api.http.
  static absl::StatusOr<std::unique_ptr<Gateway>> Create(
      const GatewayConfig& config, const std::vector<const google::protobuf::ServiceDescriptor*>& services);
  ~Gateway();

  // Calls `done` once, at once or later on another thread, with what is left to do: to be called once, in the
  // caller's own thread, because a long answer takes a while to write. Does not block.
  void Answer(HttpRequest request, std::function<void(std::function<Outcome()>)> done) const;
  // The answer to what could not be read as a request, of which perhaps the head is known.
  HttpResponse Unreadable(HttpRequest head, int http_status, absl::string_view reason,
                          absl::string_view message) const;

 private:
  struct Impl;
  explicit Gateway(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_GATEWAY_H_
