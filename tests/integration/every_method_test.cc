// What holds for every method of the suite, tried on the running programs from the descriptors alone: who may
// call, and what a request may hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/error/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tests/support/calls.h"
#include "tests/support/methods.h"
#include "tests/support/programs.h"
#include "tests/support/requests.h"
#include "tests/support/wrongs.h"

namespace firstfloor {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using testing::AccessOf;
using testing::AllRoles;
using testing::Filling;
using testing::ForEveryMethod;
using testing::Mutant;
using testing::NewMessage;
using testing::Programs;
using testing::Wrongs;

constexpr char kCommunity[] = "340111400";
constexpr char kElsewhere[] = "340104400";

bool IsGranted(const api::v1::Access& access, int role) {
  return std::any_of(access.grants().begin(), access.grants().end(), [role](const api::v1::Grant& grant) {
    return std::find(grant.roles().begin(), grant.roles().end(), role) != grant.roles().end();
  });
}

bool ListsService(const api::v1::Access& access, const std::string& name) {
  return std::find(access.services().begin(), access.services().end(), name) != access.services().end();
}

class EveryMethod : public ::testing::Test {
 protected:
  using RowCounts = std::map<std::string, int64_t>;

  static void SetUpTestSuite() {
    programs_ = new Programs;
    programs_->StartAll();
  }
  static void TearDownTestSuite() {
    delete programs_;
    programs_ = nullptr;
  }

  void SetUp() override { rows_before_ = CountRows(); }

  // Whatever was tried, nobody fell and nothing was changed.
  void TearDown() override {
    for (const std::string& name : Programs::Names()) {
      EXPECT_TRUE(programs_->IsRunning(name)) << name;
      EXPECT_TRUE(programs_->IsReady(name)) << name;
    }
    EXPECT_EQ(CountRows(), rows_before_);
  }

  static RowCounts CountRows() {
    RowCounts counts;
    for (const std::string& program : Programs::Names()) {
      db::Connection connection(programs_->mariadb().Root(program));
      const absl::StatusOr<db::Rows> tables = connection.Query(
          "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME <> "
          "'log_position'",
          {program});
      EXPECT_TRUE(tables.ok()) << tables.status();
      for (const db::Row& table : *tables) {
        const std::string name = absl::StrCat("`", program, "`.`", table.Text(0), "`");
        const absl::StatusOr<db::Rows> count = connection.Query("SELECT COUNT(*) FROM " + name);
        EXPECT_TRUE(count.ok()) << count.status();
        counts[name] = count->front().Int(0);
      }
    }
    return counts;
  }

  static absl::Status Call(rpc::Client& client, const MethodDescriptor& method, const Message& request,
                           const std::string& token) {
    return testing::CallOnce(client, method, request, token, *NewMessage(method.output_type()));
  }

  static std::unique_ptr<Message> ValidRequest(const MethodDescriptor& method) {
    std::unique_ptr<Message> request = NewMessage(method.input_type());
    testing::FillValidly(*request, Filling{});
    // Of these, one or the other.
    if (method.full_name() == "firstfloor.volunteer.v1.SignUpService.ListSignUps") {
      request->GetReflection()->ClearField(request.get(), method.input_type()->FindFieldByName("volunteer"));
    }
    return request;
  }

  static void ExpectCode(
      absl::StatusCode expected, const std::string& what,
      const std::function<absl::Status(const std::string&, const MethodDescriptor&)>& call) {
    Wrongs wrongs;
    int called = 0;
    ForEveryMethod([&](const std::string& program, const MethodDescriptor& method) {
      if (AccessOf(method).anonymous()) return;
      ++called;
      const absl::Status got = call(program, method);
      if (got.code() != expected) wrongs.Add(method, what, got);
    });
    EXPECT_GT(called, 0);
  }

  static void ExpectTokenRefused(const std::string& what, const std::string& token) {
    Wrongs wrongs;
    // Methods for everybody refuse it too: who shows a token means to be somebody.
    ForEveryMethod([&](const std::string& program, const MethodDescriptor& method) {
      const absl::Status got = Call(programs_->client(program), method, *ValidRequest(method), token);
      if (got.code() != absl::StatusCode::kUnauthenticated) wrongs.Add(method, what, got);
    });
  }

  static Programs* programs_;
  RowCounts rows_before_;
};

Programs* EveryMethod::programs_ = nullptr;

TEST_F(EveryMethod, IsOneOfMany) {
  for (const std::string& program : Programs::Names()) {
    EXPECT_GE(testing::MethodsOf(program).size(), 5u) << program;
  }
}

TEST_F(EveryMethod, SaysNothingWithoutAnIdentity) {
  ExpectCode(absl::StatusCode::kUnauthenticated, "without a token",
             [](const std::string& program, const MethodDescriptor& method) {
               return Call(programs_->client(program), method, *ValidRequest(method), "");
             });
}

// ---- tokens that are no good ----

auth::Identity Staff() {
  auth::Identity identity;
  identity.kind = auth::Identity::Kind::kPerson;
  identity.subject = "somebody";
  identity.roles = AllRoles(kCommunity);
  return identity;
}

std::string Issued(const auth::Issuer& issuer, absl::Time now, absl::Time expires) {
  absl::StatusOr<std::string> token = issuer.Issue(Staff(), now, expires);
  EXPECT_TRUE(token.ok()) << token.status();
  return token.value_or("");
}

std::string IssuedBy(const std::string& signing_key, const std::string& issuer, const std::string& audience) {
  const auto other = auth::Issuer::Create(signing_key, issuer, audience);
  EXPECT_TRUE(other.ok()) << other.status();
  return Issued(**other, absl::Now(), absl::Now() + absl::Hours(1));
}

TEST_F(EveryMethod, RefusesATokenThatWasAltered) {
  std::string token = Issued(programs_->issuer(), absl::Now(), absl::Now() + absl::Hours(1));
  token[token.size() - 10] = token[token.size() - 10] == 'A' ? 'B' : 'A';
  ExpectTokenRefused("altered", token);
}

TEST_F(EveryMethod, RefusesATokenThatHasExpired) {
  ExpectTokenRefused("expired",
                     Issued(programs_->issuer(), absl::Now() - absl::Hours(2), absl::Now() - absl::Hours(1)));
}

TEST_F(EveryMethod, RefusesATokenForOthers) {
  ExpectTokenRefused("other audience", IssuedBy(programs_->folder() + "/signing.jwk", Programs::IssuerName(),
                                                "somewhere-else"));
}

TEST_F(EveryMethod, RefusesATokenOfAnotherIssuer) {
  ExpectTokenRefused("other issuer",
                     IssuedBy(programs_->folder() + "/signing.jwk", "somebody-else", Programs::Audience()));
}

TEST_F(EveryMethod, RefusesATokenSignedWithAnotherKeyOfTheSameName) {
  const std::string folder = programs_->folder() + "/certificates";
  ASSERT_TRUE(auth::GenerateKeys(folder, "test-1").ok());
  ExpectTokenRefused("forged",
                     IssuedBy(folder + "/signing.jwk", Programs::IssuerName(), Programs::Audience()));
}

// The claims of a good token under a header of one's own choice.
std::string WithHeader(const std::string& good, const std::string& header, const std::string& signature) {
  const std::vector<std::string> parts = absl::StrSplit(good, '.');
  return absl::StrCat(absl::WebSafeBase64Escape(header), ".", parts.at(1), ".", signature);
}

TEST_F(EveryMethod, RefusesATokenThatIsNotSigned) {
  const std::string good = Issued(programs_->issuer(), absl::Now(), absl::Now() + absl::Hours(1));
  ExpectTokenRefused("alg none", WithHeader(good, R"({"alg":"none","typ":"JWT"})", ""));
  ExpectTokenRefused("alg none with a kid", WithHeader(good, R"({"alg":"none","kid":"test-1"})", ""));
}

TEST_F(EveryMethod, RefusesATokenThatChoosesItsAlgorithm) {
  const std::string good = Issued(programs_->issuer(), absl::Now(), absl::Now() + absl::Hours(1));
  ExpectTokenRefused("alg HS256", WithHeader(good, R"({"alg":"HS256","kid":"test-1","typ":"JWT"})",
                                             absl::WebSafeBase64Escape(std::string(32, 'k'))));
}

TEST_F(EveryMethod, RefusesWhatIsNoToken) {
  ExpectTokenRefused("rubbish", "rubbish");
  ExpectTokenRefused("very long", std::string(7000, 'x'));
}

// ---- people and services without the right ----

// Answers about the caller alone: everybody has such things, if none, wherever they are.
bool IsAboutTheCallerAlone(const MethodDescriptor& method) {
  return absl::StartsWith(method.name(), "ListMy") || absl::StartsWith(method.name(), "GetMy");
}

TEST_F(EveryMethod, DeniesEveryRoleThatIsHeldElsewhere) {
  const std::string token = programs_->Token(AllRoles(kElsewhere), "somebody-elsewhere");
  ExpectCode(absl::StatusCode::kPermissionDenied, "with every role in another area",
             [&](const std::string& program, const MethodDescriptor& method) {
               if (IsAboutTheCallerAlone(method)) return absl::PermissionDeniedError("may be allowed");
               return Call(programs_->client(program), method, *ValidRequest(method), token);
             });
}

TEST_F(EveryMethod, DeniesEveryRoleThatIsNotNamed) {
  for (int role = api::v1::Role_MIN + 1; role <= api::v1::Role_MAX; ++role) {
    const auto named = static_cast<api::v1::Role>(role);
    const std::string token = programs_->Token({{named, kCommunity}}, "somebody");
    ExpectCode(absl::StatusCode::kPermissionDenied, api::v1::Role_Name(named),
               [&](const std::string& program, const MethodDescriptor& method) {
                 if (IsGranted(AccessOf(method), role)) return absl::PermissionDeniedError("may be allowed");
                 return Call(programs_->client(program), method, *ValidRequest(method), token);
               });
  }
}

TEST_F(EveryMethod, DeniesEveryServiceThatIsNotNamed) {
  for (const std::string caller :
       {"outreach", "opinion", "deliberation", "volunteer", "gateway", "exchange", "stranger"}) {
    ExpectCode(absl::StatusCode::kPermissionDenied, "certificate of " + caller,
               [&](const std::string& program, const MethodDescriptor& method) {
                 if (ListsService(AccessOf(method), caller)) return absl::PermissionDeniedError("is allowed");
                 return Call(programs_->ClientAs(program, "service/" + caller), method, *ValidRequest(method),
                             "");
               });
  }
}

TEST_F(EveryMethod, DeniesTheCertificateOfAnotherDistrict) {
  ExpectCode(absl::StatusCode::kPermissionDenied, "certificate of a district",
             [](const std::string& program, const MethodDescriptor& method) {
               return Call(programs_->ClientAs(program, "district/340104"), method, *ValidRequest(method),
                           "");
             });
}

// ---- requests that break a rule ----

google::rpc::BadRequest ViolationsIn(const absl::Status& status) {
  google::rpc::BadRequest violations;
  const google::rpc::Status proto = error::ToProto(status);
  for (const auto& detail : proto.details()) {
    if (detail.Is<google::rpc::BadRequest>()) detail.UnpackTo(&violations);
  }
  return violations;
}

// The request's area, or what it is in.
bool IsOnTheWayToTheArea(const std::string& field, const std::string& area) {
  return field == area || absl::StartsWith(area, absl::StrCat(field, "."));
}

// The mutant's field is named, and nothing else: the rest of the request is as it should be.
bool IsRefusedFor(const absl::Status& status, const std::string& field) {
  if (status.code() != absl::StatusCode::kInvalidArgument) return false;
  const google::rpc::BadRequest bad = ViolationsIn(status);
  return bad.field_violations_size() > 0 &&
         std::all_of(bad.field_violations().begin(), bad.field_violations().end(),
                     [&](const auto& violation) { return violation.field() == field; });
}

TEST_F(EveryMethod, NamesTheFieldThatBreaksItsRule) {
  Wrongs wrongs;
  int tried = 0;
  ForEveryMethod([&](const std::string& program, const MethodDescriptor& method) {
    // The rows of an import are refused one by one, in its summary.
    if (method.client_streaming()) return;
    const api::v1::Access& access = AccessOf(method);
    const bool by_service = access.grants().empty() && !access.anonymous();
    rpc::Client& client = by_service ? programs_->ClientAs(program, "service/" + access.services(0))
                                     : programs_->client(program);
    const std::string token =
        by_service || access.anonymous() ? "" : programs_->Token(AllRoles(kCommunity), "staff");
    for (const Mutant& mutant : testing::MutantsOf(method.input_type(), Filling{})) {
      ++tried;
      const absl::Status got = Call(client, method, *mutant.request, token);
      // An area that is none is covered by nobody's role, which is looked at first.
      const bool denied = absl::IsPermissionDenied(got) && IsOnTheWayToTheArea(mutant.field, access.area());
      if (!denied && !IsRefusedFor(got, mutant.field)) {
        wrongs.Add(method, absl::StrCat(mutant.field, " ", mutant.what), got);
      }
    }
  });
  std::cout << tried << " requests with one field out of its bounds\n";
  EXPECT_GT(tried, 100);
}

}  // namespace
}  // namespace firstfloor
