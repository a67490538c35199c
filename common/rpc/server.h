// The gRPC server of a program: TLS with client certificates, health, limits, orderly end.
#ifndef FIRSTFLOOR_COMMON_RPC_SERVER_H_
#define FIRSTFLOOR_COMMON_RPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/service.h"

namespace firstfloor::rpc {

// Files of a certificate (PEM), read again when they change. All empty: no TLS.
struct TlsFiles {
  std::string cert;
  std::string key;
  std::string ca;
  bool empty() const { return cert.empty() && key.empty() && ca.empty(); }
};

struct ServerConfig {
  std::string address;  // "127.0.0.1:7002"; port 0 takes a free one
  TlsFiles tls;
  bool reflection = false;  // bypasses the wrapper: descriptors are public then
  absl::Duration max_connection_age = absl::Minutes(30);
};

class Server {
 public:
  // INTERNAL if a service is not complete, UNAVAILABLE if the address cannot be bound. Health is NOT_SERVING
  // until SetServing(true). The services must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerConfig& config,
                                                       const std::vector<Service*>& services);
  ~Server();
  int port() const;
  void SetServing(bool serving);
  // Refuses new calls and waits until running ones have ended, at most `grace`; then cancels them. Blocks.
  void Stop(absl::Duration grace);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::rpc

#endif  // FIRSTFLOOR_COMMON_RPC_SERVER_H_
