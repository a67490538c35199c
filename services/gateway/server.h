// The HTTP server: connections in, the gateway's answers out.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_SERVER_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/gateway.h"

namespace firstfloor::gateway {

// What a client may use, and how slow it may be.
struct Limits {
  int connections = 10'000;
  uint32_t header_bytes = 16 * 1024;
  uint64_t body_bytes = 4 * 1024 * 1024;
  absl::Duration idle = absl::Seconds(75);       // between requests
  absl::Duration header = absl::Seconds(10);     // from the first byte of a request to the end of its head
  absl::Duration body = absl::Seconds(30);       // for all of the body
  absl::Duration writing = absl::Seconds(30);    // for all of an answer, or one event
  absl::Duration heartbeat = absl::Seconds(15);  // between two signs of life on a stream
};

struct ServerConfig {
  std::string address;    // "127.0.0.1:8080"; port 0 takes a free one
  std::string cert_file;  // PEM, read again when it changes; empty: HTTP without TLS
  std::string key_file;
  int threads = 2;  // event loops
  Limits limits;
};

class Server {
 public:
  // Listens at once. UNAVAILABLE if the address cannot be had, INVALID_ARGUMENT if the certificate cannot.
  // The gateway must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerConfig& config, const Gateway& gateway);
  ~Server();
  int port() const;
  // Takes a changed certificate for new connections; a broken one is left alone.
  void Reload();
  // Accepts no more, ends streams, waits for requests under way and a moment for those on their way, at most
  // `grace`, then cuts them off. Blocks.
  void Stop(absl::Duration grace);

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace firstfloor::gateway

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_SERVER_H_
