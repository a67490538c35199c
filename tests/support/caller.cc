#include "tests/support/caller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "google/protobuf/text_format.h"
#include "tests/support/calls.h"
#include "tests/support/methods.h"
#include "tests/support/stories.h"

namespace firstfloor::testing {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr char kCommunity[] = "340111400";
constexpr int kRounds = 8;
constexpr int kLastRounds = 2;

// Ends something, after which little can be done with it.
bool IsLast(const MethodDescriptor& method) {
  for (const char* verb :
       {"Cancel", "Close", "Complete", "Decline", "End", "Finish", "Leave", "Merge", "Reject", "Retire",
        "Return", "Suspend", "Transfer", "Withdraw", "Conclude", "Delete"}) {
    if (absl::StartsWith(method.name(), verb)) return true;
  }
  return false;
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

// `path` is "opinion.reporter".
void Clear(const std::string& path, Message& message) {
  Message* at = &message;
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  for (size_t i = 0; i < parts.size(); ++i) {
    const FieldDescriptor* field = at->GetDescriptor()->FindFieldByName(parts[i]);
    ASSERT_NE(field, nullptr) << path << " is no field of " << message.GetDescriptor()->full_name();
    if (i + 1 == parts.size()) return at->GetReflection()->ClearField(at, field);
    at = at->GetReflection()->MutableMessage(at, field);
  }
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

}  // namespace

void WaitUntilQuiet(Programs& programs) {
  std::string before;
  for (int attempt = 0; attempt < 20; ++attempt) {
    const std::string now = Positions(programs);
    if (now == before) return;
    before = now;
    absl::SleepFor(absl::Milliseconds(700));
  }
}

Caller::Caller(Programs& programs, Person person, Hooks hooks, std::string public_text)
    : programs_(programs),
      hooks_(std::move(hooks)),
      public_text_(std::move(public_text)),
      token_(programs.Token(AllRoles(kCommunity), person.subject)),
      other_token_(programs.Token(AllRoles(kCommunity), person.other_subject)) {}

void Caller::CallEverything() {
  for (round_ = 0; round_ < kRounds; ++round_) {
    for (const std::string& program : Programs::Names()) {
      std::vector<const MethodDescriptor*> methods = MethodsOf(program);
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

void Caller::TellStories() {
  for (const Step& step : Stories()) {
    const MethodDescriptor* method = DescriptorPool::generated_pool()->FindMethodByName(step.method);
    ASSERT_NE(method, nullptr) << step.method;
    const std::string program = ProgramOf(*method->service());
    std::unique_ptr<Message> request = Filled(program, *method, Filling::Optional::kPersonal);
    for (const absl::string_view path : absl::StrSplit(step.leaves_out, ' ', absl::SkipEmpty())) {
      Clear(std::string(path), *request);
    }
    Say(step.says, *request);
    if (hooks_.sending) hooks_.sending(*request);
    ShowReceipt(*request);
    absl::SleepFor(step.pause);
    const absl::Status status = Send(program, *method, step.by_other ? other_token_ : token_, *request);
    if (!status.ok()) stuck_.push_back(absl::StrCat(step.method, ": ", status.ToString()));
  }
}

// Says as much as may be said at once.
void Caller::Call(const std::string& program, const MethodDescriptor& method) {
  using Optional = Filling::Optional;
  for (const Optional optional : {Optional::kAll, Optional::kPersonal, Optional::kNone}) {
    if (Ask(program, method, token_, optional)) break;
  }
  if (IsRead(method)) Ask(program, method, other_token_, Optional::kNone);
}

std::map<std::string, std::string> Caller::Names(const std::string& program) const {
  std::map<std::string, std::string> names = names_;
  const auto erasure = erasures_.find(program);
  if (erasure != erasures_.end()) names["erasures"] = erasure->second;
  return names;
}

// What `text` says, on top of what the request says already.
void Caller::Say(absl::string_view text, Message& request) const {
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  std::vector<std::pair<std::string, std::string>> words = {{"$PUBLIC", public_text_},
                                                            {"$NOW", absl::StrCat(now)},
                                                            {"$NEXT", absl::StrCat(now + 1)},
                                                            {"$SOON", absl::StrCat(now + 600)},
                                                            {"$LATER", absl::StrCat(now + 4200)}};
  for (const auto& [collection, name] : names_) words.emplace_back("$" + collection, name);
  const std::unique_ptr<Message> patch = NewMessage(request.GetDescriptor());
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(absl::StrReplaceAll(text, words), patch.get()))
      << request.GetDescriptor()->full_name() << " " << text;
  ClearLists(*patch, request);
  request.MergeFrom(*patch);
}

std::unique_ptr<Message> Caller::Filled(const std::string& program, const MethodDescriptor& method,
                                        Filling::Optional optional) const {
  std::unique_ptr<Message> request = NewMessage(method.input_type());
  Filling filling;
  filling.names = Names(program);
  filling.optional = optional;
  FillValidly(*request, filling);
  return request;
}

std::unique_ptr<Message> Caller::Request(const std::string& program, const MethodDescriptor& method,
                                         Filling::Optional optional) {
  std::unique_ptr<Message> request = Filled(program, method, optional);
  // By turns for oneself and for another.
  const FieldDescriptor* behalf = method.input_type()->FindFieldByName("on_behalf_of");
  if (behalf != nullptr && round_ / 2 % 2 == 0) request->GetReflection()->ClearField(request.get(), behalf);
  const auto more = Additions().find(method.full_name());
  if (more != Additions().end()) Say(more->second, *request);
  if (hooks_.sending) hooks_.sending(*request);
  // By turns with the code of an opinion, and with one that is none.
  if (round_ % 2 == 1) ShowReceipt(*request);
  return request;
}

bool Caller::Ask(const std::string& program, const MethodDescriptor& method, const std::string& token,
                 Filling::Optional optional) {
  return Send(program, method, token, *Request(program, method, optional)).ok();
}

absl::Status Caller::Send(const std::string& program, const MethodDescriptor& method,
                          const std::string& token, Message& request) {
  const std::unique_ptr<Message> reply = NewMessage(method.output_type());
  const absl::Status status =
      programs_.client(program).Ask(method.full_name(), request, *reply, OptionsOf(token));
  Note(method, status);
  if (!status.ok()) return status;
  NoteNames(program, *reply, false);
  NoteReceipt(*reply);
  if (hooks_.done) hooks_.done(method, token, request, *reply);
  return status;
}

void Caller::Import(const std::string& program, const MethodDescriptor& method) {
  const std::unique_ptr<Message> reply = NewMessage(method.output_type());
  std::vector<std::unique_ptr<Message>> rows;
  for (const Filling::Optional optional : {Filling::Optional::kAll, Filling::Optional::kPersonal}) {
    rows.push_back(Request(program, method, optional));
  }
  size_t sent = 0;
  Note(method, programs_.client(program).Import(
                   method.full_name(),
                   [&]() -> const Message* { return sent == rows.size() ? nullptr : rows[sent++].get(); },
                   *reply, OptionsOf(token_)));
}

// Notes every "collection/uuid" in fields called `name`; of lists only what is not known otherwise.
void Caller::NoteNames(const std::string& program, const Message& message, bool listed) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_map()) {
      const int size = field->is_repeated() ? reflection->FieldSize(message, field) : 0;
      for (int i = 0; i < size; ++i) {
        NoteNames(program, reflection->GetRepeatedMessage(message, field, i), true);
      }
      if (!field->is_repeated()) NoteNames(program, reflection->GetMessage(message, field), listed);
    } else if (field->name() == "name" && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
               !field->is_repeated()) {
      const std::string name = reflection->GetString(message, field);
      const size_t slash = name.find('/');
      if (slash == std::string::npos || name.size() != slash + 37) continue;
      const std::string collection = name.substr(0, slash);
      if (collection == "erasures") {
        erasures_[program] = name;
      } else if (!listed || names_.count(collection) == 0) {
        names_[collection] = name;
      }
    }
  }
}

void Caller::ShowReceipt(Message& request) const {
  const FieldDescriptor* code = request.GetDescriptor()->FindFieldByName("receipt_code");
  if (code != nullptr) request.GetReflection()->SetString(&request, code, receipt_);
}

void Caller::NoteReceipt(const Message& reply) {
  const FieldDescriptor* field = reply.GetDescriptor()->FindFieldByName("receipt_code");
  if (field == nullptr) return;
  const std::string code = reply.GetReflection()->GetString(reply, field);
  if (!code.empty()) receipt_ = code;
}

void Caller::Note(const MethodDescriptor& method, const absl::Status& status) {
  if (status.ok()) {
    succeeded_.insert(method.full_name());
  } else {
    errors_.push_back(status.ToString());
    refused_[method.full_name()] = status.ToString();
  }
}

}  // namespace firstfloor::testing
