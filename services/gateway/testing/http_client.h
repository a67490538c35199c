// HTTP by hand for tests: what is sent and what comes back, byte by byte.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_TESTING_HTTP_CLIENT_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_TESTING_HTTP_CLIENT_H_

#include <map>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace firstfloor::gateway::testing {

struct Reply {
  int status = 0;                              // 0: the connection ended without an answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class Connection {
 public:
  // With TLS, if the authority is given whose certificates alone are trusted (PEM file). Nothing can be sent
  // or read if the server refuses the connection or is not trusted.
  explicit Connection(int port, const std::string& ca_file = "");
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Nobody listened.
  bool refused() const { return refused_; }
  // TCP stands, and TLS if it was asked for.
  bool open() const { return open_; }
  // Serial number of the server's certificate in hexadecimal digits; "" without TLS.
  std::string serial() const;

  void Send(const std::string& bytes);
  // The next answer, its body by its length.
  Reply Read(bool has_body = true, absl::Duration patience = absl::Seconds(10));
  // Reads until `text` has come, and returns everything up to its end; "" if it does not come.
  std::string ReadUntil(const std::string& text, absl::Duration patience = absl::Seconds(10));
  // What comes until the other side closes; everything read so far if it does not in time.
  std::string ReadToEnd(absl::Duration patience = absl::Seconds(10));
  // True if the other side closes within the time; what comes before is dropped.
  bool ClosesWithin(absl::Duration patience);

 private:
  struct Tls;
  void Secure(const std::string& ca_file);
  bool Fill(absl::Time deadline);

  int socket_;
  bool refused_ = false;
  bool open_ = false;
  std::unique_ptr<Tls> tls_;
  std::string buffer_;
};

// One request on a connection of its own, with TLS if the authority is given.
Reply Request(int port, const std::string& method, const std::string& target,
              const std::map<std::string, std::string>& headers = {}, const std::string& body = "",
              const std::string& ca_file = "");

}  // namespace firstfloor::gateway::testing

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_TESTING_HTTP_CLIENT_H_
