#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/auth/authenticator.h"
#include "common/auth/rhonabwy.h"
#include "common/error/error.h"

namespace firstfloor::auth {
namespace {

using nlohmann::json;
using testing::HasSubstr;
namespace fs = std::filesystem;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
constexpr char kIssuer[] = "issuer-1";
constexpr char kAudience[] = "firstfloor";

struct KeyPair {
  std::string private_jwk;
  json public_jwk;
};

KeyPair NewKey(int type, unsigned int bits, const std::string& kid) {
  InitializeRhonabwy();
  const JwkPtr private_key = NewJwk();
  const JwkPtr public_key = NewJwk();
  EXPECT_EQ(r_jwk_generate_key_pair(private_key.get(), public_key.get(), type, bits, kid.c_str()), RHN_OK);
  const TextPtr private_text(r_jwk_export_to_json_str(private_key.get(), 0));
  const TextPtr public_text(r_jwk_export_to_json_str(public_key.get(), 0));
  KeyPair pair{private_text.get(), json::parse(public_text.get())};
  pair.public_jwk.erase("alg");
  return pair;
}

// Keys are dear to make; every test shares these.
const KeyPair& EcKey() {
  static const auto* key = new KeyPair(NewKey(R_KEY_TYPE_EC, 256, "ec"));
  return *key;
}
const KeyPair& RsaKey() {
  static const auto* key = new KeyPair(NewKey(R_KEY_TYPE_RSA, 2048, "rsa"));
  return *key;
}
const KeyPair& EdKey() {
  static const auto* key = new KeyPair(NewKey(R_KEY_TYPE_EDDSA, 256, "ed"));
  return *key;
}

json GoodClaims() {
  return {{"sub", "person-1"},
          {"roles", {{{"role", "STEWARD"}, {"area", "340111400"}}}},
          {"iss", kIssuer},
          {"aud", kAudience},
          {"iat", absl::ToUnixSeconds(kNow)},
          {"exp", absl::ToUnixSeconds(kNow + absl::Hours(1))}};
}

json With(const char* key, json value) {
  json claims = GoodClaims();
  claims[key] = std::move(value);
  return claims;
}

json Without(const char* key) {
  json claims = GoodClaims();
  claims.erase(key);
  return claims;
}

json WithRole(json entry) { return With("roles", json::array({std::move(entry)})); }

std::string Sign(const std::string& private_jwk, jwa_alg alg, const json& header, const std::string& claims) {
  const JwkPtr key = JwkFromJson(private_jwk);
  jws_t* raw = nullptr;
  EXPECT_EQ(r_jws_init(&raw), RHN_OK);
  const std::unique_ptr<jws_t, void (*)(jws_t*)> jws(raw, r_jws_free);
  EXPECT_EQ(r_jws_set_full_header_json_str(raw, header.dump().c_str()), RHN_OK);
  EXPECT_EQ(r_jws_set_alg(raw, alg), RHN_OK);
  EXPECT_EQ(r_jws_set_payload(raw, reinterpret_cast<const unsigned char*>(claims.data()), claims.size()),
            RHN_OK);
  const TextPtr token(r_jws_serialize(raw, key.get(), R_FLAG_IGNORE_REMOTE));
  EXPECT_NE(token, nullptr);
  return token == nullptr ? "" : token.get();
}

std::string EcToken(const json& claims, json header = json::object()) {
  header["typ"] = "JWT";
  if (!header.contains("kid")) header["kid"] = "ec";
  return Sign(EcKey().private_jwk, R_JWA_ALG_ES256, header, claims.dump());
}

std::string Base64(absl::string_view text) { return absl::WebSafeBase64Escape(text); }

class AuthTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "auth_test.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    jwks_file_ = folder_ + "/jwks.json";
  }
  void TearDown() override { fs::remove_all(folder_); }

  void WriteJwks(const std::vector<json>& keys) { Write(json{{"keys", keys}}.dump()); }

  void Write(const std::string& content) {
    std::ofstream(jwks_file_ + ".new", std::ios::binary) << content;
    fs::rename(jwks_file_ + ".new", jwks_file_);
  }

  absl::StatusOr<std::unique_ptr<Authenticator>> Create() {
    return Authenticator::Create({.jwks_file = jwks_file_, .issuer = kIssuer, .audience = kAudience});
  }

  std::unique_ptr<Authenticator> WithAllKeys() {
    WriteJwks({EcKey().public_jwk, RsaKey().public_jwk, EdKey().public_jwk});
    auto authenticator = Create();
    EXPECT_TRUE(authenticator.ok()) << authenticator.status();
    return *std::move(authenticator);
  }

  std::string folder_;
  std::string jwks_file_;
};

std::string Verdict(Authenticator& authenticator, absl::string_view token, absl::Time now = kNow) {
  const auto identity = authenticator.Verify(token, now);
  if (identity.ok()) return "good";
  EXPECT_EQ(identity.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(authenticator.Seen(token, now), nullptr);
  return error::ReasonOf(identity.status());
}

TEST_F(AuthTest, TakesTokensOfAllThreeAlgorithms) {
  const auto authenticator = WithAllKeys();
  const std::string claims = GoodClaims().dump();
  EXPECT_EQ(Verdict(*authenticator, Sign(EcKey().private_jwk, R_JWA_ALG_ES256, {{"kid", "ec"}}, claims)),
            "good");
  EXPECT_EQ(Verdict(*authenticator, Sign(RsaKey().private_jwk, R_JWA_ALG_RS256, {{"kid", "rsa"}}, claims)),
            "good");
  EXPECT_EQ(Verdict(*authenticator, Sign(EdKey().private_jwk, R_JWA_ALG_EDDSA, {{"kid", "ed"}}, claims)),
            "good");
}

TEST_F(AuthTest, ReadsWhoItIsFromTheClaims) {
  const auto authenticator = WithAllKeys();
  const auto identity = authenticator->Verify(EcToken(With("as_of", true)), kNow);
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ((*identity)->kind, Identity::Kind::kPerson);
  EXPECT_EQ((*identity)->subject, "person-1");
  ASSERT_EQ((*identity)->roles.size(), 1u);
  EXPECT_EQ((*identity)->roles[0].role, api::v1::ROLE_STEWARD);
  EXPECT_EQ((*identity)->roles[0].area, "340111400");
  EXPECT_TRUE((*identity)->may_date_back);
  EXPECT_EQ((*identity)->expires, kNow + absl::Hours(1));
  EXPECT_FALSE((*authenticator->Verify(EcToken(GoodClaims()), kNow))->may_date_back);
}

TEST_F(AuthTest, AcceptsWhatTheClaimsMayBe) {
  const auto authenticator = WithAllKeys();
  const int64_t now = absl::ToUnixSeconds(kNow);
  EXPECT_EQ(Verdict(*authenticator, EcToken(With("aud", {"other", kAudience}))), "good");
  EXPECT_EQ(Verdict(*authenticator, EcToken(Without("iat"))), "good");
  EXPECT_EQ(Verdict(*authenticator, EcToken(Without("roles"))), "good");
  EXPECT_EQ(Verdict(*authenticator, EcToken(With("nbf", now))), "good");
  EXPECT_EQ(Verdict(*authenticator, EcToken(With("nbf", now + 4))), "good");
  EXPECT_EQ(Verdict(*authenticator, EcToken(With("iat", now + 4))), "good");
  EXPECT_EQ(Verdict(*authenticator, EcToken(With("exp", now - 4))), "good");
  EXPECT_EQ(Verdict(*authenticator, EcToken(With("exp", now + 24 * 3600))), "good");
  EXPECT_EQ(Verdict(*authenticator, EcToken(With("sub", std::string(128, 's')))), "good");
  EXPECT_EQ(Verdict(*authenticator, EcToken(With("roles", json(32, GoodClaims()["roles"][0])))), "good");
}

TEST_F(AuthTest, RefusesWhatTheClaimsMayNotBe) {
  const auto authenticator = WithAllKeys();
  const int64_t now = absl::ToUnixSeconds(kNow);
  const std::vector<json> bad = {
      Without("sub"),
      Without("iss"),
      Without("aud"),
      Without("exp"),
      With("sub", ""),
      With("sub", 7),
      With("sub", "line\nbreak"),
      With("sub", std::string(129, 's')),
      With("iss", "issuer-2"),
      With("iss", {kIssuer}),
      With("aud", "someone-else"),
      With("aud", json::array()),
      With("aud", {"someone-else"}),
      With("aud", {{"firstfloor", true}}),
      With("exp", "tomorrow"),
      With("exp", nullptr),
      With("exp", now + 24 * 3600 + 1),
      With("exp", 1e300),
      With("nbf", now + 6),
      With("nbf", "now"),
      With("iat", now + 6),
      With("iat", "now"),
      With("as_of", "true"),
      With("as_of", 1),
      With("roles", "STEWARD"),
      With("roles", {{"role", "STEWARD"}, {"area", "340111400"}}),
      With("roles", {"STEWARD"}),
      With("roles", json(33, GoodClaims()["roles"][0])),
      WithRole({{"role", "KING"}, {"area", "340111400"}}),
      WithRole({{"role", "SERVICE"}, {"area", "340111400"}}),
      WithRole({{"role", "PARTNER_DISTRICT"}, {"area", "340111400"}}),
      WithRole({{"role", "UNSPECIFIED"}, {"area", "340111400"}}),
      WithRole({{"role", "steward"}, {"area", "340111400"}}),
      WithRole({{"role", "ROLE_STEWARD"}, {"area", "340111400"}}),
      WithRole({{"role", "STEWARD"}, {"area", ""}}),
      WithRole({{"role", "STEWARD"}, {"area", "3401114"}}),
      WithRole({{"role", "STEWARD"}, {"area", 340111400}}),
      WithRole({{"role", "STEWARD"}}),
      WithRole({{"area", "340111400"}}),
  };
  for (const json& claims : bad) {
    EXPECT_EQ(Verdict(*authenticator, EcToken(claims)), "TOKEN_INVALID") << claims.dump();
  }
}

TEST_F(AuthTest, SaysWhenATokenHasExpired) {
  const auto authenticator = WithAllKeys();
  const std::string token = EcToken(GoodClaims());
  const absl::Time expires = kNow + absl::Hours(1);
  EXPECT_EQ(Verdict(*authenticator, token, expires + absl::Seconds(4)), "good");
  EXPECT_EQ(Verdict(*authenticator, token, expires + absl::Seconds(5)), "TOKEN_EXPIRED");
}

TEST_F(AuthTest, DoesNotSayThatAForgedTokenHasExpired) {
  const auto authenticator = WithAllKeys();
  const std::string token = EcToken(With("exp", 1));
  EXPECT_EQ(Verdict(*authenticator, token), "TOKEN_EXPIRED");
  EXPECT_EQ(Verdict(*authenticator, token.substr(0, token.rfind('.') + 1)), "TOKEN_INVALID");
}

TEST_F(AuthTest, RefusesUnknownAndMissingKeyIds) {
  const auto authenticator = WithAllKeys();
  EXPECT_EQ(Verdict(*authenticator, EcToken(GoodClaims(), {{"kid", "unknown"}})), "TOKEN_INVALID");
  EXPECT_EQ(Verdict(*authenticator, EcToken(GoodClaims(), {{"kid", ""}})), "TOKEN_INVALID");
  EXPECT_EQ(Verdict(*authenticator, EcToken(GoodClaims(), {{"kid", "rsa"}})), "TOKEN_INVALID");
}

TEST_F(AuthTest, RefusesTheSignatureOfAnotherKey) {
  const auto authenticator = WithAllKeys();
  const KeyPair impostor = NewKey(R_KEY_TYPE_EC, 256, "ec");
  EXPECT_EQ(Verdict(*authenticator,
                    Sign(impostor.private_jwk, R_JWA_ALG_ES256, {{"kid", "ec"}}, GoodClaims().dump())),
            "TOKEN_INVALID");
}

TEST_F(AuthTest, RefusesAlteredTokens) {
  const auto authenticator = WithAllKeys();
  const std::vector<std::string> parts = absl::StrSplit(EcToken(GoodClaims()), '.');
  ASSERT_EQ(parts.size(), 3u);
  const std::string other_payload = Base64(With("sub", "person-2").dump());
  EXPECT_EQ(Verdict(*authenticator, absl::StrCat(parts[0], ".", other_payload, ".", parts[2])),
            "TOKEN_INVALID");
  std::string signature = parts[2];
  signature[10] = signature[10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Verdict(*authenticator, absl::StrCat(parts[0], ".", parts[1], ".", signature)), "TOKEN_INVALID");
  EXPECT_EQ(Verdict(*authenticator, absl::StrCat(parts[0], ".", parts[1], ".")), "TOKEN_INVALID");
  EXPECT_EQ(Verdict(*authenticator, absl::StrCat(parts[0], ".", parts[1], ".", std::string(86, 'A'))),
            "TOKEN_INVALID");
}

TEST_F(AuthTest, RefusesAlgorithmsThatAreNotTheKeys) {
  const auto authenticator = WithAllKeys();
  const std::string payload = Base64(GoodClaims().dump());
  for (const char* alg : {"none", "None", "NONE", ""}) {
    for (const char* kid : {"ec", "rsa", "ed"}) {
      const std::string header = Base64(json{{"alg", alg}, {"kid", kid}}.dump());
      EXPECT_EQ(Verdict(*authenticator, absl::StrCat(header, ".", payload, ".")), "TOKEN_INVALID");
    }
  }
  EXPECT_EQ(Verdict(*authenticator, absl::StrCat(Base64("{\"kid\":\"ec\"}"), ".", payload, ".")),
            "TOKEN_INVALID");
  for (const jwa_alg alg : {R_JWA_ALG_RS512, R_JWA_ALG_PS256}) {
    EXPECT_EQ(Verdict(*authenticator, Sign(RsaKey().private_jwk, alg, {{"kid", "rsa"}}, GoodClaims().dump())),
              "TOKEN_INVALID");
  }
}

TEST_F(AuthTest, DoesNotTakeAPublicKeyForASecret) {
  const auto authenticator = WithAllKeys();
  const JwkPtr rsa = JwkFromJson(RsaKey().public_jwk.dump());
  unsigned char pem[4096];
  size_t pem_size = sizeof(pem);
  ASSERT_EQ(r_jwk_export_to_pem_der(rsa.get(), R_FORMAT_PEM, pem, &pem_size, R_FLAG_IGNORE_REMOTE), RHN_OK);
  for (const std::string& secret :
       {std::string(reinterpret_cast<char*>(pem), pem_size), RsaKey().public_jwk.dump(),
        RsaKey().public_jwk["n"].get<std::string>()}) {
    const json symmetric = {{"kty", "oct"}, {"k", Base64(secret)}};
    EXPECT_EQ(Verdict(*authenticator,
                      Sign(symmetric.dump(), R_JWA_ALG_HS256, {{"kid", "rsa"}}, GoodClaims().dump())),
              "TOKEN_INVALID");
  }
}

TEST_F(AuthTest, RefusesKeysThatTheTokenBrings) {
  const auto authenticator = WithAllKeys();
  const KeyPair impostor = NewKey(R_KEY_TYPE_EC, 256, "impostor");
  for (const char* kid : {"ec", "impostor"}) {
    const json header = {{"kid", kid}, {"jwk", impostor.public_jwk}};
    EXPECT_EQ(
        Verdict(*authenticator, Sign(impostor.private_jwk, R_JWA_ALG_ES256, header, GoodClaims().dump())),
        "TOKEN_INVALID");
  }
  // Not even together with a good signature.
  EXPECT_EQ(Verdict(*authenticator, EcToken(GoodClaims(), {{"jwk", EcKey().public_jwk}})), "TOKEN_INVALID");
  EXPECT_EQ(Verdict(*authenticator, EcToken(GoodClaims(), {{"jku", "https://keys.test/"}})), "TOKEN_INVALID");
  EXPECT_EQ(Verdict(*authenticator, EcToken(GoodClaims(), {{"x5u", "https://keys.test/"}})), "TOKEN_INVALID");
  EXPECT_EQ(Verdict(*authenticator, EcToken(GoodClaims(), {{"x5c", {"MIIB"}}})), "TOKEN_INVALID");
  EXPECT_EQ(Verdict(*authenticator, EcToken(GoodClaims(), {{"crit", {"exp"}}})), "TOKEN_INVALID");
  EXPECT_EQ(Verdict(*authenticator, EcToken(GoodClaims(), {{"zip", "DEF"}})), "TOKEN_INVALID");
}

TEST_F(AuthTest, RefusesTokensThatAreTooLong) {
  const auto authenticator = WithAllKeys();
  EXPECT_EQ(Verdict(*authenticator, EcToken(With("padding", std::string(5000, 'x')))), "good");
  const std::string token = EcToken(With("padding", std::string(6200, 'x')));
  ASSERT_GT(token.size(), 8u << 10);
  EXPECT_EQ(Verdict(*authenticator, token), "TOKEN_INVALID");
}

TEST_F(AuthTest, RefusesGarbage) {
  const auto authenticator = WithAllKeys();
  const std::string header = Base64(R"({"alg":"ES256","kid":"ec"})");
  const std::string good = EcToken(GoodClaims());
  const std::vector<std::string> garbage = {
      "",
      ".",
      "..",
      "...",
      "a.b.c",
      "Bearer x",
      good + ".",
      good + "=",
      good + " ",
      " " + good,
      good + std::string(1, '\0'),
      "." + good,
      header + ".." + std::string(86, 'A'),
      Base64("[]") + ".e30.AAAA",
      Base64("null") + ".e30.AAAA",
      Base64("{") + ".e30.AAAA",
      Base64("\xff\xfe") + ".e30.AAAA",
      std::string(8192, '.'),
      std::string(8192, 'A'),
      std::string("\xe5\xb1\x85\xe6\xb0\x91"),
      R"({"payload":"e30","signatures":[]})",
  };
  for (const std::string& token : garbage)
    EXPECT_EQ(Verdict(*authenticator, token), "TOKEN_INVALID") << token;
  for (size_t length = 0; length < good.size(); length += 7) {
    EXPECT_EQ(Verdict(*authenticator, good.substr(0, length)), "TOKEN_INVALID");
  }
}

TEST_F(AuthTest, RefusesPayloadsThatAreNotClaims) {
  const auto authenticator = WithAllKeys();
  for (const char* payload : {"[]", "7", "null", "text", "{"}) {
    EXPECT_EQ(Verdict(*authenticator, Sign(EcKey().private_jwk, R_JWA_ALG_ES256, {{"kid", "ec"}}, payload)),
              "TOKEN_INVALID")
        << payload;
  }
}

TEST_F(AuthTest, SurvivesDeepJson) {
  const auto authenticator = WithAllKeys();
  const std::string deep = std::string(2900, '[') + std::string(2900, ']');
  const std::string header = Base64(R"({"alg":"ES256","kid":"ec"})");
  EXPECT_EQ(Verdict(*authenticator, absl::StrCat(header, ".", Base64("{\"a\":" + deep + "}"), ".AAAA")),
            "TOKEN_INVALID");
  EXPECT_EQ(Verdict(*authenticator, absl::StrCat(Base64("{\"a\":" + deep + "}"), ".e30.AAAA")),
            "TOKEN_INVALID");
  const std::string signed_claims = "{\"roles\":" + deep + "}";
  EXPECT_EQ(
      Verdict(*authenticator, Sign(EcKey().private_jwk, R_JWA_ALG_ES256, {{"kid", "ec"}}, signed_claims)),
      "TOKEN_INVALID");
}

TEST_F(AuthTest, RemembersATokenUntilItExpires) {
  const auto authenticator = WithAllKeys();
  const std::string token = EcToken(GoodClaims());
  EXPECT_EQ(authenticator->Seen(token, kNow), nullptr);
  const auto identity = authenticator->Verify(token, kNow);
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(authenticator->Seen(token, kNow), *identity);
  EXPECT_EQ(authenticator->Seen(token.substr(1), kNow), nullptr);
  EXPECT_EQ(authenticator->Seen(token + "x", kNow), nullptr);
  EXPECT_EQ(authenticator->Seen(token, kNow + absl::Minutes(59)), *identity);
  EXPECT_EQ(authenticator->Seen(token, kNow + absl::Hours(1)), nullptr);
}

TEST_F(AuthTest, KeysRotateWithoutARestart) {
  const KeyPair next = NewKey(R_KEY_TYPE_EC, 256, "next");
  const std::string old_token = EcToken(GoodClaims());
  const std::string new_token =
      Sign(next.private_jwk, R_JWA_ALG_ES256, {{"kid", "next"}}, GoodClaims().dump());
  WriteJwks({EcKey().public_jwk});
  const auto authenticator = *Create();
  EXPECT_EQ(Verdict(*authenticator, old_token), "good");
  EXPECT_EQ(Verdict(*authenticator, new_token), "TOKEN_INVALID");

  WriteJwks({EcKey().public_jwk, next.public_jwk});
  ASSERT_TRUE(authenticator->Reload().ok());
  EXPECT_EQ(authenticator->Seen(old_token, kNow), nullptr);
  EXPECT_EQ(Verdict(*authenticator, old_token), "good");
  EXPECT_EQ(Verdict(*authenticator, new_token), "good");

  WriteJwks({next.public_jwk});
  ASSERT_TRUE(authenticator->Reload().ok());
  EXPECT_EQ(authenticator->Seen(old_token, kNow), nullptr);
  EXPECT_EQ(authenticator->Seen(new_token, kNow), nullptr);
  EXPECT_EQ(Verdict(*authenticator, old_token), "TOKEN_INVALID");
  EXPECT_EQ(Verdict(*authenticator, new_token), "good");
}

TEST_F(AuthTest, KeepsSeenTokensWhileTheFileStaysTheSame) {
  const auto authenticator = WithAllKeys();
  const std::string token = EcToken(GoodClaims());
  EXPECT_EQ(Verdict(*authenticator, token), "good");
  ASSERT_TRUE(authenticator->Reload().ok());
  EXPECT_NE(authenticator->Seen(token, kNow), nullptr);
}

TEST_F(AuthTest, KeepsTheOldKeysWhileTheNewFileIsBroken) {
  const auto authenticator = WithAllKeys();
  const std::string token = EcToken(GoodClaims());
  EXPECT_EQ(Verdict(*authenticator, token), "good");
  for (const char* broken : {"", "{", "{\"keys\":[]}"}) {
    Write(broken);
    EXPECT_EQ(authenticator->Reload().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(authenticator->Reload().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(authenticator->Seen(token, kNow), nullptr);
    EXPECT_EQ(Verdict(*authenticator, token), "good");
  }
  fs::remove(jwks_file_);
  EXPECT_FALSE(authenticator->Reload().ok());
  EXPECT_EQ(Verdict(*authenticator, token), "good");
  WriteJwks({RsaKey().public_jwk});
  EXPECT_TRUE(authenticator->Reload().ok());
  EXPECT_EQ(Verdict(*authenticator, token), "TOKEN_INVALID");
}

TEST_F(AuthTest, RefusesKeyFilesWithOneClearLine) {
  const auto changed = [](json key, const char* field, json value) {
    key[field] = std::move(value);
    return key;
  };
  json no_kid = EcKey().public_jwk;
  no_kid.erase("kid");
  const std::vector<std::pair<std::string, std::vector<json>>> files = {
      {"holds no signing key", {}},
      {"holds no signing key", {changed(RsaKey().public_jwk, "use", "enc")}},
      {"not an object", {json("text")}},
      {"a key has no kid", {no_kid}},
      {"\"ec\" is there twice", {EcKey().public_jwk, EcKey().public_jwk}},
      {"\"s\" is symmetric", {{{"kty", "oct"}, {"k", "AAAA"}, {"kid", "s"}}}},
      {"\"ec\" is symmetric", {changed(EcKey().public_jwk, "k", "AAAA")}},
      {"\"ec\" is private", {json::parse(EcKey().private_jwk)}},
      {"\"ec\" must have alg ES256", {changed(EcKey().public_jwk, "alg", "none")}},
      {"\"rsa\" must have alg RS256", {changed(RsaKey().public_jwk, "alg", "HS256")}},
      {"\"ec\" is not RSA, P-256 or Ed25519", {changed(EcKey().public_jwk, "crv", "P-384")}},
      {"\"ec\" is malformed", {changed(EcKey().public_jwk, "x", "!")}},
      {"\"weak\" has fewer than 2048 bits", {NewKey(R_KEY_TYPE_RSA, 1024, "weak").public_jwk}},
  };
  for (const auto& [why, keys] : files) {
    WriteJwks(keys);
    const absl::Status status = Create().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << why;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
    EXPECT_THAT(std::string(status.message()), HasSubstr(jwks_file_));
    EXPECT_THAT(std::string(status.message()), testing::Not(HasSubstr("\n")));
  }
  Write("[]");
  EXPECT_FALSE(Create().ok());
  fs::remove(jwks_file_);
  EXPECT_FALSE(Create().ok());
  WriteJwks({EcKey().public_jwk});
  EXPECT_FALSE(Authenticator::Create({.jwks_file = jwks_file_, .issuer = "", .audience = "a"}).ok());
  EXPECT_FALSE(Authenticator::Create({.jwks_file = jwks_file_, .issuer = "i", .audience = ""}).ok());
}

TEST_F(AuthTest, StaysConsistentUnderEightThreads) {
  const KeyPair other = NewKey(R_KEY_TYPE_EC, 256, "other");
  const std::string token = EcToken(GoodClaims());
  const auto write = [&](bool both) {
    WriteJwks(both ? std::vector<json>{EcKey().public_jwk, other.public_jwk}
                   : std::vector<json>{EcKey().public_jwk});
  };
  write(false);
  const auto authenticator = *Create();
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 7; ++thread) {
    threads.emplace_back([&, thread] {
      const std::string own = EcToken(With("sub", absl::StrCat("person-", thread)));
      for (int i = 0; i < 200; ++i) {
        if (!authenticator->Verify(i % 2 ? own : token, kNow).ok()) ++failures;
        const auto seen = authenticator->Seen(token, kNow);
        if (seen != nullptr && seen->subject != "person-1") ++failures;
        if (authenticator->Verify("a.b.c", kNow).ok()) ++failures;
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < 100; ++i) {
      write(i % 2 == 0);
      if (!authenticator->Reload().ok()) ++failures;
    }
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace firstfloor::auth
