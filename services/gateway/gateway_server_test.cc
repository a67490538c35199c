// The HTTP server as its clients meet it: limits, keep-alive, the end. The services behind it are down.
#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "google/rpc/status.pb.h"
#include "services/gateway/testing/http_client.h"
#include "services/gateway/testing/http_server.h"

namespace firstfloor::gateway {
namespace {

using ::testing::AnyOf;
using testing::Connection;
using ::testing::HasSubstr;
using testing::HttpServer;
using testing::kOpinion;
using ::testing::Not;
using testing::Reply;
using testing::Request;

TEST_F(HttpServer, TellsUnknownPathsFromWrongMethods) {
  const int port = Start();
  const Reply unknown = Request(port, "GET", "/v1/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(Reason(unknown), "UNKNOWN_PATH");
  const Reply wrong = Request(port, "DELETE", kOpinion);
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD, OPTIONS, PATCH");
  EXPECT_EQ(Request(port, "POST", absl::StrCat(kOpinion, ":dance")).status, 404);
  EXPECT_EQ(Request(port, "GET", "/v1/%zz").status, 400);
  EXPECT_EQ(Request(port, "DELETE", absl::StrCat("http://gateway.example", kOpinion)).status, 405);
  const Reply all = Request(port, "OPTIONS", "*");
  EXPECT_EQ(all.status, 204);
  EXPECT_THAT(all.headers.at("allow"), HasSubstr("PATCH"));
  const Reply options = Request(port, "OPTIONS", kOpinion);
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.at("allow"), "GET, HEAD, OPTIONS, PATCH");
  EXPECT_EQ(options.headers.count("access-control-allow-methods"), 0u);
}

TEST_F(HttpServer, RefusesBodiesThatItCannotRead) {
  const int port = Start();
  const std::string triage = absl::StrCat(kOpinion, ":triage");
  EXPECT_EQ(Request(port, "POST", triage, {{"Content-Type", "text/plain"}}, "x").status, 415);
  const Reply broken = Request(port, "POST", triage, {}, "{\n\"a\" 1}");
  EXPECT_EQ(broken.status, 400);
  EXPECT_THAT(broken.body, HasSubstr("line 2, column 5"));
  EXPECT_EQ(Reason(Request(port, "POST", triage, {}, "{\"absent\": 1}")), "INVALID_BODY");
}

TEST_F(HttpServer, AnswersThatAServiceIsDown) {
  const int port = Start();
  const absl::Time start = absl::Now();
  const Reply down = Request(port, "GET", kOpinion);
  EXPECT_TRUE(down.status == 503 || down.status == 504) << down.status;
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_THAT(Reason(down), AnyOf("PEER_UNAVAILABLE", "DEADLINE"));
  EXPECT_THAT(down.body, Not(HasSubstr("127.0.0.1")));  // nothing of the inside
  const Reply watch = Request(port, "GET", "/v1/opinions:watch?mine=true", {{"Request-Timeout", "0.2"}});
  EXPECT_TRUE(watch.status == 503 || watch.status == 504) << watch.status;
}

TEST_F(HttpServer, LimitsBodies) {
  server_config_.limits.body_bytes = 1000;
  const int port = Start();
  const Reply reply = Request(port, "POST", "/v1/opinions", {}, std::string(100'000, ' '));
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(Reason(reply), "BODY_TOO_LARGE");
  // A page is told so, too.
  const Reply page =
      Request(port, "POST", "/v1/opinions", {{"Origin", "https://board.example"}}, std::string(100'000, ' '));
  EXPECT_EQ(page.headers.at("access-control-allow-origin"), "https://board.example");
  // Neither when its length is not told in advance.
  Connection chunked(port);
  chunked.Send(
      "POST /v1/opinions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: "
      "chunked\r\n\r\n");
  for (int i = 0; i < 3; ++i) chunked.Send("1f4\r\n" + std::string(500, ' ') + "\r\n");
  EXPECT_EQ(chunked.Read().status, 413);
}

TEST_F(HttpServer, LimitsHeaders) {
  const int port = Start();
  const Reply reply = Request(port, "GET", kOpinion, {{"X-Long", std::string(20'000, 'x')}});
  EXPECT_EQ(reply.status, 431);
  EXPECT_EQ(Reason(reply), "HEADERS_TOO_LARGE");
  EXPECT_EQ(Request(port, "GET", "/v1/nothing", {{"X-Long", std::string(15'000, 'x')}}).status, 404);
}

TEST_F(HttpServer, RefusesWhatIsNotHttp) {
  Connection connection(Start());
  connection.Send("HELLO\r\n\r\n");
  EXPECT_EQ(connection.Read().status, 400);
  EXPECT_TRUE(connection.ClosesWithin(absl::Seconds(5)));
}

TEST_F(HttpServer, CutsOffSlowClients) {
  const int port = Start();
  Connection silent(port);
  Connection slow_head(port);
  Connection slow_body(port);
  slow_head.Send("GET / HT");
  slow_body.Send("POST /v1/opinions HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_TRUE(slow_head.ClosesWithin(absl::Seconds(3)));
  EXPECT_TRUE(slow_body.ClosesWithin(absl::Seconds(3)));
  EXPECT_TRUE(silent.ClosesWithin(absl::Seconds(3)));
}

TEST_F(HttpServer, CutsOffClientsThatDoNotRead) {
  server_config_.limits.writing = absl::Milliseconds(300);
  config_.anonymous_per_second = 0;
  Connection connection(Start());
  for (int i = 0; i < 100; ++i) connection.Send("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n");
  absl::SleepFor(absl::Seconds(1));
  // What the kernel holds may still come, and then the end.
  const std::string come = connection.ReadToEnd(absl::Seconds(5));
  const std::string whole = Request(server_->port(), "GET", "/openapi.json").body;
  EXPECT_LT(come.size(), 100 * whole.size());
  EXPECT_TRUE(connection.ClosesWithin(absl::Seconds(1)));
}

TEST_F(HttpServer, LimitsConnections) {
  const int port = Start();
  std::vector<std::unique_ptr<Connection>> some;
  for (int i = 0; i < 5; ++i) {
    some.push_back(std::make_unique<Connection>(port));
    some.back()->Send("GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(some.back()->Read().status, 404);
  }
  Connection one_too_many(port);
  EXPECT_TRUE(one_too_many.ClosesWithin(absl::Milliseconds(400)));
}

TEST_F(HttpServer, KeepsConnectionsForFurtherRequests) {
  Connection connection(Start());
  for (int i = 0; i < 3; ++i) {
    connection.Send("GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(connection.Read().status, 404);
  }
  // Sent before the answers are read, they are answered in order.
  connection.Send("GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\nDELETE " + std::string(kOpinion) +
                  " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(connection.Read().status, 404);
  EXPECT_EQ(connection.Read().status, 405);
  EXPECT_TRUE(connection.ClosesWithin(absl::Milliseconds(400)));
}

TEST_F(HttpServer, SaysContinueToThoseWhoWait) {
  Connection connection(Start());
  connection.Send(
      "POST /v1/opinions HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nExpect: "
      "100-continue\r\n\r\n");
  EXPECT_EQ(connection.Read(false).status, 100);
  connection.Send("{}");
  EXPECT_EQ(connection.Read().status, 415);
}

TEST_F(HttpServer, ServesTheDocumentWithItsEtagAndCompressed) {
  config_.cors_origins.clear();
  const int port = Start();
  const Reply document = Request(port, "GET", "/openapi.json");
  EXPECT_EQ(document.status, 200);
  EXPECT_EQ(nlohmann::json::parse(document.body).at("openapi"), "3.1.0");
  const Reply head = Request(port, "HEAD", "/openapi.json");
  EXPECT_EQ(head.headers.at("content-length"), absl::StrCat(document.body.size()));
  EXPECT_EQ(head.body, "");
  const Reply packed = Request(port, "GET", "/openapi.json", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(packed.headers.at("vary"), "Accept-Encoding");
  EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
  EXPECT_LT(packed.body.size(), document.body.size() / 4);
  const Reply same = Request(port, "GET", "/openapi.json", {{"If-None-Match", document.headers.at("etag")}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(Request(port, "POST", "/openapi.json", {}, "{}").status, 405);
}

TEST_F(HttpServer, LetsPagesOfConfiguredOriginsCall) {
  const int port = Start();
  const Reply preflight =
      Request(port, "OPTIONS", kOpinion,
              {{"Origin", "https://board.example"}, {"Access-Control-Request-Method", "PATCH"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.headers.at("access-control-allow-origin"), "https://board.example");
  EXPECT_THAT(preflight.headers.at("access-control-allow-methods"), HasSubstr("PATCH"));
  EXPECT_THAT(preflight.headers.at("access-control-allow-headers"), HasSubstr("Authorization"));
  const Reply error = Request(port, "GET", "/v1/nothing", {{"Origin", "https://board.example"}});
  EXPECT_EQ(error.headers.at("access-control-allow-origin"), "https://board.example");
  const Reply other = Request(port, "GET", "/v1/nothing", {{"Origin", "https://evil.example"}});
  EXPECT_EQ(other.headers.count("access-control-allow-origin"), 0u);
}

TEST_F(HttpServer, LimitsCallersWithoutToken) {
  config_.anonymous_per_second = 0.1;
  config_.anonymous_burst = 2;
  config_.trusted_proxies = "127.0.0.0/8";
  const int port = Start();
  const std::map<std::string, std::string> here = {{"Forwarded", "for=1.2.3.4"}};
  EXPECT_NE(Request(port, "GET", kOpinion, here).status, 429);
  EXPECT_NE(Request(port, "GET", kOpinion, here).status, 429);
  const Reply enough = Request(port, "GET", kOpinion, here);
  EXPECT_EQ(enough.status, 429);
  EXPECT_EQ(enough.headers.count("retry-after"), 1u);
  EXPECT_EQ(Request(port, "GET", "/openapi.json", here).status, 429);
  EXPECT_NE(Request(port, "GET", kOpinion, {{"Forwarded", "for=1.2.3.5"}}).status, 429);
  EXPECT_NE(
      Request(port, "GET", kOpinion, {{"Forwarded", "for=1.2.3.4"}, {"Authorization", "Bearer x"}}).status,
      429);
}

// Refuses every call with the same status, and counts them.
class Refusing : public grpc::CallbackGenericService {
 public:
  explicit Refusing(const absl::Status& status)
      : status_(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
                error::ToProto(status).SerializeAsString()) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
  }
  int port() const { return port_; }
  int calls() const { return calls_; }

 private:
  class Refusal : public grpc::ServerGenericBidiReactor {
   public:
    explicit Refusal(const grpc::Status& status) { Finish(status); }
    void OnDone() override { delete this; }
  };
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    ++calls_;
    return new Refusal(status_);
  }

  const grpc::Status status_;
  std::atomic<int> calls_ = 0;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(HttpServer, AsksAnOverloadedServiceLessOftenAndSaysTheSame) {
  const Refusing service(error::RetryAfter(absl::StatusCode::kResourceExhausted, "OVERLOADED",
                                           "more calls than can be answered now", absl::Seconds(1)));
  config_.peers = {{"opinion", absl::StrCat("127.0.0.1:", service.port())}};
  config_.default_timeout = absl::Seconds(10);
  Connection connection(Start());
  constexpr int kCalls = 300;
  for (int i = 0; i < kCalls; ++i) {
    connection.Send("GET " + std::string(kOpinion) +
                    " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n");
    const Reply reply = connection.Read();
    ASSERT_EQ(reply.status, 429) << reply.body;
    ASSERT_EQ(Reason(reply), "OVERLOADED");
    ASSERT_EQ(reply.headers.count("retry-after"), 1u);
  }
  EXPECT_GE(service.calls(), kCalls / 10);
  EXPECT_LE(service.calls(), kCalls / 3);
  EXPECT_EQ(Request(server_->port(), "GET", "/v1/nothing").status, 404)
      << "what no service is asked for is answered";
}

TEST_F(HttpServer, LimitsCallersWhoseTokensDoNotHold) {
  const Refusing service(error::Make(absl::StatusCode::kUnauthenticated, "TOKEN_INVALID", "no"));
  config_.peers = {{"opinion", absl::StrCat("127.0.0.1:", service.port())}};
  config_.default_timeout = absl::Seconds(10);
  config_.anonymous_per_second = 0.1;
  config_.anonymous_burst = 3;
  const int port = Start();
  const std::map<std::string, std::string> bad = {{"Authorization", "Bearer x"}};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Request(port, "GET", kOpinion, bad).status, 401);
  EXPECT_EQ(Request(port, "GET", kOpinion, bad).status, 429);
  EXPECT_EQ(Request(port, "POST", "/v1/opinions", bad, "{}").status, 429);
  EXPECT_EQ(service.calls(), 3);
}

TEST_F(HttpServer, GivesWhatFailsInsideAnIncident) {
  const Refusing service(absl::DataLossError("where and why, for nobody outside"));
  config_.peers = {{"opinion", absl::StrCat("127.0.0.1:", service.port())}};
  config_.default_timeout = absl::Seconds(10);
  const Reply reply = Request(Start(), "GET", kOpinion, {{"Authorization", "Bearer x"}});
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(Reason(reply), "PEER_FAILED");
  EXPECT_THAT(reply.body, HasSubstr("\"incident\""));
  EXPECT_THAT(reply.body, Not(HasSubstr("nobody outside")));
}

TEST_F(HttpServer, EndsIdleConnectionsAndFinishesRequests) {
  server_config_.limits.idle = absl::Seconds(60);
  config_.default_timeout = absl::Seconds(1);
  const int port = Start();
  Connection idle(port);
  Connection busy(port);
  idle.Send("GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(idle.Read().status, 404);
  busy.Send("GET " + std::string(kOpinion) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  absl::SleepFor(absl::Milliseconds(20));
  const absl::Time start = absl::Now();
  server_->Stop(absl::Seconds(10));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_TRUE(idle.ClosesWithin(absl::Milliseconds(400)));
  EXPECT_GE(busy.Read().status, 500);
}

}  // namespace
}  // namespace firstfloor::gateway
