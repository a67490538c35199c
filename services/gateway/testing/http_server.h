// The HTTP server for tests, with limits that are soon reached. The services behind it are down.
#ifndef FIRSTFLOOR_SERVICES_GATEWAY_TESTING_HTTP_SERVER_H_
#define FIRSTFLOOR_SERVICES_GATEWAY_TESTING_HTTP_SERVER_H_

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/time/time.h"
#include "services/gateway/contract.h"
#include "services/gateway/gateway.h"
#include "services/gateway/server.h"
#include "services/gateway/testing/http_client.h"

namespace firstfloor::gateway::testing {

constexpr char kOpinion[] = "/v1/opinions/0190a5f0-0000-7000-8000-000000000001";

// A gateway that is served in this process.
class HttpServer : public ::testing::Test {
 protected:
  HttpServer() {
    config_.peers = {{"opinion", "127.0.0.1:1"}};
    config_.cors_origins = {"https://board.example"};
    config_.version = "1.2.3";
    config_.default_timeout = absl::Milliseconds(300);
    server_config_.address = "127.0.0.1:0";
    server_config_.limits.idle = absl::Milliseconds(500);
    server_config_.limits.header = absl::Milliseconds(300);
    server_config_.limits.body = absl::Milliseconds(300);
    server_config_.limits.connections = 5;
  }
  // On the port that it returns.
  int Start() {
    auto gateway = Gateway::Create(config_, ContractServices());
    EXPECT_TRUE(gateway.ok()) << gateway.status();
    gateway_ = *std::move(gateway);
    auto server = Server::Start(server_config_, *gateway_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    return server_->port();
  }
  // Of a refusal; "" if it has none.
  static std::string Reason(const Reply& reply) {
    const nlohmann::json body = nlohmann::json::parse(reply.body);
    for (const auto& detail : body.at("error").at("details")) {
      if (detail.contains("reason")) return detail.at("reason");
    }
    return "";
  }

  GatewayConfig config_;
  ServerConfig server_config_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<Server> server_;
};

}  // namespace firstfloor::gateway::testing

#endif  // FIRSTFLOOR_SERVICES_GATEWAY_TESTING_HTTP_SERVER_H_
