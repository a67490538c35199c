#include "common/rpc/client.h"

#include <arpa/inet.h>
#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace firstfloor::rpc {
namespace {

// Takes connections and never says a word on them.
class Silent {
 public:
  Silent() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_, 8), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Silent() { close(socket_); }
  int port() const { return port_; }

 private:
  const int socket_;
  int port_ = 0;
};

TEST(Client, CallsUnderWayComeBackWhenItEnds) {
  const Silent server;
  google::protobuf::Empty reply;
  std::vector<absl::StatusCode> answers;  // of one thread, and read after it has ended
  absl::Time ending;
  {
    Client client(absl::StrCat("127.0.0.1:", server.port()), TlsFiles{});
    for (int i = 0; i < 3; ++i) {
      client.AskAsync("any.Service.Method", reply, reply, CallOptions{},
                      [&](const absl::Status& status) { answers.push_back(status.code()); });
    }
    ending = absl::Now();
  }
  EXPECT_LT(absl::Now() - ending, absl::Seconds(5));
  EXPECT_EQ(answers, std::vector<absl::StatusCode>(3, absl::StatusCode::kCancelled));
}

TEST(Client, ACallThatNobodyAnswersEndsAtItsDeadline) {
  const Silent server;
  Client client(absl::StrCat("127.0.0.1:", server.port()), TlsFiles{});
  google::protobuf::Empty reply;
  CallOptions options;
  options.deadline = absl::Now() + absl::Milliseconds(100);
  EXPECT_EQ(client.Ask("any.Service.Method", reply, reply, options).code(),
            absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace firstfloor::rpc
