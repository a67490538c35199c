#include "services/gateway/testing/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace firstfloor::gateway::testing {

Connection::Connection(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) std::abort();
}
Connection::~Connection() { close(socket_); }

void Connection::Send(const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t size = send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return;
    sent += static_cast<size_t>(size);
  }
}

bool Connection::Fill(absl::Time deadline) {
  pollfd ready = {.fd = socket_, .events = POLLIN, .revents = 0};
  const absl::Duration left = std::max(absl::ZeroDuration(), deadline - absl::Now());
  if (poll(&ready, 1, static_cast<int>(absl::ToInt64Milliseconds(left))) <= 0) return false;
  char bytes[4096];
  const ssize_t size = recv(socket_, bytes, sizeof(bytes), 0);
  if (size <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(size));
  return true;
}

std::string Connection::ReadUntil(const std::string& text, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (true) {
    if (const size_t at = buffer_.find(text); at != std::string::npos) {
      std::string read = buffer_.substr(0, at + text.size());
      buffer_.erase(0, at + text.size());
      return read;
    }
    if (!Fill(deadline)) return "";
  }
}

Reply Connection::Read(bool has_body, absl::Duration patience) {
  Reply reply;
  const std::string head = ReadUntil("\r\n\r\n", patience);
  const std::vector<std::string> lines = absl::StrSplit(head, "\r\n", absl::SkipEmpty());
  if (lines.empty() || lines[0].size() < 12 || !absl::SimpleAtoi(lines[0].substr(9, 3), &reply.status))
    return reply;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> header = absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    reply.headers[absl::AsciiStrToLower(header.first)] = header.second;
  }
  size_t length = 0;
  if (!has_body || !absl::SimpleAtoi(reply.headers["content-length"], &length)) return reply;
  const absl::Time deadline = absl::Now() + patience;
  while (buffer_.size() < length && Fill(deadline)) {
  }
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return reply;
}

bool Connection::ClosesWithin(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (Fill(deadline)) {
  }
  return absl::Now() < deadline;
}

Reply Request(int port, const std::string& method, const std::string& target,
              const std::map<std::string, std::string>& headers, const std::string& body) {
  std::string text = absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: localhost\r\n");
  for (const auto& [name, value] : headers) absl::StrAppend(&text, name, ": ", value, "\r\n");
  if (!body.empty() && headers.count("Content-Type") == 0) text += "Content-Type: application/json\r\n";
  if (!body.empty()) absl::StrAppend(&text, "Content-Length: ", body.size(), "\r\n");
  Connection connection(port);
  connection.Send(text + "\r\n" + body);
  return connection.Read(method != "HEAD");
}

}  // namespace firstfloor::gateway::testing
