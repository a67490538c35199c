// Who is spoken to, and who is not: certificates that are no good, on either side.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "firstfloor/opinion/v1/opinion_service.pb.h"
#include "tests/support/certificates.h"
#include "tests/support/programs.h"

namespace firstfloor {
namespace {

using testing::Authority;
using testing::Programs;

// What deliberation may ask opinion, and nobody without an identity. The opinion is none, which is denied to
// those who have one.
constexpr char kGet[] = "firstfloor.opinion.v1.OpinionService.GetOpinion";
constexpr char kCaller[] = "service/deliberation";

class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    programs_ = new Programs;
    programs_->Start("opinion");
    programs_->WaitUntilReady("opinion");
  }
  static void TearDownTestSuite() {
    delete programs_;
    programs_ = nullptr;
  }
  // Whoever was turned away, the others are answered as ever.
  void TearDown() override {
    EXPECT_TRUE(absl::IsPermissionDenied(Ask(programs_->ClientAs("opinion", kCaller))));
  }

  static absl::Status Ask(rpc::Client& client) {
    opinion::v1::GetOpinionRequest request;
    request.set_name("opinions/0190a6d0-0000-7000-8000-000000000000");
    opinion::v1::Opinion reply;
    rpc::CallOptions options;
    options.deadline = absl::Now() + absl::Seconds(10);
    return client.Ask(kGet, request, reply, options);
  }

  // As somebody asks who shows the certificate of this name from `authority`.
  static absl::Status AskWith(const Authority& authority, const std::string& certificate) {
    rpc::Client client(
        absl::StrCat("127.0.0.1:", programs_->port("opinion")),
        {authority.certificate(certificate), authority.key(certificate), programs_->ca_file()});
    return Ask(client);
  }

  // As everybody asks who knows the authority, of a server that has this certificate.
  static absl::Status AskServerWith(const Authority& authority, const std::string& certificate) {
    constexpr int kReplica = 1;
    programs_->Start("opinion", kReplica,
                     {"--tls_cert_file=" + authority.certificate(certificate),
                      "--tls_key_file=" + authority.key(certificate)});
    programs_->WaitUntilReady("opinion", kReplica);
    const absl::Status status = Ask(programs_->client("opinion", kReplica));
    programs_->Kill("opinion", kReplica);
    return status;
  }

  static Programs* programs_;
};

Programs* TlsTest::programs_ = nullptr;

// ---- servers ----

TEST_F(TlsTest, AServerIsAskedWhoseCertificateIsGood) {
  programs_->authority().Certify("good", "service/opinion", {});
  EXPECT_EQ(AskServerWith(programs_->authority(), "good").code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(TlsTest, NoServerIsAskedWhoseCertificateHasExpired) {
  programs_->authority().Certify("expired", "service/opinion", {.days = -1});
  EXPECT_EQ(AskServerWith(programs_->authority(), "expired").code(), absl::StatusCode::kUnavailable);
}

TEST_F(TlsTest, NoServerIsAskedThatGoesByAnotherName) {
  programs_->authority().Certify("renamed", "service/opinion", {.names = "DNS:elsewhere.example"});
  EXPECT_EQ(AskServerWith(programs_->authority(), "renamed").code(), absl::StatusCode::kUnavailable);
}

TEST_F(TlsTest, NoServerIsAskedThatAnotherAuthorityVouchesFor) {
  const Authority other(programs_->folder() + "/other-servers");
  other.Certify("opinion", "service/opinion");
  EXPECT_EQ(AskServerWith(other, "opinion").code(), absl::StatusCode::kUnavailable);
}

// ---- clients ----

TEST_F(TlsTest, NobodyIsAnsweredInPlain) {
  rpc::Client plain(absl::StrCat("127.0.0.1:", programs_->port("opinion")), {});
  EXPECT_EQ(Ask(plain).code(), absl::StatusCode::kUnavailable);
}

TEST_F(TlsTest, WhoShowsACertificateThatHasExpiredIsNotAnswered) {
  programs_->authority().Certify("late", kCaller, {.days = -1});
  EXPECT_EQ(AskWith(programs_->authority(), "late").code(), absl::StatusCode::kUnavailable);
}

TEST_F(TlsTest, WhoShowsACertificateOfAnotherAuthorityIsNotAnswered) {
  const Authority other(programs_->folder() + "/other-clients");
  other.Certify("deliberation", kCaller);
  EXPECT_EQ(AskWith(other, "deliberation").code(), absl::StatusCode::kUnavailable);
}

// Our authority vouches for it, and yet it is nobody here.
TEST_F(TlsTest, AServiceOfAForeignTrustDomainHasNoIdentity) {
  programs_->authority().Certify("foreign", kCaller, {.trust_domain = "elsewhere.example"});
  EXPECT_EQ(AskWith(programs_->authority(), "foreign").code(), absl::StatusCode::kUnauthenticated);
  programs_->authority().Certify("native", kCaller, {});
  EXPECT_EQ(AskWith(programs_->authority(), "native").code(), absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace firstfloor
