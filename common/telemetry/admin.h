// The admin port: /metrics, /healthz, /readyz, /version over HTTP, for operations only.
#ifndef FIRSTFLOOR_COMMON_TELEMETRY_ADMIN_H_
#define FIRSTFLOOR_COMMON_TELEMETRY_ADMIN_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace firstfloor::telemetry {

struct AdminConfig {
  // "127.0.0.1:9002"; port 0 takes a free one.
  std::string address;
  std::string version;
  // Empty string: ready; otherwise the reason why not, which /readyz answers with 503.
  std::function<std::string()> not_ready_because;
};

class AdminServer {
 public:
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(AdminConfig config);
  ~AdminServer();
  int port() const;

 private:
  struct Impl;
  explicit AdminServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::telemetry

#endif  // FIRSTFLOOR_COMMON_TELEMETRY_ADMIN_H_
