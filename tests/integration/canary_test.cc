// Personal data stays where it belongs: a canary in every personal field of every request is found in no log,
// no event, no Redis, no metric, no error text, and not in plain text in the files of the database.
#include "tests/integration/canary.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/redis/client.h"
#include "common/telemetry/admin_client.h"
#include "common/testing/process.h"
#include "tests/support/caller.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using testing::Caller;
using testing::Canaries;
using testing::Programs;

// What must have been carried out for the search to mean something.
const std::vector<std::string>& HappyPath() {
  static const auto* const path = new std::vector<std::string>{
      "firstfloor.opinion.v1.OpinionService.SubmitOpinion",
      "firstfloor.opinion.v1.OpinionService.TriageOpinion",
      "firstfloor.opinion.v1.StallService.PlanStall",
      "firstfloor.opinion.v1.RotationService.CommitRotation",
      "firstfloor.opinion.v1.CampaignService.CreateCampaign",
      "firstfloor.opinion.v1.BoxService.CreateBox",
      "firstfloor.opinion.v1.BoxService.OpenBox",
      "firstfloor.opinion.v1.HomeVisitService.PlanHomeVisit",
      "firstfloor.opinion.v1.HomeVisitService.RecordHomeVisit",
      "firstfloor.opinion.v1.SurveyService.AnswerSurvey",
      "firstfloor.deliberation.v1.OrderService.PlaceOrder",
      "firstfloor.deliberation.v1.CaseService.OpenCase",
      "firstfloor.volunteer.v1.VolunteerService.ApplyVolunteer",
      "firstfloor.volunteer.v1.ProjectService.ProposeProject",
      "firstfloor.outreach.v1.LecturerService.CreateLecturer",
      "firstfloor.outreach.v1.VenueService.CreateVenue",
  };
  return *path;
}

// Whoever holds the code sees the matter: it is kept as a secret too.
void WatchReceipt(const Message& reply, Canaries& canaries) {
  const auto* field = reply.GetDescriptor()->FindFieldByName("receipt_code");
  if (field == nullptr) return;
  const std::string code = reply.GetReflection()->GetString(reply, field);
  if (code.empty()) return;
  canaries.Watch("a receipt code", code);
  canaries.Watch("a receipt code without hyphens", absl::StrReplaceAll(code, {{"-", ""}}));
}

// Everything that is ever said to Redis, also what it has forgotten since.
class RedisTap {
 public:
  RedisTap(const redis::Config& config, std::string file) : file_(std::move(file)) {
    const size_t colon = config.endpoint.rfind(':');
    setenv("REDISCLI_AUTH", config.password.c_str(), 1);
    tap_ = std::make_unique<testing::Process>(
        std::vector<std::string>{"redis-cli", "-h", config.endpoint.substr(0, colon), "-p",
                                 config.endpoint.substr(colon + 1), "MONITOR"},
        testing::Process::Files{.output = file_});
    unsetenv("REDISCLI_AUTH");
  }
  std::string Stop() {
    tap_.reset();
    std::stringstream text;
    text << std::ifstream(file_).rdbuf();
    return text.str();
  }

 private:
  const std::string file_;
  std::unique_ptr<testing::Process> tap_;
};

void AppendAll(const redis::Reply& reply, std::string& text) {
  absl::StrAppend(&text, reply.text, "\n");
  for (const redis::Reply& element : reply.list) AppendAll(element, text);
}

// All keys with all values.
std::string ContentOf(redis::Client& redis) {
  static const auto* const readers = new std::map<std::string, std::vector<std::string>>{
      {"string", {"GET"}},   {"hash", {"HGETALL"}},           {"list", {"LRANGE", "0", "-1"}},
      {"set", {"SMEMBERS"}}, {"zset", {"ZRANGE", "0", "-1"}}, {"stream", {"XRANGE", "-", "+"}}};
  std::string text;
  std::string cursor = "0";
  do {
    const absl::StatusOr<redis::Reply> page = redis.Command({"SCAN", cursor, "COUNT", "1000"});
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) break;
    cursor = page->list.at(0).text;
    for (const redis::Reply& key : page->list.at(1).list) {
      const absl::StatusOr<redis::Reply> type = redis.Command({"TYPE", key.text});
      absl::StrAppend(&text, key.text, "\n");
      const auto reader = readers->find(type.ok() ? type->text : "");
      if (reader == readers->end()) continue;
      std::vector<std::string> command = reader->second;
      command.insert(command.begin() + 1, key.text);
      const absl::StatusOr<redis::Reply> value = redis.Command(command);
      if (value.ok()) AppendAll(*value, text);
    }
  } while (cursor != "0");
  return text;
}

std::string EventBodies(Programs& programs, const std::string& program) {
  db::Connection connection(programs.mariadb().Root(program));
  const absl::StatusOr<db::Rows> rows = connection.Query("SELECT subject, body FROM event_log");
  EXPECT_TRUE(rows.ok()) << rows.status();
  std::string bodies;
  if (!rows.ok()) return bodies;
  for (const db::Row& row : *rows) absl::StrAppend(&bodies, row.Text(0), row.Text(1), "\n");
  return bodies;
}

TEST(Canary, IsFoundWhereverItIs) {
  Canaries canaries;
  const std::string canary = canaries.Text("here");
  EXPECT_EQ(canaries.FoundIn("before " + canary + " after"), std::vector<std::string>{"here"});
  EXPECT_EQ(canaries.FoundIn("before " + absl::AsciiStrToUpper(canary)), std::vector<std::string>{"here"});
  EXPECT_TRUE(canaries.FoundIn("nothing of the kind").empty());
}

TEST(Canary, LeavesNoTraceOutsideOfSealedColumns) {
  Programs programs;
  Canaries canaries;
  RedisTap tap(programs.redis().config(), programs.folder() + "/monitor");
  programs.StartAll();

  Canaries control;
  Caller caller(programs,
                {.subject = canaries.Text("subject of the token"),
                 .other_subject = canaries.Text("subject of the other token")},
                {.sending = [&](Message& request) { canaries.Plant(request); },
                 .done = [&](const MethodDescriptor&, const std::string&, const Message&,
                             const Message& reply) { WatchReceipt(reply, canaries); }},
                control.Text("public summary"));
  caller.CallEverything();
  WaitUntilQuiet(programs);
  for (const std::string& method : HappyPath()) {
    const auto why = caller.refused().find(method);
    EXPECT_EQ(caller.succeeded().count(method), 1u)
        << method << ": " << (why == caller.refused().end() ? "was not called" : why->second);
  }
  std::cout << caller.succeeded().size() << " methods carried out, " << canaries.planted() << " canaries\n";
  if (std::getenv("FIRSTFLOOR_SHOW_REFUSED") != nullptr) {
    for (const auto& [method, why] : caller.refused()) {
      if (caller.succeeded().count(method) == 0) std::cout << "  " << method << ": " << why << "\n";
    }
  }

  const auto expect_none = [&](const std::string& where, const std::string& text, const std::string& known) {
    EXPECT_TRUE(absl::StrContains(text, known)) << where << " was not searched: " << text.size() << " bytes";
    const std::vector<std::string> found = canaries.FoundIn(text);
    EXPECT_TRUE(found.empty()) << where << ":\n" << absl::StrJoin(found, "\n");
  };
  expect_none("error texts", absl::StrJoin(caller.errors(), "\n"), "INVALID_ARGUMENT");
  for (const std::string& program : Programs::Names()) {
    expect_none("metrics of " + program, telemetry::HttpGet(programs.admin_port(program), "/metrics").body,
                "firstfloor_rpc_handled_total");
    expect_none("events of " + program, EventBodies(programs, program), "firstfloor.events.v1");
  }
  redis::Client redis(programs.redis().config());
  expect_none("Redis", ContentOf(redis), "");

  for (const std::string& program : Programs::Names()) {
    EXPECT_EQ(programs.Terminate(program), 0) << program;
    std::stringstream log;
    log << std::ifstream(programs.log_file(program)).rdbuf();
    expect_none("log of " + program, log.str(), "\"call\"");
  }
  expect_none("what was said to Redis", tap.Stop(), "OK");

  programs.ShutDownMariaDb();
  const std::vector<std::string> found = canaries.FoundBelow(programs.mariadb_data());
  EXPECT_TRUE(found.empty()) << "the database's files:\n" << absl::StrJoin(found, "\n");
  EXPECT_FALSE(control.FoundBelow(programs.mariadb_data()).empty()) << "the search finds nothing at all";
}

}  // namespace
}  // namespace firstfloor
