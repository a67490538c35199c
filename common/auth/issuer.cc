#include "common/auth/issuer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/auth/claims.h"
#include "common/auth/rhonabwy.h"
#include "common/error/macros.h"

namespace firstfloor::auth {
namespace {

using nlohmann::json;

constexpr char kAlgorithm[] = "ES256";

bool IsKeyId(absl::string_view id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  });
}

bool WriteAll(int fd, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// Readers see the old file or the new one, never a part; nobody sees it with a wider mode than `mode`.
absl::Status ReplaceFile(const std::string& path, absl::string_view content, mode_t mode) {
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int fd = mkstemp(temporary.data());
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
  const bool written = WriteAll(fd, content) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
  const bool closed = close(fd) == 0;
  if (written && closed && rename(temporary.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const absl::Status status = absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
  unlink(temporary.c_str());
  return status;
}

absl::StatusOr<json> ExportForSigning(jwk_t* jwk) {
  const TextPtr text(r_jwk_export_to_json_str(jwk, 0));
  json key = text == nullptr ? json() : json::parse(text.get(), nullptr, false);
  if (!key.is_object()) return absl::InternalError("the new key cannot be exported");
  key["alg"] = kAlgorithm;
  key["use"] = "sig";
  return key;
}

bool IsSigningKey(const json& key) {
  const auto is = [&](const char* field, const char* value) { return key.value(field, json()) == value; };
  return key.is_object() && is("kty", "EC") && is("crv", "P-256") && key.contains("d") &&
         key.value("kid", json()).is_string();
}

}  // namespace

absl::Status GenerateKeys(const std::string& folder, absl::string_view key_id) {
  if (!IsKeyId(key_id)) {
    return absl::InvalidArgumentError("the key id must be 1 to 64 letters, digits, '.', '_' or '-'");
  }
  InitializeRhonabwy();
  const JwkPtr private_key = NewJwk();
  const JwkPtr public_key = NewJwk();
  if (private_key == nullptr || public_key == nullptr ||
      r_jwk_generate_key_pair(private_key.get(), public_key.get(), R_KEY_TYPE_EC, 256,
                              std::string(key_id).c_str()) != RHN_OK) {
    return absl::InternalError("no key could be generated");
  }
  ASSIGN_OR_RETURN(const json signing, ExportForSigning(private_key.get()));
  ASSIGN_OR_RETURN(json verifying, ExportForSigning(public_key.get()));
  const json jwks = {{"keys", json::array({std::move(verifying)})}};
  // Verifiers first, so that no token is signed that nobody could know.
  RETURN_IF_ERROR(ReplaceFile(absl::StrCat(folder, "/jwks.json"), absl::StrCat(jwks.dump(2), "\n"), 0644));
  return ReplaceFile(absl::StrCat(folder, "/signing.jwk"), absl::StrCat(signing.dump(2), "\n"), 0600);
}

struct Issuer::Impl {
  // Read anew for each token, so that threads share nothing.
  std::string jwk;
  std::string kid;
  std::string issuer;
  std::string audience;
};

Issuer::Issuer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Issuer::~Issuer() = default;

absl::StatusOr<std::unique_ptr<Issuer>> Issuer::Create(const std::string& signing_key_file,
                                                       std::string issuer, std::string audience) {
  InitializeRhonabwy();
  std::ifstream in(signing_key_file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in || text.empty())
    return absl::InvalidArgumentError(absl::StrCat(signing_key_file, ": cannot be read"));
  const json key = json::parse(text, nullptr, false);
  if (!IsSigningKey(key) || JwkFromJson(text) == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(signing_key_file, ": is not a private P-256 key with a kid"));
  }
  auto impl = std::make_unique<Impl>();
  impl->kid = key["kid"].get<std::string>();
  impl->jwk = std::move(text);
  impl->issuer = std::move(issuer);
  impl->audience = std::move(audience);
  return std::unique_ptr<Issuer>(new Issuer(std::move(impl)));
}

absl::StatusOr<std::string> Issuer::Issue(const Identity& identity, absl::Time now,
                                          absl::Time expires) const {
  ASSIGN_OR_RETURN(const std::string claims,
                   ClaimsOf(identity, impl_->issuer, impl_->audience, now, expires));
  const JwkPtr jwk = JwkFromJson(impl_->jwk);
  const JwtPtr jwt = NewJwt();
  if (jwk == nullptr || jwt == nullptr ||
      r_jwt_set_full_claims_json_str(jwt.get(), claims.c_str()) != RHN_OK ||
      r_jwt_set_sign_alg(jwt.get(), R_JWA_ALG_ES256) != RHN_OK ||
      r_jwt_set_header_str_value(jwt.get(), "typ", "JWT") != RHN_OK ||
      r_jwt_set_header_str_value(jwt.get(), "kid", impl_->kid.c_str()) != RHN_OK) {
    return absl::InternalError("the token cannot be built");
  }
  const TextPtr token(r_jwt_serialize_signed(jwt.get(), jwk.get(), R_FLAG_IGNORE_REMOTE));
  if (token == nullptr) return absl::InternalError("the token cannot be signed");
  return std::string(token.get());
}

}  // namespace firstfloor::auth
