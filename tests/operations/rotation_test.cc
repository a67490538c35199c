// Certificates, the authority, the keys of tokens and those of personal data change while calls go on, and
// none fails. As in k8s/README.md, step by step.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/auth/issuer.h"
#include "common/privacy/keyring.h"
#include "firstfloor/events/v1/event_log_service.pb.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "tests/operations/calls.h"
#include "tests/support/certificates.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using nlohmann::json;
using testing::Content;
using testing::Prober;
using testing::Programs;
using testing::Replace;

// Programs look for changed files every five seconds.
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

  // First everybody trusts both, then the certificates change, then the old authority goes.
  Replace(ca, Content(old_ca) + Content(next.certificate()));
  absl::SleepFor(kNoticed);
  EXPECT_TRUE(CallAnew(old_ca, token_).ok());
  Replace(certificates + "/opinion.key", Content(next.key("opinion")));
  Replace(certificates + "/opinion.crt", Content(next.certificate("opinion")));
  absl::SleepFor(kNoticed);
  EXPECT_FALSE(CallAnew(old_ca, token_).ok()) << "the old certificate is still shown";
  EXPECT_TRUE(CallAnew(next.certificate(), token_).ok());
  Replace(ca, Content(next.certificate()));
  absl::SleepFor(kNoticed);
  anew.Stop();
  kept.Stop();
  EXPECT_EQ(anew.failures(), 0) << anew.first_failure();
  EXPECT_EQ(kept.failures(), 0) << kept.first_failure();
  EXPECT_GT(anew.calls(), 100);

  // A peer shows who it is with a certificate of the new authority; one of the old has no say any more.
  const auto head_as = [&](const rpc::TlsFiles& files) {
    rpc::Client peer(absl::StrCat("127.0.0.1:", programs_.port("opinion")), files);
    events::v1::Head head;
    return peer.Ask("firstfloor.events.v1.EventLogService.GetHead", events::v1::GetHeadRequest(), head,
                    testing::As("", absl::Seconds(5)));
  };
  next.Certify("deliberation", "service/deliberation");
  const absl::Status with_new =
      head_as({.cert = next.certificate("deliberation"), .key = next.key("deliberation"), .ca = ca});
  EXPECT_TRUE(with_new.ok()) << with_new;
  EXPECT_FALSE(
      head_as(
          {.cert = certificates + "/deliberation.crt", .key = certificates + "/deliberation.key", .ca = ca})
          .ok());
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
  absl::SleepFor(kNoticed);
  Prober after([&] { return calls(new_token); });
  absl::SleepFor(absl::Seconds(1));
  before.Stop();  // its tokens have run out
  Replace(file("jwks.json"), added.dump());
  absl::SleepFor(kNoticed);
  after.Stop();
  EXPECT_EQ(before.failures(), 0) << before.first_failure();
  EXPECT_EQ(after.failures(), 0) << after.first_failure();
  EXPECT_EQ(calls(token_).code(), absl::StatusCode::kUnauthenticated) << "the old key is still believed";
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
  absl::SleepFor(kNoticed);
  const opinion::v1::Opinion later = testing::Submit(programs_.client("opinion"), token_);
  reading.Stop();
  EXPECT_EQ(reading.failures(), 0) << reading.first_failure();
  EXPECT_EQ(text_of(later.name()), text);

  // A sealed row says which key it was: a version byte, the length of the id, the id.
  db::Connection root(programs_.mariadb().Root("opinion"));
  const auto sealed =
      root.Query("SELECT SUBSTRING(sealed, 3, 2) FROM opinion WHERE sealed IS NOT NULL ORDER BY id");
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  ASSERT_EQ(sealed->size(), 2u);
  EXPECT_EQ(sealed->front().Text(0), "k1");
  EXPECT_EQ(sealed->back().Text(0), "k2");
}

}  // namespace
}  // namespace firstfloor
