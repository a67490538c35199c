// compare: the opinion program beside a bare server, in turns, on one machine and one database.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "bare.pb.h"
#include "common/testing/suite.h"
#include "google/protobuf/util/json_util.h"
#include "tests/bench/bare/script.h"
#include "tests/bench/compare/capture.h"
#include "tests/bench/compare/event_delay.h"
#include "tests/bench/compare/measure.h"
#include "tests/bench/compare/overload.h"
#include "tests/bench/compare/programs.h"
#include "tests/bench/load/http_load.h"
#include "tests/bench/load/load.h"

ABSL_FLAG(std::string, services, "", "folder of the suite's programs in the build, <it>/opinion/opinion");
ABSL_FLAG(std::string, bare_server, "", "the program bare_server");
ABSL_FLAG(std::string, rows, "start,get,get_db,submit,single,gateway,overload,get_tls,events",
          "what to measure");
ABSL_FLAG(int, rounds, 5, "rounds of a row; each measures both sides");
ABSL_FLAG(absl::Duration, measured, absl::Seconds(5), "time of one side in a round");
ABSL_FLAG(int, connections, 4, "connections");
ABSL_FLAG(int, in_flight, 32, "calls in flight");
ABSL_FLAG(int, workers, 8, "threads that wait for the database, of both");
ABSL_FLAG(int, hot, 20, "opinions that are read over and over");
ABSL_FLAG(int, hot_callers, 4, "callers that read them; the others' rows have 200");
ABSL_FLAG(bool, toy, false, "everything once and briefly, to see that it works");

namespace firstfloor::bench {
namespace {

using opinion::v1::Opinion;
using opinion::v1::SubmitOpinionRequest;
using opinion::v1::SubmitOpinionResponse;

constexpr char kGet[] = "/firstfloor.opinion.v1.OpinionService/GetOpinion";
constexpr char kSubmit[] = "/firstfloor.opinion.v1.OpinionService/SubmitOpinion";
constexpr char kSubmitName[] = "firstfloor.opinion.v1.OpinionService.SubmitOpinion";
constexpr char kGetName[] = "firstfloor.opinion.v1.OpinionService.GetOpinion";
constexpr char kCommunity[] = "340111400";
constexpr char kBuilding[] = "340111400001-CJ-07";
constexpr char kText[] = "7号楼东侧的路灯坏了好几天，晚上老人出行不安全，希望物业尽快派人来修。谢谢小管家！";
// So many that none of them meets its rate limit.
constexpr int kCallers = 200;
constexpr int kSeeds = 500;
// More than wait in a service's queue.
constexpr int kManyConnections = 900;
// Until who is asked too much has noticed it: what a burst does is another question.
constexpr absl::Duration kOverloadSettles = absl::Seconds(2);
// MB that a program may hold when nobody asks it anything; and on whatever machine the tests run, whose
// kernel may count otherwise.
constexpr double kMostIdle = 40, kMostIdleAnywhere = 45;

SubmitOpinionRequest NewSubmit() {
  SubmitOpinionRequest request;
  request.set_request_id(testing::RequestId());
  request.mutable_opinion()->set_area(kBuilding);
  request.mutable_opinion()->set_channel(opinion::v1::OPINION_CHANNEL_APP);
  request.mutable_opinion()->set_kind(opinion::v1::OPINION_KIND_PROBLEM);
  request.mutable_opinion()->set_text(kText);
  return request;
}

rpc::CallOptions As(const std::string& token) {
  rpc::CallOptions options;
  options.deadline = absl::Now() + absl::Seconds(10);
  options.token = token;
  return options;
}

class Bench {
 public:
  Bench()
      : settings_(suite_.SettingsFor("opinion")),
        opinion_(Binary("opinion")),
        certificates_(MakeCertificates(folder_.path(), settings_.trust_domain)) {
    for (const absl::string_view row : absl::StrSplit(absl::GetFlag(FLAGS_rows), ','))
      rows_.emplace_back(row);
    for (int i = 0; i < kCallers; ++i) {
      const std::string number = absl::StrCat(i);
      residents_.push_back(suite_.Token(
          testing::As{.role = api::v1::ROLE_RESIDENT, .area = kCommunity, .subject = "resident-" + number}));
      staff_.push_back(suite_.Token(testing::As{
          .role = api::v1::ROLE_COMMUNITY_STAFF, .area = kCommunity, .subject = "staff-" + number}));
    }
    settings_.allow_as_of = false;
    Migrate(opinion_, settings_.database, folder_.path());
    bare_database_ = suite_.mariadb().NewSchema("bare");
    Migrate(opinion_, bare_database_, folder_.path());
    RootSql(absl::StrCat("CREATE TABLE `", bare_database_.schema,
                         "`.bare_single (id BINARY(16) NOT NULL PRIMARY KEY, body MEDIUMBLOB NOT NULL)"));
  }

  void Run() {
    if (Wanted("start")) MeasureStarts();
    MeasurePlain();
    MeasureTls();
  }

 private:
  static std::string Binary(const std::string& program) {
    return absl::StrCat(absl::GetFlag(FLAGS_services), "/", program, "/", program);
  }

  bool Wanted(absl::string_view row) const {
    return std::find(rows_.begin(), rows_.end(), row) != rows_.end();
  }

  void RootSql(const std::string& sql) {
    db::Connection root(suite_.mariadb().Root());
    Must(root.ExecuteText(sql), sql);
  }

  std::unique_ptr<Server> StartOpinion(const rpc::TlsFiles& tls) {
    return Server::Start(opinion_, settings_, tls, folder_.path());
  }

  std::unique_ptr<Server> StartBare(bool tls) {
    std::vector<std::string> argv = DatabaseFlags(bare_database_, folder_.path());
    argv.insert(argv.begin(), absl::GetFlag(FLAGS_bare_server));
    argv.push_back(absl::StrCat("--workers=", absl::GetFlag(FLAGS_workers)));
    argv.push_back("--script_file=" + folder_.path() + "/script.json");
    argv.push_back(absl::StrCat("--get_reply_bytes=", get_reply_bytes_));
    argv.push_back(absl::StrCat("--submit_reply_bytes=", submit_reply_bytes_));
    if (tls) {
      argv.push_back("--tls_cert_file=" + certificates_.server.cert);
      argv.push_back("--tls_key_file=" + certificates_.server.key);
    }
    return Server::StartBare(argv, folder_.path());
  }

  void MeasureStarts() {
    std::cout << "\n| program | ready after, ms | resident when idle, MB |\n|---|---|---|\n";
    for (const std::string program : {"outreach", "opinion", "deliberation", "volunteer"}) {
      if (Content(Binary(program)).empty()) continue;
      program::Settings settings = program == "opinion" ? settings_ : suite_.SettingsFor(program);
      Migrate(Binary(program), settings.database, folder_.path());
      std::vector<double> ready;
      double resident = 0;
      for (int round = 0; round < absl::GetFlag(FLAGS_rounds); ++round) {
        const std::unique_ptr<Server> server = Server::Start(Binary(program), settings, {}, folder_.path());
        ready.push_back(absl::ToDoubleMilliseconds(server->ready_after()));
        absl::SleepFor(absl::Seconds(absl::GetFlag(FLAGS_toy) ? 0 : 2));
        resident = static_cast<double>(ResidentKilobytes(server->pid())) / 1024;
      }
      std::cout << "| " << program << " | " << Fixed(Median(ready), 0) << " | " << Fixed(resident, 1) << " |"
                << std::endl;
      const double most = absl::GetFlag(FLAGS_toy) ? kMostIdleAnywhere : kMostIdle;
      if (resident > most) Die(absl::StrCat(program, " holds more than ", most, " MB"));
    }
  }

  // Opinions to read, the statements of a Submit, and the sizes that the bare server imitates.
  void Prepare(const std::string& address) {
    rpc::Client client(address, {});
    const std::string log = suite_.mariadb().folder() + "/general.log";
    RootSql(absl::StrCat("SET GLOBAL general_log_file = '", log, "'"));
    std::vector<Done> done;
    for (int i = 0; i < kSeeds; ++i) {
      // The last ones by one caller, for the script: on every worker, and with all that is remembered by
      // then.
      const int logged = kSeeds - 4 * absl::GetFlag(FLAGS_workers);
      if (i == logged) RootSql("SET GLOBAL general_log = ON");
      const SubmitOpinionRequest request = NewSubmit();
      SubmitOpinionResponse reply;
      Must(client.Ask(kSubmitName, request, reply, As(residents_[i < logged ? i % kCallers : 0])), "seeding");
      done.push_back({reply.opinion().name(), request.request_id()});
      names_.push_back(reply.opinion().name());
      submit_reply_bytes_ = reply.ByteSizeLong();
    }
    RootSql("SET GLOBAL general_log = OFF");
    const std::vector<std::string> statements = LastTransaction(Content(log), "INSERT INTO `opinion`");
    if (statements.empty()) Die(absl::StrCat("no SubmitOpinion in the database's log ", log));
    db::Connection root(suite_.mariadb().Root(settings_.database.schema));
    script_ = Fill(statements, root, done[kSeeds - 1], done[kSeeds - 2]);
    Write(folder_.path() + "/script.json", ToJson(script_));
    RootSql(absl::StrCat("INSERT INTO `", bare_database_.schema, "`.opinion SELECT * FROM `",
                         settings_.database.schema, "`.opinion"));
    opinion::v1::GetOpinionRequest get;
    get.set_name(names_.front());
    Opinion opinion;
    Must(client.Ask(kGetName, get, opinion, As(staff_.front())), "reading");
    get_reply_bytes_ = opinion.ByteSizeLong();
  }

  Plan PlanOf(const std::string& method, const Server& server, bool tls) const {
    Plan plan;
    plan.address = server.address();
    if (tls) plan.tls = certificates_.client;
    plan.method = method;
    plan.connections = absl::GetFlag(FLAGS_connections);
    plan.in_flight = absl::GetFlag(FLAGS_in_flight);
    plan.warm_up = absl::GetFlag(FLAGS_measured) / 8;
    plan.measured = absl::GetFlag(FLAGS_measured);
    return plan;
  }

  Plan GetPlan(const Server& server, bool tls, bool strong) const {
    Plan plan = PlanOf(kGet, server, tls);
    plan.tokens = staff_;
    if (!strong)
      plan.tokens.resize(static_cast<size_t>(std::clamp(absl::GetFlag(FLAGS_hot_callers), 1, kCallers)));
    if (strong) plan.metadata = {{"firstfloor-consistency", "strong"}};
    const size_t read =
        strong ? names_.size() : static_cast<size_t>(std::clamp(absl::GetFlag(FLAGS_hot), 1, kSeeds));
    plan.request = [this, read](uint64_t n) {
      opinion::v1::GetOpinionRequest request;
      request.set_name(names_[n % read]);
      return request.SerializeAsString();
    };
    return plan;
  }

  Side OurGet(const Server& server, bool tls, bool strong) const {
    const Plan plan = GetPlan(server, tls, strong);
    return {"opinion Get", {server.pid()}, [plan] { return bench::Run(plan); }};
  }

  // Requests to the gateway, each on a connection of its own.
  static HttpPlan OverHttp(const Server& gateway) {
    HttpPlan plan;
    plan.port = gateway.port();
    plan.connections = absl::GetFlag(FLAGS_in_flight);
    plan.warm_up = absl::GetFlag(FLAGS_measured) / 8;
    plan.measured = absl::GetFlag(FLAGS_measured);
    return plan;
  }

  // The same as OurGet in JSON.
  Side GatewayGet(const Server& gateway, const Server& opinion) const {
    HttpPlan plan = OverHttp(gateway);
    plan.request = [this, tokens = GetPlan(opinion, false, false).tokens](uint64_t n) {
      return absl::StrCat("GET /v1/", names_[n % static_cast<size_t>(absl::GetFlag(FLAGS_hot))],
                          " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ", tokens[n % tokens.size()],
                          "\r\n\r\n");
    };
    return {"gateway Get", {gateway.pid(), opinion.pid()}, [plan] { return RunHttp(plan); }};
  }

  Side OurSubmit(const Server& server) const {
    Plan plan = PlanOf(kSubmit, server, false);
    plan.tokens = residents_;
    plan.request = [](uint64_t) { return NewSubmit().SerializeAsString(); };
    return {"opinion Submit", {server.pid()}, [plan] { return bench::Run(plan); }};
  }

  Side BareCall(const std::string& method, const Server& server, bool tls) const {
    Plan plan = PlanOf("/firstfloor.bench.Bare/" + method, server, tls);
    const size_t bytes = method == "Submit" || method == "Single" ? NewSubmit().ByteSizeLong() : 0;
    plan.request = [this, bytes](uint64_t n) {
      BareRequest request;
      if (bytes == 0) {
        request.set_name(names_[n % names_.size()]);
      } else {
        request.set_body(std::string(bytes, 'b'));
      }
      return request.SerializeAsString();
    };
    return {"bare " + method, {server.pid()}, [plan] { return bench::Run(plan); }};
  }

  static void Head() {
    std::cout << "\nours / bare\n\n| row | calls/s | ratio: median (range) | at least | CPU s/1,000 | CPU "
                 "ratio | p99 ms "
                 "| MariaDB CPU s/1,000 | statements a call | flushes a call |\n"
                 "|---|---|---|---|---|---|---|---|---|---|"
              << std::endl;
  }

  void MeasurePlain() {
    const std::unique_ptr<Server> ours = StartOpinion({});
    Prepare(ours->address());
    const std::unique_ptr<Server> bare = StartBare(false);
    std::cout << "\n"
              << script_.size() << " statements between START TRANSACTION and COMMIT of a Submit; reply of "
              << get_reply_bytes_ << " bytes (Get), " << submit_reply_bytes_ << " (Submit)\n";
    Head();
    if (Wanted("get")) {
      Compare({"Get, hot; echo", 0.70, OurGet(*ours, false, false), BareCall("Echo", *bare, false)},
              absl::GetFlag(FLAGS_rounds), database_);
    }
    if (Wanted("get_db")) {
      Compare({"Get, from the database; the same query", 0.80, OurGet(*ours, false, true),
               BareCall("Query", *bare, false)},
              absl::GetFlag(FLAGS_rounds), database_);
    }
    if (Wanted("submit")) {
      Compare(
          {"SubmitOpinion; the same statements", 0.85, OurSubmit(*ours), BareCall("Submit", *bare, false)},
          absl::GetFlag(FLAGS_rounds), database_);
    }
    if (Wanted("single")) {
      Compare({"SubmitOpinion; one durable row", 0, OurSubmit(*ours), BareCall("Single", *bare, false)},
              absl::GetFlag(FLAGS_rounds), database_);
    }
    if (Wanted("gateway")) MeasureGateway(*ours);
    if (Wanted("overload")) MeasureOverloads(*ours);
  }

  void MeasureGateway(const Server& opinion) {
    const std::unique_ptr<Server> gateway =
        Server::StartGateway(Binary("gateway"), opinion, {}, folder_.path());
    Compare({"Get, hot, in JSON through the gateway; by gRPC", 0.60, GatewayGet(*gateway, opinion),
             OurGet(opinion, false, false)},
            absl::GetFlag(FLAGS_rounds), database_);
  }

  // Submits, which cost much more than their refusal. (A Get costs hardly more than its refusal: three times
  // as many of them as can be answered cannot even be refused.)
  void MeasureOverloads(const Server& opinion) {
    const std::unique_ptr<Server> gateway =
        Server::StartGateway(Binary("gateway"), opinion, {}, folder_.path());
    PrintOverloadHead();
    Plan submit = PlanOf(kSubmit, opinion, false);
    submit.tokens = residents_;
    submit.request = [](uint64_t) { return NewSubmit().SerializeAsString(); };
    MeasureOverload({"SubmitOpinion",
                     [submit](double rate) {
                       Plan at = submit;
                       at.rate = rate;
                       at.warm_up += kOverloadSettles;
                       return bench::Run(at);
                     },
                     [submit] {
                       Plan at = submit;
                       at.tokens.clear();
                       return bench::Run(at);
                     },
                     {static_cast<int>(absl::StatusCode::kResourceExhausted)}});
    HttpPlan post = OverHttp(*gateway);
    post.request = [this](uint64_t n) { return HttpSubmit(residents_[n % residents_.size()]); };
    MeasureOverload({"the same in JSON through the gateway",
                     [post](double rate) {
                       HttpPlan at = post;
                       at.rate = rate;
                       at.warm_up += kOverloadSettles;
                       if (rate > 0) at.connections = kManyConnections;
                       return RunHttp(at);
                     },
                     [post] {
                       HttpPlan at = post;
                       at.request = [](uint64_t) { return HttpSubmit(""); };
                       return RunHttp(at);
                     },
                     {429}});
  }

  static std::string HttpSubmit(const std::string& token) {
    std::string body;
    if (!google::protobuf::util::MessageToJsonString(NewSubmit(), &body).ok()) Die("a submit cannot be JSON");
    return absl::StrCat("POST /v1/opinions HTTP/1.1\r\nHost: localhost\r\n",
                        token.empty() ? "" : absl::StrCat("Authorization: Bearer ", token, "\r\n"),
                        "Content-Type: application/json\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
  }

  void MeasureTls() {
    if (!Wanted("get_tls") && !Wanted("events")) return;
    const std::unique_ptr<Server> ours = StartOpinion(certificates_.server);
    if (Wanted("get_tls")) {
      const std::unique_ptr<Server> bare = StartBare(true);
      Warm(*ours);
      Compare({"Get, hot, TLS; echo, TLS", 0.75, OurGet(*ours, true, false), BareCall("Echo", *bare, true)},
              absl::GetFlag(FLAGS_rounds), database_);
    }
    if (Wanted("events")) MeasureEvents(*ours);
  }

  // Reads every opinion once.
  void Warm(const Server& server) const {
    Plan plan = GetPlan(server, true, false);
    plan.warm_up = absl::ZeroDuration();
    plan.measured = absl::Milliseconds(300);
    bench::Run(plan);
  }

  void MeasureEvents(const Server& server) {
    rpc::Client submitter(server.address(), certificates_.client);
    rpc::Client subscriber(server.address(), certificates_.service);
    std::cout << "\n| event after | events | p50 ms | p99 ms | p99 ms after the request | missing |\n"
                 "|---|---|---|---|---|---|\n";
    for (const double rate : {20.0, 200.0}) {
      const absl::Duration time = 2 * absl::GetFlag(FLAGS_measured);
      const EventDelay delay = MeasureEventDelay(submitter, subscriber, NewSubmit, residents_, rate, time);
      if (delay.missing > 0 || delay.after_answer.count() == 0) Die("events are missing");
      const auto ms = [](const Histogram& histogram, double quantile) {
        return Fixed(static_cast<double>(histogram.Quantile(quantile)) / 1e6, 1);
      };
      std::cout << "| the answer to Submit, at " << rate << "/s | " << delay.after_answer.count() << " | "
                << ms(delay.after_answer, 0.5) << " | " << ms(delay.after_answer, 0.99) << " | "
                << ms(delay.after_request, 0.99) << " | " << delay.missing << " |" << std::endl;
    }
  }

  testing::Suite suite_;
  Database database_{suite_.mariadb()};
  testing::PrivateFolder folder_;
  program::Settings settings_;
  const std::string opinion_;
  const Certificates certificates_;
  std::vector<std::string> rows_;
  std::vector<std::string> residents_;
  std::vector<std::string> staff_;
  db::Config bare_database_;
  std::vector<std::string> names_;
  Script script_;
  size_t get_reply_bytes_ = 0;
  size_t submit_reply_bytes_ = 0;
};

}  // namespace
}  // namespace firstfloor::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  if (absl::GetFlag(FLAGS_toy)) {
    absl::SetFlag(&FLAGS_rounds, 1);
    absl::SetFlag(&FLAGS_measured, absl::Milliseconds(300));
  }
  firstfloor::bench::Bench().Run();
  return 0;
}
