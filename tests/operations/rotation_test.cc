// Certificates, the authority, the keys of tokens and those of personal data change while calls go on, and
// none fails. As in k8s/README.md, step by step.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/auth/issuer.h"
#include "common/privacy/keyring.h"
#include "common/testing/eventually.h"
#include "firstfloor/events/v1/event_log_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "tests/operations/calls.h"
#include "tests/support/certificates.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using nlohmann::json;
using testing::Content;
using testing::Eventually;
using testing::Prober;
using testing::Programs;
using testing::Replace;

// Programs look for changed files every five seconds: for when it cannot be seen that they have noticed.
constexpr absl::Duration kNoticed = absl::Seconds(7);

class Rotation : public ::testing::Test {
 protected:
  Rotation() {
    programs_.Start("opinion");
    programs_.WaitUntilReady("opinion");
    token_ = testing::StaffToken(programs_);
    opinion_ = testing::Submit(programs_.client("opinion"), token_);
  }

  std::string file(const std::string& name) const { return programs_.folder() + "/" + name; }

  // A call over a connection of its own, from a client that trusts what stands in `ca`.
  absl::Status CallAnew(const std::string& ca, const std::string& token) {
    rpc::Client client(absl::StrCat("127.0.0.1:", programs_.port("opinion")),
                       rpc::TlsFiles{.cert = "", .key = "", .ca = ca});
    return testing::Get(client, opinion_.name(), token).status();
  }

  Programs programs_;
  std::string token_;
  opinion::v1::Opinion opinion_;
};

TEST_F(Rotation, OfTheAuthorityAndItsCertificatesFailsNoCall) {
  const std::string ca = programs_.ca_file();
  const std::string certificates = file("certificates");
  const testing::Authority next(file("next"));
  next.Certify("opinion", "service/opinion");
  const std::string old_ca = file("old-ca.crt");
  std::filesystem::copy_file(ca, old_ca);
  Prober anew([&] { return CallAnew(ca, token_); });
  Prober kept([&] { return testing::Get(programs_.client("opinion"), opinion_.name(), token_).status(); });

  // A peer shows who it is with a certificate.
  const auto is_peer = [&](const std::string& certificate, const std::string& key) {
    rpc::Client peer(absl::StrCat("127.0.0.1:", programs_.port("opinion")),
                     {.cert = certificate, .key = key, .ca = ca});
    events::v1::Head head;
    return peer
        .Ask("firstfloor.events.v1.EventLogService.GetHead", events::v1::GetHeadRequest(), head,
             testing::As("", absl::Seconds(5)))
        .ok();
  };
  next.Certify("deliberation", "service/deliberation");
  const auto is_new_peer = [&] {
    return is_peer(next.certificate("deliberation"), next.key("deliberation"));
  };
  const auto is_old_peer = [&] {
    return is_peer(certificates + "/deliberation.crt", certificates + "/deliberation.key");
  };
  EXPECT_TRUE(is_old_peer());
  EXPECT_FALSE(is_new_peer());

  // First everybody trusts both, then the certificates change, then the old authority goes.
  Replace(ca, Content(old_ca) + Content(next.certificate()));
  EXPECT_TRUE(Eventually(is_new_peer));
  EXPECT_TRUE(is_old_peer());
  EXPECT_TRUE(CallAnew(old_ca, token_).ok());
  Replace(certificates + "/opinion.key", Content(next.key("opinion")));
  Replace(certificates + "/opinion.crt", Content(next.certificate("opinion")));
  EXPECT_TRUE(Eventually([&] { return !CallAnew(old_ca, token_).ok(); }))
      << "the old certificate is still shown";
  EXPECT_TRUE(CallAnew(next.certificate(), token_).ok());
  Replace(ca, Content(next.certificate()));
  EXPECT_TRUE(Eventually([&] { return !is_old_peer(); })) << "the old authority still has a say";
  EXPECT_TRUE(is_new_peer());
  anew.Stop();
  kept.Stop();
  EXPECT_EQ(anew.failures(), 0) << anew.first_failure();
  EXPECT_EQ(kept.failures(), 0) << kept.first_failure();
  EXPECT_GT(anew.calls(), 100);
}

TEST_F(Rotation, OfTheKeysOfTokensFailsNoCall) {
  std::filesystem::create_directory(file("next"));
  ASSERT_TRUE(auth::GenerateKeys(file("next"), "test-2").ok());
  const auto issuer =
      auth::Issuer::Create(file("next/signing.jwk"), Programs::IssuerName(), Programs::Audience());
  ASSERT_TRUE(issuer.ok());
  auth::Identity identity;
  identity.kind = auth::Identity::Kind::kPerson;
  identity.subject = "staff-1";
  identity.roles = {{api::v1::ROLE_COMMUNITY_STAFF, testing::kCommunity}};
  const std::string new_token = *(*issuer)->Issue(identity, absl::Now(), absl::Now() + absl::Hours(1));
  const auto calls = [&](const std::string& token) {
    return testing::Get(programs_.client("opinion"), opinion_.name(), token).status();
  };
  EXPECT_EQ(calls(new_token).code(), absl::StatusCode::kUnauthenticated);

  Prober before([&] { return calls(token_); });
  json keys = json::parse(Content(file("jwks.json")));
  const json added = json::parse(Content(file("next/jwks.json")));
  json both = keys;
  both["keys"].push_back(added["keys"][0]);
  Replace(file("jwks.json"), both.dump());
  EXPECT_TRUE(Eventually([&] { return calls(new_token).ok(); }));
  Prober after([&] { return calls(new_token); });
  EXPECT_TRUE(Eventually([&] { return after.calls() > 100; }));
  before.Stop();  // its tokens have run out
  Replace(file("jwks.json"), added.dump());
  EXPECT_TRUE(Eventually([&] { return calls(token_).code() == absl::StatusCode::kUnauthenticated; }))
      << "the old key is still believed";
  after.Stop();
  EXPECT_EQ(before.failures(), 0) << before.first_failure();
  EXPECT_EQ(after.failures(), 0) << after.first_failure();
}

TEST_F(Rotation, OfTheKeysOfPersonalDataKeepsWhatTheOldKeySealed) {
  const auto text_of = [&](const std::string& name) {
    opinion::v1::GetOpinionRequest request;
    request.set_name(name);
    request.set_unmask(true);
    opinion::v1::Opinion read;
    const absl::Status status = programs_.client("opinion").Ask(
        "firstfloor.opinion.v1.OpinionService.GetOpinion", request, read, testing::As(token_));
    return status.ok() ? read.text() : status.ToString();
  };
  const std::string text = text_of(opinion_.name());
  ASSERT_EQ(text, "The light in the stairwell is broken.");
  Prober reading([&] {
    return text_of(opinion_.name()) == text ? absl::OkStatus() : absl::DataLossError("another text");
  });
  ASSERT_TRUE(privacy::Keyring::Generate(file("next.json"), "k2").ok());
  json keys = json::parse(Content(file("opinion.privacy.json")));
  keys["keys"]["k2"] = json::parse(Content(file("next.json")))["keys"]["k2"];
  // First every replica can open what the new key seals, then it seals.
  Replace(file("opinion.privacy.json"), keys.dump());
  absl::SleepFor(kNoticed);
  keys["active"] = "k2";
  Replace(file("opinion.privacy.json"), keys.dump());
  // A sealed row says which key it was: a version byte, the length of the id, the id.
  db::Connection root(programs_.mariadb().Root("opinion"));
  const auto keys_used = [&] {
    std::vector<std::string> used;
    const auto sealed =
        root.Query("SELECT SUBSTRING(sealed, 3, 2) FROM opinion WHERE sealed IS NOT NULL ORDER BY id");
    for (const db::Row& row : sealed.value()) used.push_back(row.Text(0));
    return used;
  };
  EXPECT_EQ(keys_used(), std::vector<std::string>{"k1"});
  opinion::v1::Opinion later;
  EXPECT_TRUE(Eventually([&] {
    later = testing::Submit(programs_.client("opinion"), token_);
    return keys_used().back() == "k2";
  }));
  reading.Stop();
  EXPECT_EQ(reading.failures(), 0) << reading.first_failure();
  EXPECT_EQ(text_of(later.name()), text);
}

}  // namespace
}  // namespace firstfloor
