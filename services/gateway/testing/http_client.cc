#include "services/gateway/testing/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace firstfloor::gateway::testing {

struct Connection::Tls {
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  std::unique_ptr<SSL, void (*)(SSL*)> session{nullptr, SSL_free};
};

Connection::Connection(int port, const std::string& ca_file)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  open_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  refused_ = !open_ && errno == ECONNREFUSED;
  if (open_ && !ca_file.empty()) Secure(ca_file);
}

Connection::~Connection() {
  tls_.reset();
  close(socket_);
}

void Connection::Secure(const std::string& ca_file) {
  tls_ = std::make_unique<Tls>();
  SSL_CTX_set_mode(tls_->context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(tls_->context.get(), SSL_VERIFY_PEER, nullptr);
  open_ = SSL_CTX_load_verify_locations(tls_->context.get(), ca_file.c_str(), nullptr) == 1;
  tls_->session.reset(SSL_new(tls_->context.get()));
  SSL_set1_host(tls_->session.get(), "localhost");
  SSL_set_fd(tls_->session.get(), socket_);
  open_ = open_ && SSL_connect(tls_->session.get()) == 1;
}

std::string Connection::serial() const {
  if (tls_ == nullptr || !open_) return "";
  const std::unique_ptr<X509, void (*)(X509*)> certificate(SSL_get1_peer_certificate(tls_->session.get()),
                                                           X509_free);
  const ASN1_INTEGER* number = X509_get0_serialNumber(certificate.get());
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(number->data), static_cast<size_t>(number->length)));
}

void Connection::Send(const std::string& bytes) {
  size_t sent = 0;
  while (open_ && sent < bytes.size()) {
    const char* from = bytes.data() + sent;
    const size_t left = bytes.size() - sent;
    const ssize_t size = tls_ != nullptr ? SSL_write(tls_->session.get(), from, static_cast<int>(left))
                                         : send(socket_, from, left, MSG_NOSIGNAL);
    if (size <= 0) return;
    sent += static_cast<size_t>(size);
  }
}

bool Connection::Fill(absl::Time deadline) {
  if (!open_) return false;
  const bool waiting = tls_ == nullptr || SSL_pending(tls_->session.get()) == 0;
  pollfd ready = {.fd = socket_, .events = POLLIN, .revents = 0};
  const absl::Duration left = std::max(absl::ZeroDuration(), deadline - absl::Now());
  if (waiting && poll(&ready, 1, static_cast<int>(absl::ToInt64Milliseconds(left))) <= 0) return false;
  char bytes[4096];
  const ssize_t size = tls_ != nullptr ? SSL_read(tls_->session.get(), bytes, sizeof(bytes))
                                       : recv(socket_, bytes, sizeof(bytes), 0);
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

std::string Connection::ReadToEnd(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (Fill(deadline)) {
  }
  return std::exchange(buffer_, "");
}

bool Connection::ClosesWithin(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  while (Fill(deadline)) {
  }
  return absl::Now() < deadline;
}

Reply Request(int port, const std::string& method, const std::string& target,
              const std::map<std::string, std::string>& headers, const std::string& body,
              const std::string& ca_file) {
  std::string text = absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: localhost\r\n");
  for (const auto& [name, value] : headers) absl::StrAppend(&text, name, ": ", value, "\r\n");
  if (!body.empty() && headers.count("Content-Type") == 0) text += "Content-Type: application/json\r\n";
  if (!body.empty()) absl::StrAppend(&text, "Content-Length: ", body.size(), "\r\n");
  Connection connection(port, ca_file);
  connection.Send(text + "\r\n" + body);
  return connection.Read(method != "HEAD");
}

}  // namespace firstfloor::gateway::testing
