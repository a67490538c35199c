#include "common/auth/jwks.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/auth/rhonabwy.h"
#include "common/error/macros.h"

namespace firstfloor::auth {
namespace {

using nlohmann::json;

constexpr unsigned int kMinRsaBits = 2048;

// What a token must not bring along: keys, addresses of keys, and what changes how it is to be read.
// "zip" would be inflated before the signature is looked at.
constexpr const char* kForbiddenHeaders[] = {"jwk", "jku", "x5c", "x5u", "crit", "zip", "enc", "b64"};

std::string StringAt(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

absl::Status Unusable(absl::string_view kid, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("key \"", kid, "\" ", why));
}

// "" if keys of this kind are not taken.
std::string AlgorithmFor(const json& key) {
  const std::string type = StringAt(key, "kty");
  const std::string curve = StringAt(key, "crv");
  if (type == "RSA") return "RS256";
  if (type == "EC" && curve == "P-256") return "ES256";
  if (type == "OKP" && curve == "Ed25519") return "EdDSA";
  return "";
}

// Certificates and addresses in the file are left out: the key itself is what was trusted.
std::string PublicPartOf(const json& key) {
  json part = json::object();
  for (const char* field : {"kty", "crv", "n", "e", "x", "y", "kid"}) {
    if (const auto it = key.find(field); it != key.end()) part[field] = *it;
  }
  return part.dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::Status CheckStrength(absl::string_view kid, const std::string& jwk) {
  const JwkPtr parsed = JwkFromJson(jwk);
  unsigned int bits = 0;
  const int type =
      parsed == nullptr ? R_KEY_TYPE_NONE : r_jwk_key_type(parsed.get(), &bits, R_FLAG_IGNORE_REMOTE);
  if ((type & R_KEY_TYPE_PUBLIC) == 0) return Unusable(kid, "is malformed");
  if ((type & R_KEY_TYPE_RSA) != 0 && bits < kMinRsaBits) return Unusable(kid, "has fewer than 2048 bits");
  return absl::OkStatus();
}

absl::StatusOr<VerificationKey> ParseKey(const json& key, absl::string_view kid) {
  if (kid.empty()) return absl::InvalidArgumentError("a key has no kid");
  if (StringAt(key, "kty") == "oct" || key.contains("k")) return Unusable(kid, "is symmetric");
  if (key.contains("d")) return Unusable(kid, "is private; only public keys belong here");
  VerificationKey parsed;
  parsed.algorithm = AlgorithmFor(key);
  if (parsed.algorithm.empty()) return Unusable(kid, "is not RSA, P-256 or Ed25519");
  if (key.contains("alg") && StringAt(key, "alg") != parsed.algorithm) {
    return Unusable(kid, absl::StrCat("must have alg ", parsed.algorithm));
  }
  parsed.jwk = PublicPartOf(key);
  RETURN_IF_ERROR(CheckStrength(kid, parsed.jwk));
  return parsed;
}

bool IsCompactJws(absl::string_view token) {
  return std::count(token.begin(), token.end(), '.') == 2 &&
         std::all_of(token.begin(), token.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

// The key that the header names and whose algorithm it states; null if there is none, or if the header
// holds what it must not.
const VerificationKey* KeyFor(absl::string_view token, const VerificationKeys& keys) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(token.substr(0, token.find('.')), &text)) return nullptr;
  const json header = json::parse(text, nullptr, false);
  if (!header.is_object()) return nullptr;
  for (const char* forbidden : kForbiddenHeaders) {
    if (header.contains(forbidden)) return nullptr;
  }
  const auto found = keys.find(StringAt(header, "kid"));
  if (found == keys.end() || StringAt(header, "alg") != found->second.algorithm) return nullptr;
  return &found->second;
}

}  // namespace

absl::StatusOr<VerificationKeys> ParseJwks(absl::string_view text) {
  InitializeRhonabwy();
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object() || !document.contains("keys") || !document["keys"].is_array()) {
    return absl::InvalidArgumentError("is not a JWKS ({\"keys\": […]})");
  }
  VerificationKeys keys;
  for (const json& key : document["keys"]) {
    if (!key.is_object()) return absl::InvalidArgumentError("holds a key that is not an object");
    if (key.contains("use") && StringAt(key, "use") != "sig") continue;
    const std::string kid = StringAt(key, "kid");
    ASSIGN_OR_RETURN(VerificationKey parsed, ParseKey(key, kid));
    if (!keys.emplace(kid, std::move(parsed)).second) return Unusable(kid, "is there twice");
  }
  if (keys.empty()) return absl::InvalidArgumentError("holds no signing key");
  return keys;
}

std::optional<std::string> VerifiedClaims(absl::string_view token, const VerificationKeys& keys) {
  if (!IsCompactJws(token)) return std::nullopt;
  const VerificationKey* key = KeyFor(token, keys);
  if (key == nullptr) return std::nullopt;
  const JwkPtr jwk = JwkFromJson(key->jwk);
  const JwtPtr jwt = NewJwt();
  if (jwk == nullptr || jwt == nullptr) return std::nullopt;
  if (r_jwt_advanced_parsen(jwt.get(), token.data(), token.size(), R_PARSE_NONE, R_FLAG_IGNORE_REMOTE) !=
          RHN_OK ||
      r_jwt_get_type(jwt.get()) != R_JWT_TYPE_SIGN ||
      r_jwt_get_sign_alg(jwt.get()) != r_str_to_jwa_alg(key->algorithm.c_str()) ||
      r_jwt_verify_signature(jwt.get(), jwk.get(), R_FLAG_IGNORE_REMOTE) != RHN_OK) {
    return std::nullopt;
  }
  const TextPtr claims(r_jwt_get_full_claims_str(jwt.get()));
  if (claims == nullptr) return std::nullopt;
  return std::string(claims.get());
}

}  // namespace firstfloor::auth
