// The gateway in front of the real opinion service: what apps do, over HTTP.
#include "services/gateway/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/db/schema/migrations.h"
#include "common/testing/suite.h"
#include "services/gateway/contract.h"
#include "services/gateway/server.h"
#include "services/gateway/testing/http_client.h"
#include "services/opinion/furnish.h"

namespace firstfloor::gateway {
namespace {

using firstfloor::testing::As;
using firstfloor::testing::RequestId;
using firstfloor::testing::Suite;
using nlohmann::json;
using testing::Connection;
using ::testing::HasSubstr;
using testing::Reply;
using testing::Request;
using ::testing::StartsWith;

using Headers = std::map<std::string, std::string>;

constexpr char kBuilding[] = "340111400001-CJ-07";

class OverHttp : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite_ = new Suite();
    suite_->Start({.name = "opinion", .migrations = schema::Migrations(), .furnish = opinion::Furnish});
    GatewayConfig config;
    config.peers["opinion"] = suite_->SettingsFor("deliberation").peers.at("opinion");
    config.anonymous_per_second = 0;
    config.version = "1.2.3";
    auto gateway = Gateway::Create(config, ContractServices());
    ASSERT_TRUE(gateway.ok()) << gateway.status();
    gateway_ = gateway->release();
    ServerConfig server_config;
    server_config.address = "127.0.0.1:0";
    server_config.limits.heartbeat = absl::Milliseconds(200);
    auto server = Server::Start(server_config, *gateway_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = server->release();
  }
  static void TearDownTestSuite() {
    delete server_;
    delete gateway_;
    delete suite_;
  }

  static int port() { return server_->port(); }
  static std::string Bearer(api::v1::Role role, const std::string& area, const std::string& subject) {
    return "Bearer " + suite_->Token(As{.role = role, .area = area, .subject = subject});
  }
  static Headers Resident(const std::string& subject = "resident") {
    return {{"Authorization", Bearer(api::v1::ROLE_RESIDENT, kBuilding, subject)}};
  }
  static Headers Steward() {
    return {{"Authorization", Bearer(api::v1::ROLE_STEWARD, "340111400001-CJ", "steward")}};
  }
  static Headers And(Headers headers, const Headers& more) {
    headers.insert(more.begin(), more.end());
    return headers;
  }
  static std::string Submission() {
    return json({{"opinion",
                  {{"area", kBuilding},
                   {"channel", "OPINION_CHANNEL_APP"},
                   {"kind", "OPINION_KIND_PROBLEM"},
                   {"category", "SAFETY.FIRE"},
                   {"text", "七楼消防通道堆满纸箱，老人下楼不便"}}}})
        .dump();
  }
  static json Submit(const std::string& key = RequestId()) {
    const Reply reply =
        Request(port(), "POST", "/v1/opinions", And(Resident(), {{"Idempotency-Key", key}}), Submission());
    EXPECT_EQ(reply.status, 200) << reply.body;
    return json::parse(reply.body);
  }
  static std::string PathOf(const json& submitted) {
    return "/v1/" + submitted.at("opinion").at("name").get<std::string>();
  }
  static std::string Reason(const Reply& reply) {
    const json body = json::parse(reply.body);
    for (const auto& detail : body.at("error").at("details")) {
      if (detail.contains("reason")) return detail.at("reason");
    }
    return "";
  }
  static Reply Triage(const std::string& path, const Headers& more = {}) {
    return Request(port(), "POST", path + ":triage",
                   And(And(Steward(), {{"Idempotency-Key", RequestId()}}), more),
                   R"({"category": "ENVIRONMENT.CORRIDOR", "publicSummary": "消防通道堆物"})");
  }

  static Suite* suite_;
  static Gateway* gateway_;
  static Server* server_;
};

Suite* OverHttp::suite_ = nullptr;
Gateway* OverHttp::gateway_ = nullptr;
Server* OverHttp::server_ = nullptr;

TEST_F(OverHttp, AnOpinionIsSubmittedReadAndTriaged) {
  const json submitted = Submit();
  const std::string path = PathOf(submitted);
  const Reply got = Request(port(), "GET", path, Resident());
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(got.headers.at("content-type"), "application/json");
  const json opinion = json::parse(got.body);
  EXPECT_EQ(opinion.at("area"), kBuilding);
  EXPECT_THAT(got.headers.at("etag"),
              StartsWith(absl::StrCat("\"", opinion.at("etag").get<std::string>(), ".")));
  const Reply triaged = Triage(path);
  ASSERT_EQ(triaged.status, 200) << triaged.body;
  EXPECT_EQ(json::parse(triaged.body).at("state"), "OPINION_STATE_TRIAGED");
  const Reply listed = Request(port(), "GET", absl::StrCat("/v1/opinions?area=", kBuilding, "&pageSize=1"),
                               And(Steward(), {{"firstfloor-consistency", "strong"}}));
  ASSERT_EQ(listed.status, 200) << listed.body;
  EXPECT_EQ(json::parse(listed.body).at("opinions").size(), 1u);
}

TEST_F(OverHttp, TheSameKeyDoesNothingTwice) {
  const std::string key = RequestId();
  EXPECT_EQ(Submit(key), Submit(key));
  const Reply reused = Request(port(), "POST", "/v1/opinions", And(Resident(), {{"Idempotency-Key", key}}),
                               R"({"opinion": {"area": "340111400001-CJ-07", "text": "另一件事"}})");
  EXPECT_EQ(reused.status, 400);
}

TEST_F(OverHttp, APageOfLongTextsIsWhole) {
  std::string text;
  for (int i = 0; i < 8000; ++i) text += "灯";
  constexpr int kTexts = 200;  // of 24 kB: more than the 4 MiB that gRPC takes if it is not told
  for (int i = 0; i < kTexts; ++i) {
    json submission = json::parse(Submission());
    submission["opinion"]["text"] = text;
    const Reply reply =
        Request(port(), "POST", "/v1/opinions", And(Resident("writer"), {{"Idempotency-Key", RequestId()}}),
                submission.dump());
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
  const Reply listed = Request(port(), "GET", "/v1/opinions?mine=true&pageSize=1000", Resident("writer"));
  ASSERT_EQ(listed.status, 200) << listed.body.substr(0, 500);
  EXPECT_EQ(json::parse(listed.body).at("opinions").size(), kTexts);
}

// One browser in the lobby, used by one after the other.
TEST_F(OverHttp, NobodyIsShownWhatACacheKeptForSomebodyElse) {
  const std::string path = PathOf(Submit());
  ASSERT_EQ(Triage(path).status, 200);
  const Reply owner = Request(port(), "GET", path, Resident());
  const Reply neighbour = Request(port(), "GET", path, Resident("neighbour"));
  ASSERT_EQ(neighbour.status, 200) << neighbour.body;
  ASSERT_NE(owner.body, neighbour.body);
  EXPECT_THAT(owner.headers.at("vary"), HasSubstr("Authorization"));
  const Headers known = {{"If-None-Match", owner.headers.at("etag")}};
  EXPECT_EQ(Request(port(), "GET", path, And(Resident(), known)).status, 304);
  EXPECT_EQ(Request(port(), "GET", path, And(Resident("neighbour"), known)).body, neighbour.body);
}

TEST_F(OverHttp, EtagsAreHeldTo) {
  const std::string path = PathOf(Submit());
  const Reply got = Request(port(), "GET", path, Resident());
  const std::string etag = got.headers.at("etag");
  EXPECT_EQ(Request(port(), "GET", path, And(Resident(), {{"If-None-Match", etag}})).status, 304);
  const Reply lost = Triage(path, {{"If-Match", "\"no-such-etag\""}});
  EXPECT_EQ(lost.status, 412) << lost.body;
  EXPECT_EQ(Reason(lost), "ETAG_MISMATCH");
  EXPECT_EQ(Triage(path, {{"If-Match", "W/\"1\""}}).status, 412);
  EXPECT_EQ(Triage(path, {{"If-Match", etag}}).status, 200);
  // Without If-Match, a lost race in the body is a conflict.
  const Reply conflict =
      Request(port(), "POST", path + ":start", And(Steward(), {{"Idempotency-Key", RequestId()}}),
              R"({"etag": "no-such-etag"})");
  EXPECT_EQ(conflict.status, 409) << conflict.body;
}

TEST_F(OverHttp, ErrorsKeepTheirDetails) {
  const std::string path = PathOf(Submit());
  const Reply wrong =
      Request(port(), "POST", path + ":start", And(Steward(), {{"Idempotency-Key", RequestId()}}), "{}");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(Reason(wrong), "OPINION_WRONG_STATE");
  EXPECT_THAT(wrong.body, HasSubstr("google.rpc.PreconditionFailure"));
  const Reply invalid = Request(port(), "POST", path + ":start", Steward(), "{}");
  EXPECT_EQ(invalid.status, 400);
  EXPECT_THAT(invalid.body, HasSubstr("\"field\":\"request_id\""));
}

TEST_F(OverHttp, WithoutATokenOnlyAnonymousMethodsAreServed) {
  const json submitted = Submit();
  const std::string path = PathOf(submitted);
  const Reply nobody = Request(port(), "GET", path);
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(nobody.headers.at("www-authenticate"), "Bearer");
  EXPECT_EQ(Reason(nobody), "NO_IDENTITY");
  EXPECT_EQ(Request(port(), "GET", path, {{"Authorization", "Bearer abc"}}).status, 401);
  EXPECT_EQ(Request(port(), "GET", path, Resident("somebody-else")).status, 403);
  const std::string code = submitted.at("receiptCode");
  // The code is a secret, and no part of an address.
  EXPECT_EQ(Request(port(), "POST", "/v1/opinions:byReceipt", {}, json{{"receiptCode", code}}.dump()).status,
            200);
  EXPECT_EQ(Request(port(), "GET", "/v1/opinions:byReceipt?receiptCode=" + code).status, 405);
  // The gateway has no right of its own to lend: a receipt that is wrong opens nothing.
  EXPECT_NE(Request(port(), "POST", path + ":withdraw", {{"Idempotency-Key", RequestId()}}, "{}").status,
            200);
}

TEST_F(OverHttp, TheCallersTraceGoesThrough) {
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const Reply reply = Request(port(), "GET", PathOf(Submit()),
                              And(Resident(), {{"traceparent", "00-" + trace + "-00f067aa0ba902b7-00"}}));
  EXPECT_THAT(reply.headers.at("traceparent"), StartsWith("00-" + trace));
}

TEST_F(OverHttp, TheEventLogIsBelowItsProgram) {
  const Headers auditor = {{"Authorization", Bearer(api::v1::ROLE_AUDITOR, "340111", "auditor")}};
  Submit();
  const Reply events = Request(port(), "GET", "/v1/opinion/events?area=340111&pageSize=1", auditor);
  EXPECT_EQ(events.status, 200) << events.body;
  EXPECT_EQ(Request(port(), "GET", "/v1/opinion/events?area=340111", Resident()).status, 403);
}

// A watch of the building as it comes over the wire.
class Watcher {
 public:
  Watcher(int port, const Headers& headers, const std::string& of = absl::StrCat("area=", kBuilding))
      : connection_(port) {
    std::string text = absl::StrCat("GET /v1/opinions:watch?", of, " HTTP/1.1\r\nHost: x\r\n");
    for (const auto& [name, value] : headers) absl::StrAppend(&text, name, ": ", value, "\r\n");
    connection_.Send(text + "\r\n");
    head_ = connection_.Read(false);
  }
  const Reply& head() const { return head_; }
  // The next event about an opinion: its id and its data.
  std::pair<std::string, json> Next() {
    for (int i = 0; i < 1000; ++i) {
      const std::string event = connection_.ReadUntil("\n\n");
      if (event.empty()) return {};
      const size_t data = event.find("data: ");
      if (data == std::string::npos) continue;
      const json message = json::parse(event.substr(data + 6));
      if (!message.contains("name")) continue;
      return {std::string(absl::StripPrefix(event.substr(0, data - 1), "id: ")), message};
    }
    return {};
  }
  Connection& connection() { return connection_; }

 private:
  Connection connection_;
  Reply head_;
};

TEST_F(OverHttp, AWatchGoesOnWhereItWasLeft) {
  std::string id;
  {
    Watcher watcher(port(), Steward());
    ASSERT_EQ(watcher.head().status, 200);
    EXPECT_EQ(watcher.head().headers.at("content-type"), "text/event-stream");
    EXPECT_EQ(watcher.connection().ReadUntil(": heartbeat\n\n").empty(), false);
    const std::string first = Submit().at("opinion").at("name");
    const auto [first_id, event] = watcher.Next();
    EXPECT_EQ(event.at("name"), first);
    EXPECT_FALSE(first_id.empty());
    id = first_id;
  }
  const std::string second = Submit().at("opinion").at("name");
  const std::string third = Submit().at("opinion").at("name");
  Watcher again(port(), And(Steward(), {{"Last-Event-ID", id}}));
  EXPECT_EQ(again.Next().second.at("name"), second);
  EXPECT_EQ(again.Next().second.at("name"), third);
}

TEST_F(OverHttp, AMatterIsFollowedMergedUnmergedAnsweredAndOpenedAgain) {
  const auto post = [](const std::string& path, const Headers& who, const json& body = json::object()) {
    const Reply reply =
        Request(port(), "POST", path, And(who, {{"Idempotency-Key", RequestId()}}), body.dump());
    EXPECT_EQ(reply.status, 200) << path << ": " << reply.body;
    return reply.status == 200 ? json::parse(reply.body) : json::object();
  };
  const auto said_by = [&](const std::string& subject) {
    return "/v1/" + post("/v1/opinions", Resident(subject), json::parse(Submission()))
                        .at("opinion")
                        .at("name")
                        .get<std::string>();
  };
  const Headers staff = {{"Authorization", Bearer(api::v1::ROLE_COMMUNITY_STAFF, "340111400", "staff")}};
  const std::string path = said_by("first");
  const std::string again = said_by("second");
  const Reply too_early = Request(port(), "POST", path + ":follow",
                                  And(Resident("neighbour"), {{"Idempotency-Key", RequestId()}}), "{}");
  EXPECT_EQ(too_early.status, 403);

  // The second one is followed in the first; its reporter hears of it, and so does a neighbour who follows.
  Watcher second(port(), Resident("second"), "mine=true&following=true");
  ASSERT_EQ(second.head().status, 200);
  ASSERT_FALSE(second.connection().ReadUntil(": heartbeat\n\n").empty());
  post(again + ":merge", Steward(), {{"into", path.substr(4)}});
  ASSERT_EQ(Triage(path).status, 200);
  post(path + ":follow", Resident("neighbour"));
  EXPECT_EQ(second.Next().second.at("state"), "OPINION_STATE_DUPLICATE");
  std::string state;
  for (int i = 0; i < 3 && state != "OPINION_STATE_TRIAGED"; ++i) {
    const json event = second.Next().second;
    EXPECT_EQ("/v1/" + event.at("name").get<std::string>(), path);
    state = event.at("state");
  }
  EXPECT_EQ(state, "OPINION_STATE_TRIAGED");
  const Reply timeline = Request(port(), "GET", path + ":timeline", Resident("second"));
  ASSERT_EQ(timeline.status, 200) << timeline.body;
  EXPECT_EQ(json::parse(timeline.body).at("steps").back().at("what"), "TRIAGED");
  EXPECT_EQ(Request(port(), "GET", path + ":timeline", Resident("somebody-else")).status, 403);

  // Taken out again it is followed no more.
  EXPECT_EQ(post(again + ":unmerge", Steward()).at("state"), "OPINION_STATE_RECEIVED");
  EXPECT_EQ(Request(port(), "GET", path + ":timeline", Resident("second")).status, 403);

  // Answered, not to the reporter's satisfaction, opened again, and done.
  const json done = {
      {"outcome", "OPINION_OUTCOME_FIXED"}, {"answer", "已清理"}, {"publicAnswer", "当天清理"}};
  post(path + ":start", Steward());
  post(path + ":resolve", Steward(), done);
  const json objected =
      post(path + ":giveFeedback", Resident("first"),
           {{"feedback", {{"satisfaction", "SATISFACTION_UNSATISFIED"}, {"text", "又堆上了"}}}});
  EXPECT_EQ(objected.at("state"), "OPINION_STATE_REOPEN_REQUESTED");
  post(path + ":decideReopen", staff, {{"accept", true}, {"reasonCode", "NEW_FACTS"}});
  post(path + ":start", Steward());
  post(path + ":resolve", Steward(), done);
  EXPECT_EQ(post(path + ":giveFeedback", Resident("first"),
                 {{"feedback", {{"satisfaction", "SATISFACTION_SATISFIED"}}}})
                .at("state"),
            "OPINION_STATE_CLOSED");
  const Reply followed = Request(port(), "GET", path + ":timeline", Resident("neighbour"));
  EXPECT_EQ(json::parse(followed.body).at("state"), "OPINION_STATE_CLOSED");
  post(path + ":unfollow", Resident("neighbour"));
  EXPECT_EQ(Request(port(), "GET", path + ":timeline", Resident("neighbour")).status, 403);
}

TEST_F(OverHttp, AWatchThatIsRefusedHasItsStatus) {
  EXPECT_EQ(Watcher(port(), {}).head().status, 401);
  EXPECT_EQ(Watcher(port(), {{"Authorization", "Bearer abc"}}).head().status, 401);
}

}  // namespace
}  // namespace firstfloor::gateway
