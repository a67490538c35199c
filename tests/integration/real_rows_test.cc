// Who may call a method for a row that is there: tried with rows that one person has made in one community,
// by somebody who has every role in another community, and by a stranger in the same one. A row that is not
// there is answered PERMISSION_DENIED too, so that only real rows tell whether anybody looks at them.
#include "tests/integration/real_rows.h"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/support/calls.h"
#include "tests/support/methods.h"
#include "tests/support/programs.h"
#include "tests/support/requests.h"
#include "tests/support/wrongs.h"

namespace firstfloor {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using testing::Wrongs;

// What a method answers instead of PERMISSION_DENIED.
enum class Instead {
  kNothing,   // OK, and there is nothing in the answer
  kNotFound,  // that the caller has none, whether or not others do
  kAccepted,  // the caller may, as it documents
};
struct Exception {
  Instead instead = Instead::kNothing;
  std::string why;
};
using Exceptions = std::map<std::string, Exception>;

// Methods that name no row and no area, and why.
const std::map<std::string, std::string>& WithoutRows() {
  static const auto* const without = new std::map<std::string, std::string>{
      {"firstfloor.outreach.v1.EnrolmentService.ListMyEnrolments", "about the caller alone"},
      {"firstfloor.opinion.v1.FollowService.ListMyFollowedOpinions", "about the caller alone"},
      {"firstfloor.volunteer.v1.VolunteerService.GetMyVolunteer", "about the caller alone"},
  };
  return *without;
}

// Itself, or in what it is to make: "opinion.area".
bool NamesAnArea(const MethodDescriptor& method) {
  if (!testing::AccessOf(method).area().empty()) return true;
  const google::protobuf::Descriptor& request = *method.input_type();
  if (request.FindFieldByName("area") != nullptr) return true;
  for (int i = 0; i < request.field_count(); ++i) {
    const google::protobuf::Descriptor* made = request.field(i)->message_type();
    if (made != nullptr && made->FindFieldByName("area") != nullptr) return true;
  }
  return false;
}

bool Fits(Instead instead, const absl::Status& got, const Message& reply) {
  switch (instead) {
    case Instead::kNothing:
      return got.ok() && reply.ByteSizeLong() == 0;
    case Instead::kNotFound:
      return absl::IsNotFound(got);
    case Instead::kAccepted:
      return got.ok();
  }
  return false;
}

// Expects of every method for which there is a token that it denies the caller, unless it is an exception.
void ExpectDenied(const std::function<std::string(const MethodDescriptor&)>& token_for,
                  const Exceptions& exceptions, int at_least) {
  Wrongs wrongs;
  int on_rows = 0;
  std::set<std::string> met;
  testing::ForEveryMethod([&](const std::string& program, const MethodDescriptor& method) {
    const std::string token = token_for(method);
    if (token.empty()) return;
    const std::unique_ptr<Message> request = RealRows::RequestFor(program, method);
    if (RealRows::NamesRealRows(program, *request)) {
      ++on_rows;
    } else if (!NamesAnArea(method) && WithoutRows().count(method.full_name()) == 0) {
      wrongs.Add(method.full_name(), "was tried on no real row");
    }
    const std::unique_ptr<Message> reply = testing::NewMessage(method.output_type());
    const absl::Status got =
        testing::CallOnce(RealRows::programs().client(program), method, *request, token, *reply);
    const auto exception = exceptions.find(method.full_name());
    if (exception == exceptions.end()) {
      if (!absl::IsPermissionDenied(got)) wrongs.Add(method, reply->ShortDebugString(), got);
      return;
    }
    met.insert(method.full_name());
    if (!Fits(exception->second.instead, got, *reply)) {
      wrongs.Add(method, absl::StrCat("not ", exception->second.why, " ", reply->ShortDebugString()), got);
    }
  });
  for (const auto& [method, exception] : exceptions) {
    if (met.count(method) == 0) wrongs.Add(method, "is an exception that was not met");
  }
  EXPECT_GE(on_rows, at_least);
  std::cout << on_rows << " methods tried on real rows\n";
}

TEST_F(RealRows, AreThereForEveryCollectionThatARequestNames) {
  EXPECT_TRUE(caller().stuck().empty()) << absl::StrJoin(caller().stuck(), "\n");
  Wrongs wrongs;
  testing::ForEveryMethod([&](const std::string& program, const MethodDescriptor& method) {
    for (int i = 0; i < method.input_type()->field_count(); ++i) {
      const std::string& collections = testing::OptionsOf(*method.input_type()->field(i)).collection();
      if (collections.empty()) continue;
      const std::string first = std::vector<std::string>(absl::StrSplit(collections, ',')).front();
      if (caller().Names(program).count(first) == 0) wrongs.Add(method.full_name(), "no " + first);
    }
  });
}

// Whoever made them may have them: what is denied to others is not denied for want of a row.
TEST_F(RealRows, AreSeenByWhoeverMadeThem) {
  Wrongs wrongs;
  int seen = 0;
  testing::ForEveryMethod([&](const std::string& program, const MethodDescriptor& method) {
    if (method.client_streaming() || method.server_streaming() || !testing::IsRead(method)) return;
    const std::unique_ptr<Message> request = RealRows::RequestFor(program, method);
    if (!NamesRealRows(program, *request)) return;
    ++seen;
    const absl::Status got = testing::CallOnce(programs().client(program), method, *request, caller().token(),
                                               *testing::NewMessage(method.output_type()));
    if (absl::IsPermissionDenied(got)) wrongs.Add(method, "the row is not there", got);
  });
  EXPECT_GE(seen, 20);
}

// ---- every role, in another community ----

// What these say is about the caller alone, whoever it is.
const Exceptions& ForEverybody() {
  static const auto* const exceptions = new Exceptions{
      {"firstfloor.outreach.v1.EnrolmentService.ListMyEnrolments",
       {Instead::kNothing, "about the caller alone"}},
      {"firstfloor.opinion.v1.FollowService.ListMyFollowedOpinions",
       {Instead::kNothing, "about the caller alone"}},
      {"firstfloor.opinion.v1.SurveyService.GetMySurveyResponse",
       {Instead::kNotFound, "about the caller alone"}},
  };
  return *exceptions;
}

// Only services call the others, which other tests refuse to people.
bool ServesPeople(const MethodDescriptor& method) { return !testing::AccessOf(method).grants().empty(); }

TEST_F(RealRows, AreDeniedToEveryRoleInAnotherCommunity) {
  const std::string token = programs().Token(testing::AllRoles(kElsewhere), "somebody-elsewhere");
  ExpectDenied([&](const MethodDescriptor& method) { return ServesPeople(method) ? token : ""; },
               ForEverybody(), 150);
}

// ---- a stranger, for what is somebody's own ----

// The roles that a method serves only for what is one's own.
std::vector<auth::RoleInArea> RolesForOnesOwn(const api::v1::Access& access) {
  std::set<int> own;
  std::set<int> any;
  for (const api::v1::Grant& grant : access.grants()) {
    std::set<int>& roles = grant.relation() == api::v1::RELATION_ANY ? any : own;
    roles.insert(grant.roles().begin(), grant.roles().end());
  }
  std::vector<auth::RoleInArea> roles;
  for (const int role : own) {
    if (any.count(role) == 0) roles.push_back({static_cast<api::v1::Role>(role), kCommunity});
  }
  return roles;
}

const Exceptions& ForStrangers() {
  static const auto* const exceptions = [] {
    auto* all = new Exceptions{
        {"firstfloor.opinion.v1.FindingService.ListHotTopics",
         {Instead::kAccepted, "for others of the community, who see what is public"}},
        {"firstfloor.opinion.v1.FindingService.SearchOpinions",
         {Instead::kAccepted, "for others of the community, who find by public summaries"}},
        {"firstfloor.opinion.v1.LedgerService.GetYouSaidWeDid",
         {Instead::kAccepted, "for everybody of the community"}},
    };
    all->insert(ForEverybody().begin(), ForEverybody().end());
    return all;
  }();
  return *exceptions;
}

TEST_F(RealRows, AreDeniedToAStrangerWhoseRolesServeForOnesOwnOnly) {
  ExpectDenied(
      [](const MethodDescriptor& method) {
        const std::vector<auth::RoleInArea> roles = RolesForOnesOwn(testing::AccessOf(method));
        return roles.empty() ? "" : programs().Token(roles, "a stranger");
      },
      ForStrangers(), 50);
}

// "Mine" is the caller's, whatever the caller may see besides.
TEST_F(RealRows, AreNotListedAsAStrangersOwn) {
  Wrongs wrongs;
  int listed = 0;
  const std::string token = RealRows::programs().Token(testing::AllRoles(kCommunity), "a stranger");
  testing::ForEveryMethod([&](const std::string& program, const MethodDescriptor& method) {
    const auto* mine = method.input_type()->FindFieldByName("mine");
    if (mine == nullptr || method.server_streaming()) return;
    ++listed;
    const std::unique_ptr<Message> request = RealRows::RequestFor(program, method);
    request->GetReflection()->SetBool(request.get(), mine, true);
    const std::unique_ptr<Message> reply = testing::NewMessage(method.output_type());
    const absl::Status got =
        testing::CallOnce(RealRows::programs().client(program), method, *request, token, *reply);
    if (!Fits(Instead::kNothing, got, *reply)) wrongs.Add(method, reply->ShortDebugString(), got);
  });
  EXPECT_GE(listed, 3);
}

}  // namespace
}  // namespace firstfloor
