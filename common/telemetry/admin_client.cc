#include "common/telemetry/admin_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace firstfloor::telemetry {
namespace {

class Socket {
 public:
  Socket() : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = 1, .tv_usec = 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  }
  ~Socket() { close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  bool Connect(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  bool Send(const std::string& text) {
    return send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  std::string ReceiveAll() {
    std::string all;
    char piece[16384];
    ssize_t size = 0;
    while ((size = recv(descriptor_, piece, sizeof(piece), 0)) > 0) all.append(piece, size);
    return all;
  }

 private:
  int descriptor_;
};

}  // namespace

HttpAnswer HttpGet(int port, const std::string& path) {
  Socket socket;
  if (!socket.Connect(port) ||
      !socket.Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))) {
    return {};
  }
  const std::string answer = socket.ReceiveAll();
  // "HTTP/1.1 200 OK"
  if (answer.size() < 12) return {};
  const size_t body = answer.find("\r\n\r\n");
  return {.status = std::atoi(answer.c_str() + 9),
          .body = body == std::string::npos ? std::string() : answer.substr(body + 4)};
}

absl::Status AskReady(absl::string_view admin_address) {
  int port = 0;
  const size_t colon = admin_address.rfind(':');
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(admin_address.substr(colon + 1), &port)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", admin_address, "\" is not host:port"));
  }
  const HttpAnswer answer = HttpGet(port, "/readyz");
  if (answer.status == 200) return absl::OkStatus();
  return absl::UnavailableError(answer.status == 0 ? "nobody answers" : answer.body);
}

}  // namespace firstfloor::telemetry
