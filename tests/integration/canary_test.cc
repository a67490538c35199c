// Personal data stays where it belongs: a canary in every personal field of every request is found in no log,
// no event, no Redis, no metric, no error text, and not in plain text in the files of the database.
#include "tests/integration/canary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/redis/client.h"
#include "common/telemetry/admin_client.h"
#include "common/testing/process.h"
#include "google/protobuf/text_format.h"
#include "tests/support/methods.h"
#include "tests/support/programs.h"
#include "tests/support/requests.h"

namespace firstfloor {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using testing::Canaries;
using testing::Programs;

constexpr char kCommunity[] = "340111400";
constexpr int kRounds = 8;
constexpr int kLastRounds = 2;

// What the request of a method says beyond what any valid request says, or instead, where it is a list.
// $PUBLIC stands for a text that is not personal, which the search must find, $NOW for the seconds of the
// clock.
const std::map<std::string, std::string>& Additions() {
  static const auto* const additions = new std::map<std::string, std::string>{
      {"firstfloor.opinion.v1.OpinionService.SubmitOpinion",
       "opinion { channel: OPINION_CHANNEL_STEWARD_DESK public_summary: '$PUBLIC' }"},
      {"firstfloor.opinion.v1.OpinionService.ImportOpinions", "opinion { external_number: '1' }"},
      {"firstfloor.opinion.v1.OpinionService.TriageOpinion", "category: 'ENVIRONMENT.GREENING'"},
      {"firstfloor.opinion.v1.CampaignService.CreateCampaign",
       "campaign { schedule { rule: 'FREQ=DAILY;COUNT=3' first_day: '2090-01-01' } }"},
      {"firstfloor.opinion.v1.SurveyService.CreateSurvey",
       "survey { area: '340111400' window { start_time { seconds: $NOW } } "
       "questions { code: 'WORDS' kind: SURVEY_QUESTION_KIND_TEXT text: 'x' } }"},
      {"firstfloor.opinion.v1.SurveyService.UpdateSurvey",
       "window { start_time { seconds: $NOW } } "
       "questions { code: 'WORDS' kind: SURVEY_QUESTION_KIND_TEXT text: 'x' }"},
      {"firstfloor.opinion.v1.SurveyService.AnswerSurvey", "answers { question: 'WORDS' text: 'x' }"},
      {"firstfloor.deliberation.v1.CaseService.OpenCase",
       "case { sides { representative { display_name: 'x' } description: 'x' } "
       "sides { representative { display_name: 'x' } description: 'x' } }"},
  };
  return *additions;
}

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

// Ends something, after which little can be done with it.
bool IsLast(const MethodDescriptor& method) {
  for (const char* verb :
       {"Cancel", "Close", "Complete", "Decline", "End", "Finish", "Leave", "Merge", "Reject", "Retire",
        "Return", "Suspend", "Transfer", "Withdraw", "Conclude", "Delete"}) {
    if (absl::StartsWith(method.name(), verb)) return true;
  }
  return false;
}

std::vector<auth::RoleInArea> AllRoles() {
  std::vector<auth::RoleInArea> roles;
  for (int role = api::v1::Role_MIN + 1; role <= api::v1::Role_MAX; ++role) {
    roles.push_back({static_cast<api::v1::Role>(role), kCommunity});
  }
  return roles;
}

// Notes every "collection/uuid" in fields called `name`.
void NoteNames(const Message& message, std::map<std::string, std::string>& names) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated()) {
      NoteNames(message.GetReflection()->GetMessage(message, field), names);
    } else if (field->name() == "name" && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
               !field->is_repeated()) {
      const std::string name = message.GetReflection()->GetString(message, field);
      const size_t slash = name.find('/');
      if (slash != std::string::npos && name.size() == slash + 37) names[name.substr(0, slash)] = name;
    }
  }
}

// Clears the lists of `message` that `patch` sets.
void ClearLists(const Message& patch, Message& message) {
  std::vector<const FieldDescriptor*> fields;
  patch.GetReflection()->ListFields(patch, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated()) {
      message.GetReflection()->ClearField(&message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      ClearLists(patch.GetReflection()->GetMessage(patch, field),
                 *message.GetReflection()->MutableMessage(&message, field));
    }
  }
}

// Calls everything there is, with a canary in every personal field.
class Caller {
 public:
  Caller(Programs& programs, Canaries& canaries, std::string public_text)
      : programs_(programs),
        canaries_(canaries),
        public_text_(std::move(public_text)),
        token_(programs.Token(AllRoles(), canaries.Text("subject of the token"))),
        other_token_(programs.Token(AllRoles(), canaries.Text("subject of the other token"))) {}

  // Every second round in another order, so that different moves find a thing in a state that allows them.
  // What ends things is called in the last rounds only.
  void CallEverything() {
    for (round_ = 0; round_ < kRounds; ++round_) {
      for (const std::string& program : Programs::Names()) {
        std::vector<const MethodDescriptor*> methods = testing::MethodsOf(program);
        std::mt19937 order(static_cast<unsigned>(round_));
        if (round_ % 2 == 1) std::shuffle(methods.begin(), methods.end(), order);
        for (const MethodDescriptor* method : methods) {
          if (IsLast(*method) && round_ + kLastRounds < kRounds) continue;
          if (method->client_streaming()) {
            Import(program, *method);
          } else if (!method->server_streaming()) {
            Call(program, *method);
          }
        }
      }
    }
  }

  const std::set<std::string>& succeeded() const { return succeeded_; }
  const std::map<std::string, std::string>& refused() const { return refused_; }
  const std::vector<std::string>& errors() const { return errors_; }

 private:
  using Optional = testing::Filling::Optional;

  // Says as much as may be said at once.
  void Call(const std::string& program, const MethodDescriptor& method) {
    for (const Optional optional : {Optional::kAll, Optional::kPersonal, Optional::kNone}) {
      if (Ask(program, method, token_, optional)) break;
    }
    if (testing::IsRead(method)) Ask(program, method, other_token_, Optional::kNone);
  }

  std::unique_ptr<Message> Request(const MethodDescriptor& method, Optional optional) {
    std::unique_ptr<Message> request = testing::NewMessage(method.input_type());
    testing::Filling filling;
    filling.names = names_;
    filling.optional = optional;
    testing::FillValidly(*request, filling);
    // By turns for oneself and for another.
    const FieldDescriptor* behalf = method.input_type()->FindFieldByName("on_behalf_of");
    if (behalf != nullptr && round_ / 2 % 2 == 0) request->GetReflection()->ClearField(request.get(), behalf);
    const auto more = Additions().find(method.full_name());
    if (more != Additions().end()) {
      std::unique_ptr<Message> patch = testing::NewMessage(method.input_type());
      const std::string now = absl::StrCat(absl::ToUnixSeconds(absl::Now()));
      const std::string text = absl::StrReplaceAll(more->second, {{"$PUBLIC", public_text_}, {"$NOW", now}});
      EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, patch.get())) << more->first;
      ClearLists(*patch, *request);
      request->MergeFrom(*patch);
    }
    canaries_.Plant(*request);
    // By turns with the code of an opinion, and with one that is none.
    const FieldDescriptor* code = method.input_type()->FindFieldByName("receipt_code");
    if (code != nullptr && round_ % 2 == 1)
      request->GetReflection()->SetString(request.get(), code, receipt_);
    return request;
  }

  rpc::CallOptions Options(const std::string& token) const {
    rpc::CallOptions options;
    options.deadline = absl::Now() + absl::Seconds(20);
    options.token = token;
    return options;
  }

  bool Ask(const std::string& program, const MethodDescriptor& method, const std::string& token,
           Optional optional) {
    const std::unique_ptr<Message> reply = testing::NewMessage(method.output_type());
    const absl::Status status =
        programs_.client(program).Ask(method.full_name(), *Request(method, optional), *reply, Options(token));
    Note(method, status);
    NoteNames(*reply, names_);
    NoteReceipt(*reply);
    return status.ok();
  }

  // Whoever holds the code sees the matter: it is kept as a secret too.
  void NoteReceipt(const Message& reply) {
    const FieldDescriptor* field = reply.GetDescriptor()->FindFieldByName("receipt_code");
    if (field == nullptr) return;
    const std::string code = reply.GetReflection()->GetString(reply, field);
    if (code.empty()) return;
    receipt_ = code;
    canaries_.Watch("a receipt code", code);
    canaries_.Watch("a receipt code without hyphens", absl::StrReplaceAll(code, {{"-", ""}}));
  }

  void Import(const std::string& program, const MethodDescriptor& method) {
    const std::unique_ptr<Message> reply = testing::NewMessage(method.output_type());
    std::vector<std::unique_ptr<Message>> rows;
    for (const Optional optional : {Optional::kAll, Optional::kPersonal}) {
      rows.push_back(Request(method, optional));
    }
    size_t sent = 0;
    Note(method, programs_.client(program).Import(
                     method.full_name(),
                     [&]() -> const Message* { return sent == rows.size() ? nullptr : rows[sent++].get(); },
                     *reply, Options(token_)));
  }

  void Note(const MethodDescriptor& method, const absl::Status& status) {
    if (status.ok()) {
      succeeded_.insert(method.full_name());
    } else {
      errors_.push_back(status.ToString());
      refused_[method.full_name()] = status.ToString();
    }
  }

  Programs& programs_;
  Canaries& canaries_;
  const std::string public_text_;
  const std::string token_;
  const std::string other_token_;
  int round_ = 0;
  std::string receipt_;
  std::map<std::string, std::string> names_;
  std::set<std::string> succeeded_;
  std::map<std::string, std::string> refused_;
  std::vector<std::string> errors_;
};

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

// How far every log and every reader is.
std::string Positions(Programs& programs) {
  std::string positions;
  for (const std::string& program : Programs::Names()) {
    db::Connection connection(programs.mariadb().Root(program));
    const absl::StatusOr<db::Rows> rows = connection.Query(
        "SELECT CAST(COUNT(*) AS CHAR), CAST(IFNULL(MAX(seq), 0) AS CHAR) FROM event_log UNION ALL "
        "SELECT name, CAST(seq AS CHAR) FROM log_position");
    EXPECT_TRUE(rows.ok()) << rows.status();
    if (!rows.ok()) continue;
    for (const db::Row& row : *rows) absl::StrAppend(&positions, row.Text(0), " ", row.Text(1), "\n");
  }
  return positions;
}

// What follows from a change has followed when nothing moves any more.
void WaitUntilQuiet(Programs& programs) {
  std::string before;
  for (int attempt = 0; attempt < 20; ++attempt) {
    const std::string now = Positions(programs);
    if (now == before) return;
    before = now;
    absl::SleepFor(absl::Milliseconds(700));
  }
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
  Caller caller(programs, canaries, control.Text("public summary"));
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
