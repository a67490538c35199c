// What every method of the suite promises, read from the protos: who may call it, what it takes, where it is
// over HTTP.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/privacy/erase.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "tests/support/methods.h"
#include "tests/support/requests.h"
#include "tests/support/wrongs.h"

namespace firstfloor {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using testing::Wrongs;

const std::vector<const MethodDescriptor*>& Methods() {
  static const auto* const methods = [] {
    auto* all = new std::vector<const MethodDescriptor*>;
    for (const ServiceDescriptor* service : testing::AllServices()) {
      for (int i = 0; i < service->method_count(); ++i) all->push_back(service->method(i));
    }
    return all;
  }();
  return *methods;
}

TEST(Descriptors, AreAllFound) { EXPECT_GE(Methods().size(), 20u); }

TEST(Descriptors, SayWhoMayCallEveryMethod) {
  Wrongs wrongs;
  for (const MethodDescriptor* method : Methods()) {
    const api::v1::Access& access = testing::AccessOf(*method);
    if (access.grants().empty() && access.services().empty() && !access.anonymous()) {
      wrongs.Add(method->full_name(), "nobody may call it");
    }
    if (access.anonymous() && !access.grants().empty()) {
      wrongs.Add(method->full_name(), "anonymous, so its grants mean nothing");
    }
    for (const api::v1::Grant& grant : access.grants()) {
      if (grant.relation() == api::v1::RELATION_UNSPECIFIED) wrongs.Add(method->full_name(), "no relation");
      if (grant.roles().empty()) wrongs.Add(method->full_name(), "a grant to nobody");
      for (const int role : grant.roles()) {
        if (role == api::v1::ROLE_UNSPECIFIED) wrongs.Add(method->full_name(), "a grant to no role");
      }
    }
  }
}

TEST(Descriptors, NameAnAreaThatTheRequestHas) {
  Wrongs wrongs;
  for (const MethodDescriptor* method : Methods()) {
    const std::string& area = testing::AccessOf(*method).area();
    if (area.empty()) continue;
    const Descriptor* type = method->input_type();
    const FieldDescriptor* field = nullptr;
    for (const std::string& part : std::vector<std::string>(absl::StrSplit(area, '.'))) {
      field = type == nullptr ? nullptr : type->FindFieldByName(part);
      type = field == nullptr ? nullptr : field->message_type();
    }
    if (field == nullptr || testing::OptionsOf(*field).pattern() != api::v1::PATTERN_AREA) {
      wrongs.Add(method->full_name(), absl::StrCat(area, " is no area of the request"));
    }
  }
}

struct Route {
  std::string verb;
  std::string path;
  std::string body;
};

Route RouteOf(const MethodDescriptor& method) {
  const google::api::HttpRule& rule = method.options().GetExtension(google::api::http);
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      return {"GET", rule.get(), rule.body()};
    case google::api::HttpRule::kPost:
      return {"POST", rule.post(), rule.body()};
    case google::api::HttpRule::kPatch:
      return {"PATCH", rule.patch(), rule.body()};
    case google::api::HttpRule::kDelete:
      return {"DELETE", rule.delete_(), rule.body()};
    case google::api::HttpRule::kPut:
      return {"PUT", rule.put(), rule.body()};
    default:
      return {};
  }
}

TEST(Descriptors, GiveEveryMethodItsPlaceOverHttp) {
  Wrongs wrongs;
  for (const MethodDescriptor* method : Methods()) {
    const Route route = RouteOf(*method);
    const bool imports = method->client_streaming();
    if (imports != route.verb.empty()) {
      wrongs.Add(method->full_name(), imports ? "an import cannot be had over HTTP" : "no google.api.http");
    }
    if (route.verb == "PUT") wrongs.Add(method->full_name(), "PUT is not used");
    if ((route.verb == "GET" || route.verb == "DELETE") && !route.body.empty()) {
      wrongs.Add(method->full_name(), route.verb + " with a body");
    }
    const bool updates =
        route.verb == "PATCH" && method->input_type()->FindFieldByName(route.body) != nullptr;
    if ((route.verb == "POST" || route.verb == "PATCH") && route.body != "*" && !updates) {
      wrongs.Add(method->full_name(), "the body must be \"*\", or of a PATCH the resource");
    }
    if (!route.verb.empty() && !absl::StartsWith(route.path, "/v1/")) {
      wrongs.Add(method->full_name(), "its path is not under /v1/");
    }
    if (method->server_streaming() && route.verb != "GET")
      wrongs.Add(method->full_name(), "a stream is a GET");
  }
}

TEST(Descriptors, GiveNoPlaceOverHttpTwice) {
  Wrongs wrongs;
  for (const ServiceDescriptor* service : testing::AllServices()) {
    std::set<std::string> seen;
    for (const MethodDescriptor* method : testing::MethodsOf(testing::ProgramOf(*service))) {
      const Route route = RouteOf(*method);
      if (!route.verb.empty() && !seen.insert(route.verb + " " + route.path).second) {
        wrongs.Add(method->full_name(), absl::StrCat(route.verb, " ", route.path, " is taken"));
      }
    }
  }
}

TEST(Descriptors, NameRequestsAfterTheirMethod) {
  Wrongs wrongs;
  for (const MethodDescriptor* method : Methods()) {
    if (method->input_type()->name() != method->name() + "Request") {
      wrongs.Add(method->full_name(), "takes a " + method->input_type()->name());
    }
  }
}

// Calls `visit` with every field that a caller of the method can set.
void VisitSettable(const Descriptor* type, const std::string& path, std::set<const Descriptor*>& open,
                   const std::function<void(const std::string&, const FieldDescriptor&)>& visit) {
  if (testing::IsWellKnown(type) || !open.insert(type).second) return;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (testing::OptionsOf(*field).output_only()) continue;
    const std::string here = absl::StrCat(path, ".", field->name());
    visit(here, *field);
    if (field->message_type() != nullptr && !field->is_map()) {
      VisitSettable(field->message_type(), here, open, visit);
    }
  }
  open.erase(type);
}

void VisitAllSettable(const std::function<void(const std::string&, const FieldDescriptor&)>& visit) {
  for (const MethodDescriptor* method : Methods()) {
    std::set<const Descriptor*> open;
    VisitSettable(method->input_type(), method->full_name(), open, visit);
  }
}

TEST(Descriptors, BoundEveryTextAndListOfARequest) {
  Wrongs wrongs;
  VisitAllSettable([&](const std::string& path, const FieldDescriptor& field) {
    const api::v1::Field& option = testing::OptionsOf(field);
    if (field.is_map()) return wrongs.Add(path, "a map, whose keys and values have no bounds");
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && option.max_len() <= 0) {
      wrongs.Add(path, "no max_len");
    }
    if (field.is_repeated() && option.max_items() <= 0) wrongs.Add(path, "no max_items");
    if (option.has_min() && option.has_max() && option.min() > option.max())
      wrongs.Add(path, "min above max");
  });
}

// An address is logged by every proxy on its way, and kept by browsers.
TEST(Descriptors, PutNothingPersonalIntoAnAddress) {
  Wrongs wrongs;
  for (const MethodDescriptor* method : Methods()) {
    if (method->options().GetExtension(google::api::http).get().empty()) continue;
    std::set<const Descriptor*> open;
    VisitSettable(method->input_type(), method->full_name(), open,
                  [&](const std::string& path, const FieldDescriptor& field) {
                    if (testing::OptionsOf(field).personal()) wrongs.Add(path, "personal, and part of a GET");
                  });
  }
}

// The validator checks these and no others.
TEST(Descriptors, UseNumbersThatAreChecked) {
  static const auto* const checked = new std::set<FieldDescriptor::CppType>{
      FieldDescriptor::CPPTYPE_INT32, FieldDescriptor::CPPTYPE_INT64,  FieldDescriptor::CPPTYPE_BOOL,
      FieldDescriptor::CPPTYPE_ENUM,  FieldDescriptor::CPPTYPE_STRING, FieldDescriptor::CPPTYPE_MESSAGE};
  Wrongs wrongs;
  VisitAllSettable([&](const std::string& path, const FieldDescriptor& field) {
    const bool fraction = field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE && !field.is_repeated();
    if (checked->count(field.cpp_type()) == 0 && !fraction) wrongs.Add(path, "a number that nothing checks");
  });
}

TEST(Descriptors, GiveAFieldOnlyOptionsThatMeanSomething) {
  Wrongs wrongs;
  VisitAllSettable([&](const std::string& path, const FieldDescriptor& field) {
    const api::v1::Field& option = testing::OptionsOf(field);
    const bool text = field.type() == FieldDescriptor::TYPE_STRING;
    if (option.pattern() != api::v1::PATTERN_UNSPECIFIED && !text)
      wrongs.Add(path, "a form of what is no text");
    if (option.pattern() == api::v1::PATTERN_UUID && option.max_len() < 36) wrongs.Add(path, "no UUID fits");
    if (option.pattern() == api::v1::PATTERN_NAME && option.collection().empty()) {
      wrongs.Add(path, "a name of any collection");
    }
    if (!option.collection().empty() && option.pattern() != api::v1::PATTERN_NAME) {
      wrongs.Add(path, "a collection without PATTERN_NAME");
    }
    if (option.max_len() > 0 && field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
      wrongs.Add(path, "a length of what is no text");
    }
    if (option.max_items() > 0 && !field.is_repeated()) wrongs.Add(path, "items of what is no list");
  });
}

TEST(Descriptors, LetEveryMutationBeSentAgain) {
  Wrongs wrongs;
  for (const MethodDescriptor* method : Methods()) {
    // Lets time pass; doing it again finds nothing left to do.
    if (testing::IsRead(*method) || method->name() == "AdvanceTimers") continue;
    // A record of the request would tell when it came. The token that is spent takes its place.
    if (method->name() == "AnswerAnonymously") continue;
    const FieldDescriptor* id = method->input_type()->FindFieldByName("request_id");
    if (id == nullptr) {
      wrongs.Add(method->full_name(), "no request_id");
      continue;
    }
    const api::v1::Field& option = testing::OptionsOf(*id);
    if (option.pattern() != api::v1::PATTERN_UUID) wrongs.Add(method->full_name(), "request_id is no UUID");
    // Of an import only the first message carries it.
    if (!option.required() && !method->client_streaming()) {
      wrongs.Add(method->full_name(), "request_id is not required");
    }
  }
}

// A message that is stored and read again by its name.
bool IsResource(const Descriptor& type) {
  return type.FindFieldByName("name") != nullptr && type.FindFieldByName("etag") != nullptr &&
         type.FindFieldByName("create_time") != nullptr;
}

// Calls `visit` with every message of the protos.
void VisitMessages(const std::function<void(const Descriptor&)>& visit) {
  std::set<const google::protobuf::FileDescriptor*> files;
  for (const MethodDescriptor* method : Methods()) {
    files.insert(method->input_type()->file());
    files.insert(method->output_type()->file());
  }
  const std::set<const google::protobuf::FileDescriptor*> direct = files;
  for (const auto* file : direct) {
    for (int i = 0; i < file->dependency_count(); ++i) files.insert(file->dependency(i));
  }
  for (const auto* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) visit(*file->message_type(i));
  }
}

TEST(Descriptors, LetEveryPersonBeFoundWhoseDataIsErased) {
  Wrongs wrongs;
  int resources = 0;
  VisitMessages([&](const Descriptor& type) {
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const api::v1::Field& option = testing::OptionsOf(field);
      const bool text = field.type() == FieldDescriptor::TYPE_STRING;
      if (option.subject() && (!text || !option.personal())) {
        wrongs.Add(field.full_name(), "a subject that is no personal text");
      }
      const bool named = option.subject() || !option.collection().empty() ||
                         (field.message_type() != nullptr && privacy::NamesPeople(field.message_type()));
      if (option.owner() && !named) wrongs.Add(field.full_name(), "an owner who is not named");
      if (text && field.name() == "subject" && option.personal() && !option.subject() &&
          !absl::EndsWith(type.name(), "Request")) {
        wrongs.Add(field.full_name(), "people are not found by it");
      }
    }
    if (!IsResource(type) || !privacy::NamesPeople(&type)) return;
    ++resources;
    const FieldDescriptor* erase_time = type.FindFieldByName("erase_time");
    if (erase_time == nullptr || erase_time->message_type() != google::protobuf::Timestamp::descriptor()) {
      wrongs.Add(type.full_name(), "names people and has no erase_time");
    }
  });
  EXPECT_GE(resources, 13);
}

TEST(Descriptors, PageEveryList) {
  Wrongs wrongs;
  for (const MethodDescriptor* method : Methods()) {
    if (!absl::StartsWith(method->name(), "List")) continue;
    for (const char* field : {"page_size", "page_token"}) {
      if (method->input_type()->FindFieldByName(field) == nullptr) {
        wrongs.Add(method->full_name(), absl::StrCat("no ", field));
      }
    }
    if (method->output_type()->FindFieldByName("next_page_token") == nullptr) {
      wrongs.Add(method->full_name(), "no next_page_token");
    }
  }
}

// A row of protos/calls.csv between two programs.
struct DrawnCall {
  std::string caller;
  std::string callee;
  std::string method;  // its full name; of the gateway: words
};

constexpr char kGateway[] = "gateway";
constexpr char kLog[] = "firstfloor.events.v1.";  // every program serves it

const std::set<std::string>& Programs() {
  static const auto* const programs =
      new std::set<std::string>{"outreach", "opinion", "deliberation", "volunteer", "exchange", kGateway};
  return *programs;
}

std::vector<DrawnCall> DrawnCalls() {
  std::vector<DrawnCall> calls;
  std::ifstream file(FIRSTFLOOR_SOURCE_DIR "/protos/calls.csv");
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "caller,callee,port,what") << "protos/calls.csv";
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    if (line.empty() || absl::StartsWith(line, "#")) continue;
    if (cells.size() != 4) {
      ADD_FAILURE() << "protos/calls.csv: " << line;
      continue;
    }
    const bool between = Programs().count(cells[0]) > 0 && Programs().count(cells[1]) > 0;
    if (between) calls.push_back({cells[0], cells[1], cells[3]});
  }
  return calls;
}

bool IsDrawn(const std::vector<DrawnCall>& drawn, const std::string& caller, const std::string& callee,
             const std::string& method) {
  return std::any_of(drawn.begin(), drawn.end(), [&](const DrawnCall& call) {
    return call.caller == caller && call.callee == callee && call.method == method;
  });
}

TEST(Descriptors, AllowTheCallsThatTheDrawingShowsAndNoOthers) {
  Wrongs wrongs;
  const std::vector<DrawnCall> drawn = DrawnCalls();
  for (const MethodDescriptor* method : Methods()) {
    const std::string callee = testing::ProgramOf(*method->service());
    for (const std::string& caller : testing::AccessOf(*method).services()) {
      if (Programs().count(caller) == 0) wrongs.Add(method->full_name(), "no such program: " + caller);
      if (absl::StartsWith(method->full_name(), kLog)) continue;
      if (!IsDrawn(drawn, caller, callee, method->full_name())) {
        wrongs.Add(method->full_name(), caller + " is allowed, and calls.csv does not show it");
      }
    }
  }
}

TEST(Descriptors, AllowWhateverTheDrawingShows) {
  Wrongs wrongs;
  std::set<std::string> seen;
  for (const DrawnCall& call : DrawnCalls()) {
    const std::string where = absl::StrCat(call.caller, " → ", call.callee, " ", call.method);
    if (!seen.insert(where).second) wrongs.Add(where, "drawn twice");
    if (call.caller == kGateway) continue;
    const MethodDescriptor* method =
        google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(call.method);
    if (method == nullptr) {
      wrongs.Add(where, "no such method");
      continue;
    }
    const bool served =
        absl::StartsWith(call.method, kLog) || testing::ProgramOf(*method->service()) == call.callee;
    if (!served) wrongs.Add(where, "another program serves it");
    const auto& services = testing::AccessOf(*method).services();
    if (std::find(services.begin(), services.end(), call.caller) == services.end()) {
      wrongs.Add(where, "drawn, and the method does not allow it");
    }
  }
}

// The log's methods name the same callers for the logs of all programs: whoever reads one of them by one of
// the methods may use all of them there, and who is named reads one.
TEST(Descriptors, KnowTheCallersOfEveryLog) {
  Wrongs wrongs;
  const std::vector<DrawnCall> drawn = DrawnCalls();
  std::set<std::pair<std::string, std::string>> readers;
  for (const DrawnCall& call : drawn) {
    if (absl::StartsWith(call.method, kLog)) readers.emplace(call.caller, call.callee);
  }
  for (const MethodDescriptor* method : Methods()) {
    if (!absl::StartsWith(method->full_name(), kLog)) continue;
    for (const std::string& caller : testing::AccessOf(*method).services()) {
      bool reads = false;
      for (const auto& [reader, callee] : readers) {
        if (reader != caller) continue;
        reads = true;
        if (!IsDrawn(drawn, caller, callee, method->full_name())) {
          wrongs.Add(method->full_name(), absl::StrCat(caller, " → ", callee, " is not in calls.csv"));
        }
      }
      if (!reads) wrongs.Add(method->full_name(), caller + " is allowed and reads no log");
    }
  }
}

// It has no right of its own: no method names it, and what it may reach is what people may call.
TEST(Descriptors, LetTheGatewayReachEveryProgramThatPeopleCallAndNoOther) {
  std::set<std::string> called_by_people;
  Wrongs wrongs;
  for (const MethodDescriptor* method : Methods()) {
    const api::v1::Access& access = testing::AccessOf(*method);
    for (const std::string& caller : access.services()) {
      if (caller == kGateway) wrongs.Add(method->full_name(), "lets the gateway call for itself");
    }
    const std::string callee = testing::ProgramOf(*method->service());
    const bool over_http = !RouteOf(*method).verb.empty();
    if (over_http && (access.anonymous() || !access.grants().empty())) called_by_people.insert(callee);
  }
  called_by_people.erase("events");  // every program serves its own
  std::set<std::string> reached;
  for (const DrawnCall& call : DrawnCalls()) {
    if (call.caller == kGateway) reached.insert(call.callee);
    if (call.callee == kGateway) wrongs.Add(call.caller, "nobody calls the gateway");
  }
  EXPECT_EQ(reached, called_by_people);
}

}  // namespace
}  // namespace firstfloor
