#include "common/telemetry/admin.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "common/error/error.h"
#include "common/telemetry/admin_client.h"
#include "common/telemetry/metrics.h"

namespace firstfloor::telemetry {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// The whole answer, status line first; "" if there was none.
std::string Ask(int port, const std::string& request_line) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = absl::StrCat(request_line, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    std::array<char, 4096> buffer;
    for (ssize_t n = 0; (n = recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
      answer.append(buffer.data(), static_cast<size_t>(n));
    }
  }
  close(fd);
  return answer;
}

std::string BodyOf(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

class Admin : public testing::Test {
 protected:
  void SetUp() override {
    auto server = AdminServer::Start(
        {.address = "127.0.0.1:0", .version = "1.2.3", .not_ready_because = [this] { return reason_; }});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    ASSERT_GT(server_->port(), 0);
  }

  std::string Get(const std::string& path) { return Ask(server_->port(), absl::StrCat("GET ", path)); }

  std::string reason_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(Admin, IsReadyOnceThereIsNoReasonAgainst) {
  reason_ = "database unreachable";
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(Get("/readyz"), HasSubstr("not ready: database unreachable\n"));
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200 "));
  reason_ = "";
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Admin, TellsTheProgramItselfWhetherItIsReady) {
  const std::string address = absl::StrCat("0.0.0.0:", server_->port());
  EXPECT_TRUE(AskReady(address).ok());
  reason_ = "database unreachable";
  EXPECT_THAT(std::string(AskReady(address).message()), HasSubstr("database unreachable"));
  server_.reset();
  EXPECT_EQ(AskReady(address).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(AskReady("0.0.0.0").code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(Admin, ShowsMetricsAndVersion) {
  GetCounter("test_admin_total", "Admin.").Add();
  EXPECT_THAT(Get("/metrics"), HasSubstr("\ntest_admin_total 1\n"));
  EXPECT_THAT(Get("/metrics"), HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_EQ(nlohmann::json::parse(BodyOf(Get("/version")))["version"], "1.2.3");
}

TEST_F(Admin, AnswersNothingElse) {
  EXPECT_THAT(Get("/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Get("/etc/passwd"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Ask(server_->port(), "POST /readyz"), StartsWith("HTTP/1.1 405 "));
  EXPECT_EQ(BodyOf(Ask(server_->port(), "HEAD /healthz")), "");
}

TEST_F(Admin, SaysSoWhenItsAddressIsTaken) {
  AdminConfig config;
  config.address = absl::StrCat("127.0.0.1:", server_->port());
  const auto second = AdminServer::Start(config);
  EXPECT_EQ(error::ReasonOf(second.status()), "ADMIN_ADDRESS_UNUSABLE");
}

TEST_F(Admin, IsGoneWhenDestroyed) {
  const int port = server_->port();
  server_.reset();
  EXPECT_EQ(Ask(port, "GET /healthz"), "");
}

}  // namespace
}  // namespace firstfloor::telemetry
