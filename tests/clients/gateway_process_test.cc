// The gateway as a program in front of the real opinion service: TLS, its end under load, crowds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/db/schema/migrations.h"
#include "common/testing/eventually.h"
#include "common/testing/place.h"
#include "common/testing/process.h"
#include "common/testing/suite.h"
#include "services/gateway/testing/http_client.h"
#include "services/opinion/furnish.h"
#include "tests/support/certificates.h"

namespace firstfloor::gateway {
namespace {

using firstfloor::testing::As;
using firstfloor::testing::Authority;
using firstfloor::testing::Eventually;
using firstfloor::testing::PrivateFolder;
using firstfloor::testing::Process;
using firstfloor::testing::RequestId;
using firstfloor::testing::ReservedPort;
using firstfloor::testing::Suite;
using nlohmann::json;
using testing::Connection;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using testing::Reply;
using testing::Request;

using Headers = std::map<std::string, std::string>;

constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kHost[] = " HTTP/1.1\r\nHost: localhost\r\n";

class GatewayProgram : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    suite_ = new Suite();
    suite_->Start({.name = "opinion", .migrations = schema::Migrations(), .furnish = opinion::Furnish});
  }
  static void TearDownTestSuite() { delete suite_; }

  // Starts the program on port(); ready when this returns.
  std::unique_ptr<Process> Start(const std::vector<std::string>& flags = {"--no_tls"}) {
    std::vector<std::string> argv = {
        FIRSTFLOOR_GATEWAY,
        "serve",
        absl::StrCat("--listen=127.0.0.1:", port()),
        "--admin=127.0.0.1:0",
        "--no_peer_tls",
        "--anonymous_rate_per_second=0",
        absl::StrCat("--peers=opinion=", suite_->SettingsFor("deliberation").peers.at("opinion"))};
    argv.insert(argv.end(), flags.begin(), flags.end());
    auto process = std::make_unique<Process>(argv, Process::Files{.output = folder_.path() + "/log"});
    EXPECT_TRUE(Eventually([this] { return Connection(port()).open(); }));
    return process;
  }

  int port() const { return port_.number(); }
  std::string path(const std::string& name) const { return absl::StrCat(folder_.path(), "/", name); }

  static Headers Bearer(api::v1::Role role, const std::string& subject) {
    return {{"Authorization",
             "Bearer " + suite_->Token(As{.role = role, .area = kBuilding, .subject = subject})}};
  }
  static Headers Resident() { return Bearer(api::v1::ROLE_RESIDENT, "resident"); }
  static Headers Steward() { return Bearer(api::v1::ROLE_STEWARD, "steward"); }
  static std::string Text(const Headers& headers) {
    std::string text;
    for (const auto& [name, value] : headers) absl::StrAppend(&text, name, ": ", value, "\r\n");
    return text;
  }

  // What Submit is answered.
  Reply TrySubmit(const std::string& key) const {
    Headers headers = Resident();
    headers["Idempotency-Key"] = key;
    return Request(port(), "POST", "/v1/opinions", headers,
                   json({{"opinion",
                          {{"area", kBuilding},
                           {"channel", "OPINION_CHANNEL_APP"},
                           {"kind", "OPINION_KIND_PROBLEM"},
                           {"text", "楼道的灯坏了"}}}})
                       .dump());
  }
  std::string Submit() const {
    const Reply reply = TrySubmit(RequestId());
    EXPECT_EQ(reply.status, 200) << reply.body;
    return json::parse(reply.body).at("opinion").at("name");
  }

  static Suite* suite_;
  PrivateFolder folder_;
  ReservedPort port_;
};

Suite* GatewayProgram::suite_ = nullptr;

// One that asks over and over, each time on a connection of its own, and takes no excuse but that nobody
// listens.
class Visitor {
 public:
  Visitor(int port, std::string request, std::string ca_file = "")
      : port_(port), ca_file_(std::move(ca_file)), request_(std::move(request)) {
    thread_ = std::thread([this] { Run(); });
  }
  void Stop() {
    stop_ = true;
    thread_.join();
  }
  int answered() const { return answered_; }
  int refused() const { return refused_; }
  // What it was answered instead of 200.
  const std::vector<int>& failures() const { return failures_; }

 private:
  void Run() {
    while (!stop_) {
      Connection connection(port_, ca_file_);
      if (connection.refused()) {
        ++refused_;
        absl::SleepFor(absl::Milliseconds(5));
        continue;
      }
      connection.Send(request_);
      const int status = connection.Read().status;
      if (status != 200) failures_.push_back(status);
      ++answered_;
    }
  }

  const int port_;
  const std::string ca_file_;
  const std::string request_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> answered_ = 0;
  std::atomic<int> refused_ = 0;
  std::vector<int> failures_;
  std::thread thread_;
};

class GatewayWithTls : public GatewayProgram {
 protected:
  GatewayWithTls() : authority_(path("authority")) { Certify(); }

  // Puts a fresh certificate where the program looks for it.
  void Certify() {
    authority_.Certify("next", "service/gateway");
    std::filesystem::rename(authority_.key("next"), path("gateway.key"));
    std::filesystem::rename(authority_.certificate("next"), path("gateway.crt"));
  }
  std::unique_ptr<Process> StartWithTls() {
    return Start({"--tls_cert_file=" + path("gateway.crt"), "--tls_key_file=" + path("gateway.key")});
  }
  // True if a whole answer comes, which is longer than a TLS record.
  static bool Answers(Connection& connection) {
    connection.Send(absl::StrCat("GET /openapi.json", kHost, "\r\n"));
    const Reply reply = connection.Read();
    return reply.status == 200 && reply.body.size() > 16'384 && json::accept(reply.body);
  }

  Authority authority_;
};

TEST_F(GatewayWithTls, ServesThoseWhoTrustItsAuthority) {
  const std::unique_ptr<Process> gateway = StartWithTls();
  Connection trusting(port(), authority_.certificate());
  ASSERT_TRUE(trusting.open());
  EXPECT_TRUE(Answers(trusting));
  const Authority other(path("other"));
  EXPECT_FALSE(Connection(port(), other.certificate()).open());
  EXPECT_EQ(Request(port(), "GET", "/openapi.json").status, 0);  // without TLS
}

TEST_F(GatewayWithTls, TakesANewCertificateWhileItServes) {
  const std::unique_ptr<Process> gateway = StartWithTls();
  Connection old(port(), authority_.certificate());
  EXPECT_TRUE(Answers(old));
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::thread visitor([&] {
    while (!stop) {
      Connection connection(port(), authority_.certificate());
      if (!Answers(connection)) ++failed;
    }
  });
  Certify();
  EXPECT_TRUE(
      Eventually([&] { return Connection(port(), authority_.certificate()).serial() != old.serial(); }));
  stop = true;
  visitor.join();
  EXPECT_EQ(failed, 0);
  EXPECT_TRUE(Answers(old));
}

TEST_F(GatewayWithTls, EndsWithoutCuttingAnybodyOff) {
  const std::unique_ptr<Process> gateway = StartWithTls();
  std::vector<std::unique_ptr<Visitor>> visitors;
  for (int i = 0; i < 4; ++i) {
    visitors.push_back(std::make_unique<Visitor>(port(), absl::StrCat("GET /openapi.json", kHost, "\r\n"),
                                                 authority_.certificate()));
  }
  absl::SleepFor(absl::Milliseconds(300));
  gateway->Signal(SIGTERM);
  EXPECT_EQ(gateway->Wait(), 0);
  for (const auto& visitor : visitors) {
    EXPECT_TRUE(Eventually([&] { return visitor->refused() > 0; }));
    visitor->Stop();
    EXPECT_GT(visitor->answered(), 0);
    EXPECT_THAT(visitor->failures(), IsEmpty());
  }
}

TEST_F(GatewayWithTls, KeepsItsCertificateWhileTheNewOneIsBroken) {
  const std::unique_ptr<Process> gateway = StartWithTls();
  const std::string serial = Connection(port(), authority_.certificate()).serial();
  std::filesystem::resize_file(path("gateway.crt"), 100);
  absl::SleepFor(absl::Seconds(2));
  EXPECT_EQ(Connection(port(), authority_.certificate()).serial(), serial);
  Certify();
  EXPECT_TRUE(Eventually([&] { return Connection(port(), authority_.certificate()).serial() != serial; }));
}

// A client of a stream that never says goodbye, to which TLS would wait for ever.
TEST_F(GatewayWithTls, EndsStreamsOfClientsThatDoNotAnswer) {
  const std::unique_ptr<Process> gateway = StartWithTls();
  Connection watch(port(), authority_.certificate());
  watch.Send(absl::StrCat("GET /v1/opinions:watch?area=", kBuilding, kHost, Text(Steward()), "\r\n"));
  ASSERT_EQ(watch.Read(false).status, 200);
  const absl::Time start = absl::Now();
  gateway->Signal(SIGTERM);
  EXPECT_EQ(gateway->Wait(), 0);
  EXPECT_LT(absl::Now() - start, absl::Seconds(10)) << "the grace is twice as long";
}

struct Told {
  std::vector<std::string> names;  // of the opinions
  std::string cursor;
};

// What a stream that has ended told, event by event.
Told ReadStream(const std::string& text) {
  Told told;
  for (const std::string& event : std::vector<std::string>(absl::StrSplit(text, "\n\n", absl::SkipEmpty()))) {
    for (const std::string& line : std::vector<std::string>(absl::StrSplit(event, '\n'))) {
      if (line.substr(0, 4) == "id: ") told.cursor = line.substr(4);
      if (line.substr(0, 6) != "data: ") continue;
      const json message = json::parse(line.substr(6));
      if (message.contains("name")) told.names.push_back(message.at("name"));
    }
  }
  return told;
}

class Ending : public GatewayProgram {
 protected:
  std::unique_ptr<Connection> Watch(const std::string& cursor = "") const {
    auto watch = std::make_unique<Connection>(port());
    watch->Send(absl::StrCat("GET /v1/opinions:watch?area=", kBuilding, kHost, Text(Steward()),
                             cursor.empty() ? "" : absl::StrCat("Last-Event-ID: ", cursor, "\r\n"), "\r\n"));
    EXPECT_EQ(watch->Read(false).status, 200);
    return watch;
  }
};

TEST_F(Ending, LosesNoRequestAndNoEvent) {
  std::unique_ptr<Process> gateway = Start();
  const std::string name = Submit();
  const std::string get = absl::StrCat("GET /v1/", name, kHost, Text(Resident()), "\r\n");
  std::vector<std::unique_ptr<Connection>> watches;
  for (int i = 0; i < 20; ++i) watches.push_back(Watch());
  std::vector<std::unique_ptr<Visitor>> visitors;
  for (int i = 0; i < 6; ++i) visitors.push_back(std::make_unique<Visitor>(port(), get));
  std::vector<std::string> submitted = {Submit(), Submit()};
  // A call that is under way when the end comes: the row is held for longer than that takes.
  db::Connection holder(suite_->database("opinion"));
  ASSERT_TRUE(holder.ExecuteText("START TRANSACTION").ok());
  ASSERT_TRUE(holder.Query("SELECT * FROM opinion FOR UPDATE").ok());
  Reply triaged;
  std::thread slow([&] {
    Headers headers = Steward();
    headers["Idempotency-Key"] = RequestId();
    triaged = Request(port(), "POST", absl::StrCat("/v1/", submitted[0], ":triage"), headers,
                      R"({"category": "ENVIRONMENT.CORRIDOR", "publicSummary": "照明"})");
  });
  absl::SleepFor(absl::Milliseconds(500));

  gateway->Signal(SIGTERM);
  std::vector<Told> told;
  for (const auto& watch : watches) {
    const std::string text = watch->ReadToEnd();
    EXPECT_THAT(text, EndsWith("\n\n"));
    told.push_back(ReadStream(text));
    EXPECT_NE(told.back().cursor, "");
  }
  EXPECT_TRUE(Eventually([this] { return Connection(port()).refused(); }));
  EXPECT_TRUE(gateway->running());  // for the call under way
  ASSERT_TRUE(holder.ExecuteText("ROLLBACK").ok());
  slow.join();
  EXPECT_EQ(triaged.status, 200) << triaged.body;
  EXPECT_EQ(gateway->Wait(), 0);
  for (const auto& visitor : visitors) {
    EXPECT_TRUE(Eventually([&] { return visitor->refused() > 0; }));
  }

  gateway = Start();
  submitted.push_back(Submit());
  absl::SleepFor(absl::Milliseconds(200));
  for (const auto& visitor : visitors) {
    visitor->Stop();
    EXPECT_GT(visitor->answered(), 0);
    EXPECT_THAT(visitor->failures(), IsEmpty());
  }
  for (Told& one : told) {
    const std::unique_ptr<Connection> watch = Watch(one.cursor);
    std::string text;
    while (text.find(submitted.back()) == std::string::npos) {
      const std::string more = watch->ReadUntil("\n\n");
      ASSERT_FALSE(more.empty());
      text += more;
    }
    const Told rest = ReadStream(text);
    one.names.insert(one.names.end(), rest.names.begin(), rest.names.end());
    // Two were submitted before the end, one was triaged, one submitted after it: all in one piece. The one
    // before the watch began may have got its place in the log after it.
    one.names.erase(std::remove(one.names.begin(), one.names.end(), name), one.names.end());
    EXPECT_EQ(one.names, (std::vector<std::string>{submitted[0], submitted[1], submitted[0], submitted[2]}));
  }
}

TEST_F(Ending, BeginsNoStream) {
  const std::unique_ptr<Process> gateway = Start({"--no_tls", "--grace=20s"});
  Connection connection(port());
  connection.Send(absl::StrCat("GET /v1/nothing", kHost, "\r\n"));
  EXPECT_EQ(connection.Read().status, 404);
  const absl::Time start = absl::Now();
  gateway->Signal(SIGTERM);
  absl::SleepFor(absl::Milliseconds(400));
  connection.Send(absl::StrCat("GET /v1/opinions:watch?area=", kBuilding, kHost, Text(Steward()), "\r\n"));
  const Reply reply = connection.Read();
  EXPECT_EQ(reply.status, 503) << reply.body;
  EXPECT_EQ(reply.headers.count("retry-after"), 1u);
  EXPECT_EQ(gateway->Wait(), 0);
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
}

TEST_F(Ending, WaitsForNobodyWhoIsSilent) {
  const std::unique_ptr<Process> gateway = Start({"--no_tls", "--grace=20s"});
  Connection silent(port());
  Connection idle(port());
  idle.Send(absl::StrCat("GET /v1/nothing", kHost, "\r\n"));
  EXPECT_EQ(idle.Read().status, 404);
  const absl::Time start = absl::Now();
  gateway->Signal(SIGTERM);
  EXPECT_EQ(gateway->Wait(), 0);
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

TEST_F(Ending, IsInOrderHoweverSoonItComes) {
  for (int i = 0; i < 20; ++i) {
    const std::unique_ptr<Process> gateway = Start({"--no_tls", "--threads=1"});
    gateway->Signal(SIGTERM);
    EXPECT_EQ(gateway->Wait(), 0);
  }
}

TEST_F(GatewayProgram, AnswersAThousandAtOnce) {
  constexpr int kCrowd = 1000;
  const std::unique_ptr<Process> gateway = Start();
  const std::string get = absl::StrCat("GET /v1/", Submit(), kHost, Text(Resident()), "\r\n");
  std::vector<std::unique_ptr<Connection>> crowd;
  for (int i = 0; i < kCrowd; ++i) {
    crowd.push_back(std::make_unique<Connection>(port()));
    ASSERT_TRUE(crowd.back()->open()) << i;
  }
  for (const auto& one : crowd) one->Send(get);
  int answered = 0;
  for (const auto& one : crowd) answered += one->Read(true, absl::Seconds(20)).status == 200 ? 1 : 0;
  EXPECT_EQ(answered, kCrowd);
}

}  // namespace
}  // namespace firstfloor::gateway
