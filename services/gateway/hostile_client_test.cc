// Clients that want more than their share, or to be understood otherwise than by whoever stands in front.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/gateway/testing/http_client.h"
#include "services/gateway/testing/http_server.h"

namespace firstfloor::gateway {
namespace {

using testing::Connection;
using testing::HttpServer;
using testing::Reply;

constexpr char kChunked[] =
    "POST /v1/opinions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";
constexpr int kMegabyte = 1024 * 1024;

class HostileClient : public HttpServer {
 protected:
  HostileClient() {
    server_config_.limits.body = absl::Seconds(20);  // too long to be what ends them
  }
  // What a request is answered, and that it is the last on its connection.
  int LastAnswer(const std::string& bytes) {
    Connection connection(server_->port());
    connection.Send(bytes);
    const int status = connection.Read().status;
    EXPECT_TRUE(connection.ClosesWithin(absl::Seconds(5))) << bytes.substr(0, 200);
    return status;
  }
};

TEST_F(HostileClient, CannotFillTheMemoryBetweenThePiecesOfABody) {
  Start();
  EXPECT_EQ(LastAnswer(absl::StrCat(kChunked, "1;", std::string(kMegabyte, 'a'))), 431);
  EXPECT_EQ(LastAnswer(absl::StrCat(kChunked, "0\r\nX: ", std::string(kMegabyte, 'a'))), 431);
}

TEST_F(HostileClient, AddsNothingToTheHeadBehindTheBody) {
  Start();
  Connection connection(server_->port());
  connection.Send(absl::StrCat(kChunked, "2\r\n{}\r\n0\r\nOrigin: https://board.example\r\n\r\n"));
  const Reply reply = connection.Read();
  EXPECT_EQ(reply.status, 503) << reply.body;  // it was understood; the service is down
  EXPECT_EQ(reply.headers.count("access-control-allow-origin"), 0u);
}

TEST_F(HostileClient, IsNotHeardWhereOthersCouldUnderstandItOtherwise) {
  Start();
  const std::string smuggled = "GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const char* fields : {
           "Host: x\r\nTransfer-Encoding: chunked, identity\r\n",
           "Host: x\r\nTransfer-Encoding: x\r\n",
           "Host: x\r\nTransfer-Encoding: x\r\nContent-Length: 5\r\n",
           "Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Host: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
           "Host: x\r\nContent-Length: -5\r\n",
           "Host: x\r\nHost: y\r\n",
           "",
       }) {
    EXPECT_EQ(LastAnswer(absl::StrCat("POST /v1/opinions HTTP/1.1\r\n", fields, "\r\n", smuggled)), 400)
        << fields;
  }
  EXPECT_EQ(LastAnswer("POST /v1/opinions HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

}  // namespace
}  // namespace firstfloor::gateway
